// What crosses the seam.

#include <algorithm>

#include "tests/property/engine_model.h"

namespace wharf::property {

std::string EngineModel::WhyNotTheOne(const Operation& operation) const {
  for (uint32_t i = 0; i < requests_.size(); ++i) {
    const Tracked& tracked = requests_[i];
    if (tracked.state == State::kEnded || !tracked.knows_slot ||
        tracked.slot != operation.id.index()) {
      continue;
    }
    if (tracked.model.stopped() || tracked.state == State::kFinished) {
      return Name(i) +
             ": an operation was issued after a stop, or after its "
             "outcome (G5)";
    }
    if (tracked.state == State::kInPort) {
      return Name(i) + ": an operation was issued while it has one";
    }
    return Name(i) + ": it is not its turn (G8)";
  }
  return "an operation for a request that takes none or is over (G9, G15)";
}

void EngineModel::Take(const Operation& operation, Time now) {
  const std::string what = std::string(OpcodeName(operation.opcode)) + ": ";
  if (shutting_down_ && now >= shutdown_end_) {
    Fail(what + "issued after the budget of the shutdown (G12)");
  }
  std::deque<uint32_t>& list = ready_.empty() ? fresh_ : ready_;
  if (list.empty()) {
    Fail(what + WhyNotTheOne(operation));
    return;
  }
  const uint32_t request = list.front();
  Tracked& tracked = requests_[request];
  if (tracked.knows_slot && tracked.slot != operation.id.index()) {
    Fail(what + WhyNotTheOne(operation) + "; due is " + Name(request));
    return;
  }
  tracked.knows_slot = true;
  tracked.slot = operation.id.index();
  if (!used_ids_.insert(operation.id.value).second) {
    Fail(what + "its identity was used before (G9)");
  }
  if (const std::string wrong = tracked.model.CheckOperation(operation);
      !wrong.empty()) {
    Fail(Name(request) + ": " + wrong);
  }
  list.pop_front();
  tracked.model.OnIssued(operation);
  tracked.state = State::kInPort;
  tracked.operation = operation.id;
  ++in_port_;
}

void EngineModel::OnSubmit(std::span<const Operation> operations,
                           std::size_t accepted, Time now) {
  if (!inside()) Fail("an operation was issued outside of a turn (G1)");
  MayBeginTurn(now);
  for (const Operation& operation : operations.first(accepted)) {
    Take(operation, now);
    if (!problem_.empty()) return;
  }
  expected_.operations += accepted;
  expected_.backpressure += operations.size() - accepted;
  if (accepted < operations.size()) port_was_short_ = true;
  if (in_port_ > facts_.port_in_flight || in_flight() > in_flight_limit()) {
    Fail(std::to_string(in_flight()) + " requests are in flight (G7)");
  }
}

// Time stands still from the beginning of a turn to its Reap.
void EngineModel::MayBeginTurn(Time now) {
  if (turn_begun_) return;
  turn_begun_ = true;
  if (running_) DrainRemote();
  Expire(now);
}

void EngineModel::OnCancel(OperationId id, Time now) {
  ++expected_.cancels;
  for (uint32_t i = 0; i < requests_.size(); ++i) {
    Tracked& tracked = requests_[i];
    if (tracked.state != State::kInPort || tracked.operation != id) continue;
    // The engine turns by itself while it runs or drains.
    if (!tracked.owes_cancel && !in_callback_) MayBeginTurn(now);
    if (!tracked.owes_cancel) {
      Fail(Name(i) + ": a cancel that nobody asked for, or twice (G9)");
    }
    tracked.owes_cancel = false;
    return;
  }
  Fail("a cancel of an operation that is not in flight (G9)");
}

void EngineModel::OnReapBegin(Wait wait, Time now) {
  MayBeginTurn(now);
  CheckDelivered();
  CheckCancelsPassed("before the loop slept");
  const bool after_end = shutting_down_ && now >= shutdown_end_;
  if (after_end && ++reaps_after_end_ > 1) {
    Fail("the shutdown goes on after its budget (G12)");
  }
  const bool may_sleep = wait.until > now;
  const bool room = in_port_ < facts_.port_in_flight;
  if (!port_was_short_ && !after_end && room) {
    if (!ready_.empty()) Fail(Name(ready_.front()) + " was not staged (G17)");
    if (!fresh_.empty() && in_flight() < in_flight_limit()) {
      Fail(Name(fresh_.front()) + " was not staged though there is room (G17)");
    }
  }
  const bool told_room = !closed_ && room_waiters_ > 0 &&
                         local_live_ < facts_.options.max_requests;
  const bool work = !finished_.empty() || port_was_short_ || told_room;
  if (work && may_sleep) Fail("the loop sleeps though there is work (G17)");
  port_was_short_ = false;

  const Time limit = shutting_down_ ? shutdown_end_ : limit_.until;
  if (wait.until > limit && may_sleep) {
    Fail("the loop sleeps for longer than it may (G12, G17)");
  }
  Time next = kNever;
  for (const Tracked& tracked : requests_) {
    if (tracked.state == State::kPending || tracked.state >= State::kFinished ||
        tracked.model.stopped()) {
      continue;
    }
    next = std::min(next, TickAt(tracked.terms.deadline));
  }
  if (wait.until > next) {
    Fail("the loop sleeps past a deadline by more than a tick (G6)");
  }
  const bool news = published_ > published_at_drain_ && !closed_;
  if (news && wait.until != Time::min()) {
    Fail("the loop sleeps though something was handed over (G10)");
  }
  const bool idle = !work && !news && in_port_ > 0 && !after_end;
  if (idle && limit > now && !may_sleep) {
    Fail("the loop does not sleep though there is nothing to do");
  }
  published_at_sleep_ = published_;
  wakes_at_sleep_ = wakes_;
  sleeping_ = wait.until != Time::min();
}

// Wake-ups cost: one for each sleep, and none for a loop that is awake.
void EngineModel::OnWake() {
  ++wakes_;
  if (!sleeping_) Fail("a loop that does not sleep was woken (G10)");
  if (wakes_ > wakes_at_sleep_ + 1) Fail("a loop was woken twice (G10)");
}

void EngineModel::OnSleep(Wait wait) {
  const bool news = published_ > published_at_sleep_ && !closed_;
  if (news && wait.until != Time::min() && wakes_ == wakes_at_sleep_) {
    Fail(
        "something was handed over to a sleeping loop, and nobody woke it "
        "(G10)");
  }
}

void EngineModel::OnReapEnd(bool ok, std::span<const Completion> completions,
                            Time now) {
  sleeping_ = false;
  if (!ok) {
    dead_ = true;
    closed_ = true;
    DrainRemote();
    return;
  }
  for (const Completion& completion : completions) {
    uint32_t request = 0;
    while (request < requests_.size() &&
           (requests_[request].state != State::kInPort ||
            requests_[request].operation != completion.id)) {
      ++request;
    }
    if (request == requests_.size()) {
      ++strays_;
      continue;
    }
    if ((completion.flags & kCompletionMore) != 0) continue;
    delivered_.push_back(completion.id);
    Tracked& tracked = requests_[request];
    if (tracked.model.OnCompletion(completion.result,
                                   completion.native_error) ==
        RequestModel::Step::kEnds) {
      Finish(request, ++rank_);
    } else {
      --in_port_;
      ++expected_.continued;
      tracked.state = State::kReady;
      ready_.push_back(request);
    }
  }
  if (completions.empty()) Expire(now);
  deliver_limit_ = rank_;
  turn_begun_ = false;
}

void EngineModel::OnCloseBegin(Time now) {
  CheckCancelsPassed("before the port was closed");
  close_began_ = now;
}

void EngineModel::OnCloseEnd(const CloseReport& report) {
  if (port_closed_) return;
  port_closed_ = true;
  const uint64_t rank = ++rank_;
  for (uint32_t i = 0; i < requests_.size(); ++i) {
    Tracked& tracked = requests_[i];
    if (tracked.state >= State::kFinished) continue;
    // What nothing can end is not waited for.
    const bool endless = tracked.state == State::kSleeping &&
                         tracked.terms.deadline == kNever &&
                         shutdown_end_ == kNever;
    if (!dead_ && !endless && close_began_ < shutdown_end_) {
      Fail(Name(i) + " was abandoned though the budget is not used up (G12)");
    }
    tracked.left =
        tracked.state == State::kInPort &&
        std::find(report.operations_left.begin(), report.operations_left.end(),
                  tracked.operation) != report.operations_left.end();
    quarantined_ += tracked.left ? 1 : 0;
    ++abandoned_;
    Finish(i, rank);
    tracked.model.IsAbandoned();
  }
  deliver_limit_ = rank_;
}

}  // namespace wharf::property
