// The turn: expire, stage, flush and wait, judge, deliver.

#include <algorithm>
#include <span>

#include "engine/engine.h"

namespace wharf {
namespace {

absl::Status StuckError() {
  return absl::FailedPreconditionError(
      "only sleeps without an end are live; cancel them, or give them one");
}

}  // namespace
absl::Status Engine::Turn(Wait limit) {
  if (ABSL_PREDICT_FALSE(inside_turn_)) {
    return absl::FailedPreconditionError(
        "Engine::Turn was called inside a callback; return to the loop first");
  }
  if (ABSL_PREDICT_FALSE(shutdown_report_.has_value())) {
    return fatal_.ok()
               ? absl::FailedPreconditionError("the engine is shut down")
               : fatal_;
  }
  inside_turn_ = true;
  ++stats_.turns;
  if (remote_ever_) TakeRemote();
  if (!wheel_.empty()) Expire();
  Stage();
  return Collect(limit);
}

absl::Status Engine::Collect(Wait limit) {
  inside_turn_ = true;
  absl::Status status = ReapAndJudge(limit);
  if (ABSL_PREDICT_FALSE(!status.ok())) {
    Fail(status);
  } else {
    Deliver();
  }
  inside_turn_ = false;
  return status;
}

absl::Status Engine::RunUntilIdle() {
  while (live() > 0) {
    if (IsStuck()) return StuckError();
    absl::Status status = Turn(Wait::Forever());
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Engine::Run() {
  while (true) {
    // In this order: what a Submitter sent before it went away is then seen.
    const bool submitters = inbox_ != nullptr && inbox_->has_submitters();
    if (remote_ever_) TakeRemote();
    if (live() == 0 && !submitters) return absl::OkStatus();
    if (IsStuck()) return StuckError();
    absl::Status status = Turn(Wait::Forever());
    if (!status.ok()) return status;
  }
}

void Engine::Expire() {
  const uint64_t now = tick_clock_.NowTick(port_->Now());
  wheel_.Advance(now, [this](uint32_t index) { OnExpired(index); });
}

void Engine::OnExpired(uint32_t index) {
  Waiter& waiter = table_[index];
  waiter.has_timer = false;
  if (waiter.state == WaiterState::kSleeping) {
    waiter.outcome = Outcome{};
    Finish(index);
    return;
  }
  // A cancel was first: it keeps the outcome, and the port was asked already.
  if (waiter.stop != StopReason::kNone) return;
  Stop(index, StopReason::kDeadline);
}

void Engine::Stage() {
  port_full_ = false;
  if (!ready_.empty() && !StageFrom(ready_, /*fresh=*/false)) return;
  if (prepared_count_ > 0 && !StagePrepared()) return;
  // What is prepared comes first, also when the capacity holds it back.
  if (prepared_count_ == 0 && !fresh_.empty()) {
    StageFrom(fresh_, /*fresh=*/true);
  }
}

bool Engine::NoteStaged(uint32_t offered, uint32_t taken, bool fresh) {
  issued_ += taken;
  if (fresh) in_flight_ += taken;
  stats_.operations += taken;
  if (taken == offered) return true;
  stats_.backpressure += offered - taken;
  port_full_ = true;
  return false;
}

bool Engine::StagePrepared() {
  const uint32_t room = std::min(capabilities_.max_in_flight - issued_,
                                 in_flight_limit_ - in_flight_);
  const uint32_t count = std::min(room, prepared_count_);
  if (count == 0) return true;
  const auto taken = static_cast<uint32_t>(
      port_->Submit(std::span<const Operation>(prepared_.get(), count)));
  prepared_count_ -= taken;
  std::copy_n(prepared_.get() + taken, prepared_count_, prepared_.get());
  return NoteStaged(count, taken, /*fresh=*/true);
}

bool Engine::TakeBackPrepared(OperationId id) {
  Operation* const end = prepared_.get() + prepared_count_;
  Operation* const found = std::find_if(
      prepared_.get(), end,
      [id](const Operation& operation) { return operation.id == id; });
  if (found == end) return false;
  std::copy(found + 1, end, found);
  --prepared_count_;
  return true;
}

bool Engine::StageFrom(WaiterList& list, bool fresh) {
  while (!list.empty()) {
    uint32_t room = capabilities_.max_in_flight - issued_;
    if (fresh) room = std::min(room, in_flight_limit_ - in_flight_);
    const uint32_t limit = std::min(room, kStageBatch);
    if (limit == 0) return true;
    Waiter* const waiters = table_.data();
    uint32_t count = 0;
    uint32_t next = list.front();
    do {
      Waiter& waiter = waiters[next];
      FillNextOperation(waiter, capabilities_, operations_[count++]);
      waiter.state = WaiterState::kInFlight;
      next = waiter.next;
    } while (count < limit && next != kNoWaiter);
    const auto taken = static_cast<uint32_t>(
        port_->Submit(std::span<const Operation>(operations_.data(), count)));
    if (ABSL_PREDICT_FALSE(taken < count)) {
      const WaiterState waiting =
          fresh ? WaiterState::kQueued : WaiterState::kReady;
      for (uint32_t i = taken; i < count; ++i) {
        table_[operations_[i].id.index()].state = waiting;
      }
      next = operations_[taken].id.index();
    }
    list.SetFront(table_, next);
    if (!NoteStaged(count, taken, fresh)) return false;
  }
  return true;
}

bool Engine::IsStuck() const {
  return live() > 0 && issued_ == 0 && finished_count_ == 0 &&
         prepared_count_ == 0 && fresh_.empty() && ready_.empty() &&
         wheel_.empty() && room_front_ == nullptr &&
         !(remote_ever_ && inbox_->has_submitters());
}

// True if the turn must not sleep.
bool Engine::HasWork() const {
  if (finished_count_ > 0) return true;
  // The port's queue was full, not its capacity: a flush makes room (R12).
  if (port_full_) return true;
  if (room_front_ != nullptr && local_live_ < local_limit_) {
    return true;
  }
  return false;
}

Wait Engine::SleepLimit(Wait limit) const {
  if (HasWork()) return Wait::None();
  if (wheel_.empty()) {
    // Nothing but its limit could end the sleep. It is still worth sleeping for
    // requests that only a cancel ends (a Sleep until kNever).
    const bool endless =
        issued_ == 0 && !(remote_ever_ && inbox_->has_submitters());
    if (endless && (live() == 0 || limit.until == kNever)) return Wait::None();
    return limit;
  }
  const Time next = tick_clock_.TimeOfTick(wheel_.NextTick());
  return Wait::Until(std::min(limit.until, next));
}

// The counters and pointers are kept out of memory while the loop runs: every
// store to a waiter could otherwise change them.
inline void Engine::Judge(std::span<const Completion> completions) {
  Waiter* const waiters = table_.data();
  const uint32_t capacity = table_.capacity();
  Waiter** finished = finished_.get() + finished_count_;
  uint32_t completed = 0;
  uint32_t continued = 0;
  for (const Completion& completion : completions) {
    const uint32_t index = completion.id.index();
    if (ABSL_PREDICT_FALSE(index >= capacity ||
                           waiters[index].operation_id != completion.id ||
                           waiters[index].state != WaiterState::kInFlight)) {
      ++stats_.stray_completions;
      continue;
    }
    Waiter& waiter = waiters[index];
    if (ABSL_PREDICT_FALSE((completion.flags & kCompletionMore) != 0)) continue;
    ++completed;
    if (ABSL_PREDICT_TRUE(!waiter.described && completion.result >= 0)) {
      // A plain nop: kOk and no timer.
      waiter.state = WaiterState::kFinished;
      *finished++ = &waiter;
      continue;
    }
    if (JudgeCompletion(waiter, completion, capabilities_,
                        options_.max_transient_retries) ==
        ProgressStep::kContinue) {
      ++continued;
      waiter.state = WaiterState::kReady;
      ready_.PushBack(table_, index);
      continue;
    }
    if (waiter.has_timer) RemoveTimer(index);
    waiter.state = WaiterState::kFinished;
    *finished++ = &waiter;
  }
  issued_ -= completed;
  in_flight_ -= completed - continued;
  finished_count_ += completed - continued;
  stats_.continued += continued;
}

absl::Status Engine::ReapAndJudge(Wait limit) {
  Wait wait = SleepLimit(limit);
  const bool armed = remote_ever_ && wait.until != Time::min();
  if (armed && !inbox_->Arm()) wait = Wait::None();
  absl::StatusOr<std::size_t> reaped = port_->Reap(completions_, wait);
  if (armed) inbox_->Disarm();
  if (ABSL_PREDICT_FALSE(!reaped.ok())) return reaped.status();
  Judge(std::span<const Completion>(completions_.data(), *reaped));
  // The sleep may have been for a deadline; it should fire in this turn.
  if (*reaped == 0 && !wheel_.empty()) Expire();
  return absl::OkStatus();
}

}  // namespace wharf
