// What the program does, and what it is told. The seam is in
// engine_model_seam.cc.

#include "tests/property/engine_model.h"

#include <algorithm>
#include <utility>

namespace wharf::property {

void EngineModel::Fail(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
}

std::string EngineModel::Name(uint32_t request) const {
  return "request " + std::to_string(request) + " (" +
         std::string(RequestKindName(requests_[request].model.facts().kind)) +
         ")";
}

uint64_t EngineModel::in_flight_limit() const {
  return std::min(facts_.options.in_flight_capacity, facts_.port_in_flight);
}

// --- Admission -------------------------------------------------------------

EngineModel::Admission EngineModel::ExpectSubmit(bool remote) const {
  if (closed_) return Admission::kClosed;
  const uint64_t used = remote ? cells_ : local_live_;
  const uint64_t limit =
      remote ? facts_.options.max_remote_requests : facts_.options.max_requests;
  if (used < limit) return Admission::kTaken;
  // Of what ends in one instant, some may be gone before this callback.
  uint64_t unsure = 0;
  if (in_callback_) {
    for (const uint32_t other : finished_) {
      const Tracked& tracked = requests_[other];
      if (tracked.dropped && tracked.terms.remote == remote &&
          tracked.rank == requests_[called_].rank) {
        ++unsure;
      }
    }
  }
  return used - unsure < limit ? Admission::kEither : Admission::kFull;
}

uint32_t EngineModel::OnSubmitted(const RequestFacts& facts,
                                  const RequestTerms& terms, RequestId id) {
  const auto request = static_cast<uint32_t>(requests_.size());
  // Somebody who was dropped may have ended in this very instant.
  Tracked tracked{.model = RequestModel(facts, facts_.port), .terms = terms};
  tracked.id = id;
  tracked.knows_slot = !terms.remote;
  tracked.slot = id.index();
  requests_.push_back(std::move(tracked));
  if (terms.remote) {
    requests_[request].holds_cell = true;
    ++cells_;
    pending_.push_back(request);
    OnPublished();
  } else {
    ++local_live_;
    Admit(request);
  }
  return request;
}

void EngineModel::Admit(uint32_t request) {
  Tracked& tracked = requests_[request];
  if (tracked.terms.remote) ++remote_live_;
  if (tracked.model.takes_operations()) {
    tracked.state = State::kQueued;
    fresh_.push_back(request);
  } else if (tracked.model.facts().kind == RequestKind::kSleep) {
    tracked.state = State::kSleeping;
  } else {
    Finish(request, ++rank_);  // G15
    tracked.model.EndsByItself();
  }
}

// Requests in their order, then commands in theirs.
void EngineModel::DrainRemote() {
  published_at_drain_ = published_;
  while (!pending_.empty()) {
    const uint32_t request = pending_.front();
    pending_.pop_front();
    Admit(request);
  }
  const std::vector<Command> commands = std::exchange(commands_, {});
  for (const Command& command : commands) {
    if (!requests_[command.request].holds_cell) continue;
    if (command.drop) {
      (void)BeginDrop(command.request);
    } else {
      (void)BeginCancel(command.request);
    }
  }
}

// --- Stops -----------------------------------------------------------------

bool EngineModel::BeginCancel(uint32_t request) {
  Tracked& tracked = requests_[request];
  if (tracked.state >= State::kFinished || tracked.model.stopped()) {
    return false;
  }
  Stop(request, OutcomeKind::kCancelled, ++rank_);
  return true;
}

bool EngineModel::BeginDrop(uint32_t request) {
  Tracked& tracked = requests_[request];
  if (tracked.state == State::kEnded || tracked.dropped) return false;
  tracked.dropped = true;
  if (tracked.terms.on_drop == DropPolicy::kCancel) (void)BeginCancel(request);
  return true;
}

void EngineModel::EndCall(uint32_t request, bool due, bool result) {
  if (due != result) {
    Fail("a cancel or drop of " + Name(request) + " returned " +
         (result ? "true" : "false") + ", which is not so (G9)");
  }
  CheckCancelsPassed("when it was asked for");
}

bool EngineModel::ExpectCommand(uint32_t request, bool drop) const {
  const Tracked& tracked = requests_[request];
  return !closed_ && tracked.holds_cell &&
         !(drop ? tracked.sent_drop : tracked.sent_cancel);
}

void EngineModel::OnCommand(uint32_t request, bool drop) {
  Tracked& tracked = requests_[request];
  (drop ? tracked.sent_drop : tracked.sent_cancel) = true;
  commands_.push_back({request, drop});
  OnPublished();
}

void EngineModel::Stop(uint32_t request, OutcomeKind kind, uint64_t rank) {
  Tracked& tracked = requests_[request];
  const bool asleep = tracked.state == State::kSleeping;
  // A sleep whose time has come is complete.
  if (!asleep || kind != OutcomeKind::kDeadline) tracked.model.Stop(kind);
  if (tracked.state == State::kInPort) {
    tracked.owes_cancel = true;
    return;
  }
  tracked.model.EndsByItself();
  Finish(request, rank);
}

void EngineModel::Finish(uint32_t request, uint64_t rank) {
  Tracked& tracked = requests_[request];
  std::erase(fresh_, request);
  std::erase(ready_, request);
  if (tracked.state == State::kInPort) --in_port_;
  tracked.state = State::kFinished;
  tracked.rank = rank;
  finished_.push_back(request);
}

bool EngineModel::HasPassed(Time deadline, Time now) const {
  if (deadline == kNever) return false;
  const Duration tick = facts_.options.tick;
  const Time whole = now - (now - facts_.start) % tick;  // rounded down
  return deadline <= whole;
}

// When a deadline is seen to have passed at the latest.
Time EngineModel::TickAt(Time deadline) const {
  if (deadline == kNever || deadline <= facts_.start) return deadline;
  const Duration tick = facts_.options.tick;
  const Duration over = (deadline - facts_.start) % tick;
  return over == Duration(0) ? deadline : SaturatingAdd(deadline, tick - over);
}

void EngineModel::Expire(Time now) {
  const uint64_t rank = ++rank_;
  for (uint32_t i = 0; i < requests_.size(); ++i) {
    const Tracked& tracked = requests_[i];
    if (tracked.state == State::kPending || tracked.state >= State::kFinished ||
        tracked.model.stopped() || !HasPassed(tracked.terms.deadline, now)) {
      continue;
    }
    Stop(i, OutcomeKind::kDeadline, rank);
  }
}

void EngineModel::CheckCancelsPassed(const char* when) {
  for (uint32_t i = 0; i < requests_.size(); ++i) {
    if (!requests_[i].owes_cancel) continue;
    requests_[i].owes_cancel = false;
    Fail("the port was not asked to cancel " + Name(i) + " " + when +
         " (G6, G8)");
  }
}

// --- Turns and the end -----------------------------------------------------

void EngineModel::BeginTurn(Time now, Wait limit) {
  in_turn_ = true;
  told_of_room_ = 0;
  limit_ = limit;
  if (dead_) return;
  turn_begun_ = true;
  DrainRemote();
  Expire(now);
}

void EngineModel::BeginRun() {
  in_turn_ = true;
  running_ = true;
  turn_begun_ = false;
  limit_ = Wait::Forever();
}

void EngineModel::EndTurn(bool ok, uint64_t live) {
  CheckDelivered();
  CheckCancelsPassed("in the turn in which its deadline passed");
  in_turn_ = false;
  running_ = false;
  if (ok == dead_) Fail("a turn said nothing of a dead port, or lied (G11)");
  if (live != local_live_ + remote_live_) {
    Fail(std::to_string(live) + " requests are live, but " +
         std::to_string(local_live_ + remote_live_) + " should be (G1)");
  }
  if (dead_ && live > 0) {
    Fail("the port is dead, and a request is live (G11)");
  }
  // As many are told as there are places; the others in the next turn.
  if (room_waiters_ > 0 && told_of_room_ == 0 &&
      (closed_ || local_live_ < facts_.options.max_requests)) {
    Fail("there is room, and nobody was told (G7)");
  }
}

void EngineModel::BeginShutdown(Time end, bool cancel_first) {
  shutting_down_ = true;
  shutdown_end_ = end;
  if (dead_) return;
  closed_ = true;
  turn_begun_ = false;
  DrainRemote();
  if (!cancel_first) return;
  const uint64_t rank = ++rank_;
  for (uint32_t i = 0; i < requests_.size(); ++i) {
    const Tracked& tracked = requests_[i];
    if (tracked.state < State::kFinished && !tracked.model.stopped()) {
      Stop(i, OutcomeKind::kCancelled, rank);
    }
  }
}

void EngineModel::EndShutdown(uint64_t abandoned, uint64_t quarantined,
                              uint64_t live) {
  CheckDelivered();
  shutting_down_ = false;
  if (live > 0 || local_live_ + remote_live_ > 0) {
    Fail("requests outlived the engine (G12)");
  }
  if (abandoned != abandoned_ || quarantined != quarantined_) {
    Fail("the shutdown reports " + std::to_string(abandoned) +
         " abandoned and " + std::to_string(quarantined) +
         " quarantined requests; " + std::to_string(abandoned_) + " and " +
         std::to_string(quarantined_) + " are (G12)");
  }
  if (room_waiters_ > 0) Fail("who waited for room was not told of the end");
}

// --- Outcomes --------------------------------------------------------------

void EngineModel::BeginOutcome(uint32_t request, const Result& result,
                               Time now) {
  Tracked& tracked = requests_[request];
  const Outcome& outcome = result.outcome;
  if (!inside()) Fail("an outcome came outside of a turn (G1)");
  if (tracked.dropped) Fail(Name(request) + ": who had gone was told (G16)");
  if (tracked.state == State::kEnded) {
    Fail(Name(request) + " has had two outcomes (G1)");
    return;
  }
  if (tracked.state != State::kFinished) {
    const bool early =
        outcome.kind == OutcomeKind::kDeadline && now < tracked.terms.deadline;
    Fail(Name(request) + " ended with " + ToString(outcome) +
         (early ? " before its deadline (G6)"
          : outcome.kind == OutcomeKind::kCancelled
              ? " though nobody had asked for it, or the kernel still has its "
                "operation (G2, G13)"
              : " though it should go on (G1, G2)"));
    Finish(request, rank_);
    tracked.model.IsAbandoned();
  } else if (const std::string wrong = tracked.model.CheckOutcome(outcome);
             !wrong.empty()) {
    Fail(Name(request) + ": " + wrong + " (G3, G4, G13, G15)");
  }
  for (const uint32_t other : finished_) {
    if (!requests_[other].dropped && requests_[other].rank < tracked.rank) {
      Fail(Name(request) + " was told before " + Name(other) +
           ", which ended earlier (G1)");
    }
  }
  if (tracked.rank > deliver_limit_) {
    Fail(Name(request) + " was told in the turn whose callbacks ended it");
  }
  if (!tracked.terms.remote && result.id != tracked.id) {
    Fail(Name(request) + ": its outcome names another request (G9)");
  }
  EndDroppedBefore(tracked.rank);
  const bool remote = tracked.terms.remote;
  --(remote ? remote_live_ : local_live_);
  std::erase(finished_, request);
  tracked.state = State::kEnded;
  in_callback_ = true;
  called_ = request;
}

void EngineModel::EndOutcome(uint32_t request) {
  in_callback_ = false;
  Tracked& tracked = requests_[request];
  if (tracked.holds_cell) --cells_;
  tracked.holds_cell = false;
}

// One that was dropped is over.
void EngineModel::End(Tracked& tracked) {
  --(tracked.terms.remote ? remote_live_ : local_live_);
  tracked.state = State::kEnded;
  if (tracked.holds_cell) --cells_;
  tracked.holds_cell = false;
}

void EngineModel::EndDroppedBefore(uint64_t rank) {
  std::erase_if(finished_, [&](uint32_t other) {
    Tracked& tracked = requests_[other];
    if (!tracked.dropped || tracked.rank >= rank) return false;
    End(tracked);
    return true;
  });
}

void EngineModel::CheckDelivered() {
  EndDroppedBefore(deliver_limit_ + 1);
  for (const uint32_t other : finished_) {
    if (requests_[other].rank > deliver_limit_) continue;
    Fail(Name(other) + " has ended, and was not told in its turn (G1)");
  }
}

void EngineModel::CheckStats(const EngineStats& stats) {
  for (const Tracked& tracked : requests_) {
    if (tracked.model.allowed().empty()) continue;
    ++expected_.outcomes[static_cast<int>(tracked.model.allowed()[0].kind)];
  }
  bool same = stats.operations == expected_.operations &&
              stats.backpressure == expected_.backpressure &&
              stats.continued == expected_.continued &&
              stats.cancels == expected_.cancels &&
              stats.stray_completions == strays_;
  for (int i = 0; i < 6; ++i) {
    same = same && stats.outcomes[i] == expected_.outcomes[i];
  }
  if (!same) Fail("the engine counts other things than happened");
}

void EngineModel::OnRoom() {
  if (!inside()) Fail("somebody was told of room outside of a turn (G7)");
  if (room_waiters_ == 0) Fail("somebody was told of room twice (G7)");
  --room_waiters_;
  ++told_of_room_;
  EndDroppedBefore(deliver_limit_ + 1);
  if (!closed_ && local_live_ >= facts_.options.max_requests) {
    Fail("somebody was told of room, and there is none (G7)");
  }
}

void EngineModel::OnMemoryReleased(uint32_t request) {
  const Tracked& tracked = requests_[request];
  if (tracked.state == State::kInPort) {
    Fail(Name(request) +
         ": its memory was given back while the kernel has "
         "its operation (G2)");
  }
  if (tracked.left) {
    Fail(Name(request) +
         ": its memory was given back, and the kernel may "
         "still use it (G12)");
  }
}

bool EngineModel::IsOpenEnded(uint32_t request) const {
  const Tracked& tracked = requests_[request];
  if (tracked.model.stopped() || tracked.state >= State::kFinished ||
      tracked.terms.deadline != kNever) {
    return false;
  }
  const RequestFacts& facts = tracked.model.facts();
  switch (facts.kind) {
    case RequestKind::kSleep:
    case RequestKind::kPoll:
    case RequestKind::kAccept:
    case RequestKind::kConnect:
    case RequestKind::kReceive:
    case RequestKind::kSend:
      return true;
    default:
      // A read or write of a pipe.
      return facts.kind >= RequestKind::kRead &&
             facts.offset == kCurrentPosition;
  }
}

}  // namespace wharf::property
