// What the table "Progress" of docs/contract.md says, a second time, with
// nothing of the engine but its vocabulary: the model that progress_fuzz holds
// engine/progress.h to.

#ifndef WHARF_FUZZ_PROGRESS_MODEL_H_
#define WHARF_FUZZ_PROGRESS_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/capabilities.h"
#include "engine/error.h"
#include "engine/operation.h"
#include "engine/outcome.h"
#include "engine/request.h"

namespace wharf::fuzz {

// One request's life as the contract tells it. Borrows nothing: what it needs
// of the request it is told when it is made.
class ProgressModel {
 public:
  // What the next operation is for.
  enum class Wants : uint8_t { kNothing, kOwn, kReadiness, kSync };

  // A piece of the request's memory: where, and how much.
  struct Piece {
    std::byte* data;
    uint64_t size;
  };

  // `pieces` is the request's memory, in order; `several` if it came as a list.
  ProgressModel(const Request& request, std::vector<Piece> pieces, bool several,
                const PortCapabilities& port, uint32_t max_retries);

  // What the request wants now; kNothing once it has ended.
  Wants wants() const { return wants_; }
  // The outcome. Requires wants() == kNothing.
  const Outcome& outcome() const { return outcome_; }
  // An accept or open has ended well: the result's handle.
  bool made_handle() const { return made_handle_; }
  // A close has ended: the number is no longer the request's.
  bool handle_gone() const { return handle_gone_; }

  // The memory that the next operation names: as much as the port's limits
  // allow. For an operation of the request's own.
  std::vector<Piece> NextMemory() const;
  // Whether that operation must be durable by itself.
  bool flagged() const { return durable_ == Durable::kFlagged; }
  // Bytes that have been transferred.
  uint64_t done() const { return done_; }

  // A deadline or a cancel; the first one counts.
  void Stop(OutcomeKind kind);
  // The completion of the operation that was wanted.
  void Complete(int64_t result, int32_t native_error);

 private:
  enum class Durable : uint8_t { kNo, kFlagged, kPlain };

  void End(OutcomeKind kind, Error error = Error::kNone, int32_t native = 0);
  // The request goes on with `next`, unless it was to stop (G5).
  void GoOn(Wants next);
  void Failed(Error error, int32_t native);
  void TryAgain(bool blocked, int32_t native);
  void Transferred(uint64_t bytes);
  bool IsStream() const;

  const RequestKind kind_;
  const bool some_is_enough_;
  const bool at_current_position_;
  const bool several_;
  const PortCapabilities port_;
  const uint32_t max_retries_;
  std::vector<Piece> pieces_;
  uint64_t total_ = 0;
  uint64_t done_ = 0;
  uint32_t retries_ = 0;
  uint32_t all_retries_ = 0;  // for a note
  Durable durable_ = Durable::kNo;
  bool connecting_ = false;
  bool made_handle_ = false;
  bool handle_gone_ = false;
  bool stopped_ = false;
  OutcomeKind stop_ = OutcomeKind::kOk;
  Wants wants_ = Wants::kOwn;
  Outcome outcome_;
};

}  // namespace wharf::fuzz

#endif  // WHARF_FUZZ_PROGRESS_MODEL_H_
