// Traffic: submits a soak's requests, gives each a fate (to run, to meet a
// deadline, to be cancelled, to be dropped), and keeps the books: one outcome
// for each request, no outcome that nobody asked for, every byte of memory home
// again, and how often the engine asked for heap memory.

#ifndef WHARF_TESTS_SOAK_TRAFFIC_H_
#define WHARF_TESTS_SOAK_TRAFFIC_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "sim/random.h"

namespace wharf::soak {

// What may happen to a request besides running to its end: bits to be combined.
enum Fates : uint32_t {
  kRuns = 0,
  kMayBeStopped = 1,  // a deadline, a cancel
  kMayBeDropped = 2,
};

// Who submits requests and is told of their ends.
class Lane {
 public:
  virtual ~Lane() = default;
  // "stream", for messages. Static lifetime.
  virtual std::string_view name() const = 0;
  // Submits whatever it has no request for.
  virtual void Step() = 0;
  // The request of `slot` has ended; runs inside a turn and may submit.
  virtual void OnEnd(int slot, Result&& result) = 0;
  // The request of `slot` was dropped: nothing will be heard of it.
  virtual void OnDropped(int slot) = 0;
};

// Counters of a soak.
struct Books {
  uint64_t submitted = 0;
  uint64_t ended = 0;
  uint64_t dropped = 0;
  uint64_t cancels = 0;
  uint64_t deadlines = 0;
  std::array<uint64_t, kRequestKindCount> by_kind = {};
  std::array<uint64_t, 6> by_outcome = {};
  // Allocations inside the engine's calls, without those of the lanes'
  // callbacks; and handles made there, of which each is one.
  uint64_t allocations = 0;
  uint64_t handles_made = 0;
};

// All methods belong to the loop's thread.
class Traffic {
 public:
  // A request that has had no outcome `patience` after it was to end is lost.
  Traffic(Engine& engine, uint64_t seed, Duration patience);
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;
  // Requires that the engine has told all outcomes.
  ~Traffic();

  // Submits for `lane`; true if it was admitted. A request that is refused for
  // want of room is gone, and the lane tries again in its next step.
  bool Submit(Lane* lane, int slot, Request&& request, uint32_t fates);
  // The same with nothing but this deadline for a fate.
  bool SubmitUntil(Lane* lane, int slot, Request&& request, Time deadline);
  // Cancels everything that the lane has submitted and not heard of.
  void CancelAll(const Lane* lane);
  // One turn, then what the fates want.
  void Turn(Duration limit);
  // From here on nothing is submitted; everything is cancelled.
  void Stop();
  // True if no lane waits for anything.
  bool idle() const { return live_ == 0; }

  // Memory of `size` bytes, at most kBlock, at a multiple of 4,096; known to be
  // home when the Buffer is released.
  Buffer Take(std::size_t size);
  static constexpr std::size_t kBlock = 32768;
  // Blocks that are not home.
  std::size_t blocks_out() const { return blocks_.size() - free_.size(); }

  // A broken promise. The first few are kept.
  void Complain(const Lane* lane, std::string text);
  const std::vector<std::string>& problems() const { return problems_; }

  Engine& engine() { return engine_; }
  sim::Random& random() { return random_; }
  const Books& books() const { return books_; }
  bool stopping() const { return stopping_; }

 private:
  struct Ticket {
    Lane* lane = nullptr;  // Null: free.
    int slot = 0;
    RequestId id;
    RequestKind kind = RequestKind::kNop;
    Time due = kNever;  // By when it is to have ended.
    Time deadline = kNever;
    uint32_t cancel_in = 0;  // Turns; 0 never.
    uint32_t drop_in = 0;
    bool cancelled = false;
  };
  struct Block {
    Traffic* traffic = nullptr;
    uint32_t number = 0;
    bool out = false;
    Buffer memory;
  };
  static void ReleaseBlock(void* context, std::span<std::byte> bytes);
  // Prepares a ticket; null if there is none, or the soak stops.
  Ticket* Prepare(const Request& request);
  bool Admit(Lane* lane, int slot, Request&& request, Ticket& ticket);
  void OnResult(uint32_t number, Result&& result);
  void CheckOutcome(const Ticket& ticket, const Outcome& outcome);
  void Act();

  Engine& engine_;
  sim::Random random_;
  const Duration patience_;
  std::vector<Ticket> tickets_;
  std::vector<uint32_t> free_tickets_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<uint32_t> free_;
  std::size_t live_ = 0;
  bool stopping_ = false;
  uint64_t outside_ = 0;  // Allocations of callbacks within this turn.
  Books books_;
  std::vector<std::string> problems_;
  uint64_t problem_count_ = 0;
};

}  // namespace wharf::soak

#endif  // WHARF_TESTS_SOAK_TRAFFIC_H_
