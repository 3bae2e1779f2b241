// RequestModel: what one request may do and yield, given what has happened to
// it. The table "Progress" of docs/contract.md, written a second time and apart
// from the engine, as plainly as possible: no slot, no queue, no clock.
//
// It is told what the seam shows (operations and their completions) and what
// was asked (cancel, deadline, the end of the engine), and says which operation
// may be issued next and which outcomes are allowed.

#ifndef WHARF_TESTS_PROPERTY_REFERENCE_MODEL_H_
#define WHARF_TESTS_PROPERTY_REFERENCE_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/outcome.h"
#include "engine/request.h"

namespace wharf::property {

// What the port has, as far as it changes what a request does.
struct PortFacts {
  bool polls = true;
  bool durable_writes = true;
  uint64_t max_operation_bytes = ~uint64_t{0};
  uint64_t max_vectors = 1024;
  uint32_t max_transient_retries = 1024;
};

// What was asked for.
struct RequestFacts {
  RequestKind kind = RequestKind::kNop;
  Extent extent = Extent::kAll;
  uint32_t mode = 0;
  bool data_only = false;  // Of a sync.
  uint64_t offset = kCurrentPosition;
  uint64_t length = 0;  // Of an allocation.
  // The bytes, in order: of a transfer, a path (without the final 0), an
  // address.
  std::vector<std::span<const std::byte>> memory = {};
  bool vectored = false;
  NativeHandle handle = kInvalidNativeHandle;
};

// One way in which the request may end. The native code is the completion's.
struct AllowedOutcome {
  OutcomeKind kind = OutcomeKind::kOk;
  uint64_t bytes = 0;
  Error error = Error::kNone;
  int32_t native_error = 0;
};

// One request. Not for concurrent use.
class RequestModel {
 public:
  RequestModel(const RequestFacts& facts, const PortFacts& port);

  const RequestFacts& facts() const { return facts_; }
  // False if it is over when it begins (G15), or only time ends it.
  bool takes_operations() const { return takes_operations_; }
  // Bytes transferred so far; what an abandoned request reports.
  uint64_t done() const { return done_; }
  uint64_t total() const { return total_; }
  // A stop was asked for.
  bool stopped() const { return stop_ != OutcomeKind::kOk; }
  // Why `operation` is not what the request needs next; "" if it is.
  std::string CheckOperation(const Operation& operation) const;
  // It was issued.
  void OnIssued(const Operation& operation);

  // What a completion makes of the request.
  enum class Step { kEnds, kContinues };
  // The operation in flight has completed; kEnds: see allowed().
  Step OnCompletion(int64_t result, int32_t native_error);
  // kDeadline or kCancelled was asked for. The first counts.
  void Stop(OutcomeKind kind);
  // It ends without a completion: as it was asked to, if a stop was asked for;
  // kOk if there is nothing to do, or it is a sleep that is over.
  void EndsByItself();
  // The engine has ended.
  void IsAbandoned();

  // The outcomes that it may have; none while it may not end.
  const std::vector<AllowedOutcome>& allowed() const { return allowed_; }
  // "" if the outcome is one of them; otherwise what is wrong.
  std::string CheckOutcome(const Outcome& outcome) const;

 private:
  enum class Phase { kOwn, kAwaitReady, kFinalSync };

  Step End(OutcomeKind kind, Error error = Error::kNone, int32_t native = 0);
  Step ContinueUnlessStopped();
  Step OnError(Error error, int32_t native_error);
  Step OnTransient(bool wants_poll, int32_t native_error);
  Step OnBytes(uint64_t bytes);
  std::string CheckTransfer(const Operation& operation) const;
  const std::byte* AddressAt(uint64_t position) const;
  uint64_t BytesTogether(uint64_t position) const;

  RequestFacts facts_;
  PortFacts port_;
  bool takes_operations_ = true;
  uint64_t total_ = 0;
  uint64_t done_ = 0;
  uint64_t asked_ = 0;
  Phase phase_ = Phase::kOwn;
  bool flagged_ = false;     // The next write is to be durable by itself.
  bool needs_sync_ = false;  // A sync must follow the last byte.
  bool connecting_ = false;
  uint32_t retries_ = 0;
  OutcomeKind stop_ = OutcomeKind::kOk;
  std::vector<AllowedOutcome> allowed_;
};

}  // namespace wharf::property

#endif  // WHARF_TESTS_PROPERTY_REFERENCE_MODEL_H_
