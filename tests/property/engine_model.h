// EngineModel: what an engine owes to whoever uses it, as a few queues around
// RequestModel. It hears what the program asks and what crosses the seam, and
// tells the first promise that is broken, with its number. It looks at nothing
// inside the engine.
//
// It is exact: between two calls it knows which request waits where, so every
// operation, cancel, sleep, outcome and refusal is either the one that is due
// or wrong. The order of what ends in the same instant (deadlines of one tick,
// what is abandoned) is left open.

#ifndef WHARF_TESTS_PROPERTY_ENGINE_MODEL_H_
#define WHARF_TESTS_PROPERTY_ENGINE_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "engine/engine_options.h"
#include "engine/engine_stats.h"
#include "engine/port.h"
#include "engine/request.h"
#include "tests/property/reference_model.h"

namespace wharf::property {

// The engine's limits, and when its clock began.
struct EngineFacts {
  EngineOptions options;
  PortFacts port;
  uint32_t port_in_flight = 256;
  Time start;
};

// What is asked of one request beyond what it does.
struct RequestTerms {
  Time deadline = kNever;  // Of a sleep: its end.
  DropPolicy on_drop = DropPolicy::kCancel;
  bool remote = false;
};

// One engine. Not for concurrent use. Requests are numbered from 0 on in the
// order in which they were submitted.
class EngineModel {
 public:
  explicit EngineModel(const EngineFacts& facts) : facts_(facts) {}

  // The first broken promise; "" while there is none.
  const std::string& problem() const { return problem_; }
  void Fail(std::string problem);

  // --- What the program does ------------------------------------------------

  // Whether a submission now must be taken.
  enum class Admission { kTaken, kFull, kEither, kClosed };
  Admission ExpectSubmit(bool remote) const;
  // It was taken. `id` for one that is not remote.
  uint32_t OnSubmitted(const RequestFacts& facts, const RequestTerms& terms,
                       RequestId id);
  // A cancel or drop is about to be asked for: what it must return. `either`:
  // that is not certain.
  bool BeginCancel(uint32_t request);
  bool BeginDrop(uint32_t request);
  void EndCall(uint32_t request, bool due, bool result);
  // The same through a Submitter.
  bool ExpectCommand(uint32_t request, bool drop) const;
  void OnCommand(uint32_t request, bool drop);
  // Something was handed over from another thread: a request, a command, or the
  // news that nobody is left.
  void OnPublished() { ++published_; }

  void BeginTurn(Time now, Wait limit);
  // Engine::Run: many turns.
  void BeginRun();
  // After either.
  void EndTurn(bool ok, uint64_t live);
  void BeginShutdown(Time end, bool cancel_first);
  void EndShutdown(uint64_t abandoned, uint64_t quarantined, uint64_t live);
  // The request's callback: at its beginning, and at its end.
  void BeginOutcome(uint32_t request, const Result& result, Time now);
  void EndOutcome(uint32_t request);
  // Memory of the request was given back.
  void OnMemoryReleased(uint32_t request);
  void OnRoomWanted() { ++room_waiters_; }
  void OnRoom();

  // --- What crosses the seam ------------------------------------------------

  void OnSubmit(std::span<const Operation> operations, std::size_t accepted,
                Time now);
  void OnCancel(OperationId id, Time now);
  void OnReapBegin(Wait wait, Time now);
  // After what other threads did while the port was about to sleep.
  void OnSleep(Wait wait);
  void OnReapEnd(bool ok, std::span<const Completion> completions, Time now);
  // The engine's own, on behalf of another thread.
  void OnWake();
  void OnCloseBegin(Time now);
  void OnCloseEnd(const CloseReport& report);

  // The engine's counters, at its end.
  void CheckStats(const EngineStats& stats);

  // --- What is known --------------------------------------------------------

  std::size_t size() const { return requests_.size(); }
  bool IsLive(uint32_t request) const {
    return requests_[request].state != State::kEnded;
  }
  bool IsDropped(uint32_t request) const { return requests_[request].dropped; }
  // Nobody knows when it ends, unless it is asked to.
  bool IsOpenEnded(uint32_t request) const;
  const RequestModel& model(uint32_t request) const {
    return requests_[request].model;
  }
  Time deadline(uint32_t request) const {
    return requests_[request].terms.deadline;
  }
  bool IsLeft(uint32_t request) const { return requests_[request].left; }
  uint64_t live() const { return local_live_ + remote_live_ + pending_.size(); }
  bool inside() const { return in_turn_ || shutting_down_; }
  bool dead() const { return dead_; }
  bool in_callback() const { return in_callback_; }
  uint64_t strays() const { return strays_; }
  // An operation that was delivered long ago, for a port that lies.
  const std::vector<OperationId>& delivered() const { return delivered_; }

 private:
  enum class State {
    kPending,   // Handed over, not seen by the loop.
    kQueued,    // No operation was issued.
    kSleeping,  // Only time ends it.
    kReady,     // Wants its next operation.
    kInPort,    // The port has its operation.
    kFinished,  // Has its outcome; nobody was told.
    kEnded,
  };
  struct Tracked {
    RequestModel model;
    RequestTerms terms;
    State state = State::kPending;
    RequestId id = {};
    OperationId operation = {};
    bool knows_slot = false;
    uint32_t slot = 0;
    uint64_t rank = 0;
    bool dropped = false;
    bool owes_cancel = false;  // The port must be asked now.
    bool sent_cancel = false;
    bool sent_drop = false;
    bool left = false;  // The port may still use its memory, for ever.
    bool holds_cell = false;
  };
  struct Command {
    uint32_t request = 0;
    bool drop = false;
  };

  void Admit(uint32_t request);
  void DrainRemote();
  void Finish(uint32_t request, uint64_t rank);
  void Stop(uint32_t request, OutcomeKind kind, uint64_t rank);
  void Expire(Time now);
  void MayBeginTurn(Time now);
  void End(Tracked& tracked);
  void EndDroppedBefore(uint64_t rank);
  void CheckDelivered();
  void CheckCancelsPassed(const char* when);
  void Take(const Operation& operation, Time now);
  std::string WhyNotTheOne(const Operation& operation) const;
  bool HasPassed(Time deadline, Time now) const;
  Time TickAt(Time deadline) const;
  std::string Name(uint32_t request) const;
  uint64_t in_flight() const { return in_port_ + ready_.size(); }
  uint64_t in_flight_limit() const;

  EngineFacts facts_;
  std::string problem_;
  std::vector<Tracked> requests_;
  std::deque<uint32_t> pending_;
  std::vector<Command> commands_;
  std::deque<uint32_t> fresh_;
  std::deque<uint32_t> ready_;
  std::vector<uint32_t> finished_;
  std::unordered_set<uint64_t> used_ids_;  // Never iterated.
  std::vector<OperationId> delivered_;
  uint64_t rank_ = 0;
  uint64_t deliver_limit_ = 0;
  uint64_t in_port_ = 0;
  uint64_t local_live_ = 0;
  uint64_t remote_live_ = 0;
  uint64_t cells_ = 0;
  uint64_t abandoned_ = 0;
  uint64_t quarantined_ = 0;
  uint64_t strays_ = 0;
  EngineStats expected_;  // Without what the model does not know.
  uint64_t published_ = 0;
  uint64_t published_at_drain_ = 0;
  uint64_t published_at_sleep_ = 0;
  uint64_t wakes_ = 0;
  uint64_t wakes_at_sleep_ = 0;
  uint32_t room_waiters_ = 0;
  uint32_t told_of_room_ = 0;
  bool in_turn_ = false;
  bool running_ = false;
  bool turn_begun_ = false;
  bool in_callback_ = false;
  uint32_t called_ = 0;
  bool port_was_short_ = false;
  bool sleeping_ = false;
  bool dead_ = false;
  bool closed_ = false;
  bool shutting_down_ = false;
  bool port_closed_ = false;
  uint32_t reaps_after_end_ = 0;
  Time shutdown_end_ = kNever;
  Wait limit_;
  Time close_began_;
};

}  // namespace wharf::property

#endif  // WHARF_TESTS_PROPERTY_ENGINE_MODEL_H_
