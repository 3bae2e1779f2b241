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
  if (ABSL_PREDICT_FALSE(inside_turn_ || shutdown_report_.has_value())) {
    return RefuseTurn();
  }
  inside_turn_ = true;
  ++stats_.turns;
  if (remote_ever_) TakeRemote();
  if (!wheel_.empty()) Expire();
  Stage();
  return Collect(limit);
}

absl::Status Engine::RefuseTurn() const {
  if (inside_turn_) {
    return absl::FailedPreconditionError(
        "Engine::Turn was called inside a callback; return to the loop first");
  }
  return fatal_.ok() ? absl::FailedPreconditionError("the engine is shut down")
                     : fatal_;
}

absl::Status Engine::CollectOnly(Wait limit) {
  inside_turn_ = true;
  return Collect(limit);
}

void Engine::DeliverOnly() {
  inside_turn_ = true;
  Deliver();
  inside_turn_ = false;
}

// A turn has a fixed cost, which shows where it ends one request only: what
// every turn does is one function.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline absl::Status Engine::Collect(Wait limit) {
  std::size_t count = 0;
  if (absl::Status status = Reap(limit, count);
      ABSL_PREDICT_FALSE(!status.ok())) {
    Fail(status);
    inside_turn_ = false;
    return status;
  }
  Judge(std::span<const Completion>(completions_.data(), count));
  // The sleep may have been for a deadline; it should fire in this turn.
  if (count == 0 && !wheel_.empty()) Expire();
  Deliver();
  inside_turn_ = false;
  return absl::OkStatus();
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

ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Engine::Stage() {
  port_full_ = false;
  if (!ready_.empty() && !StageFrom(ready_, /*fresh=*/false)) return;
  if (has_prepared() && !StagePrepared()) return;
  // What is prepared comes first, also when the capacity holds it back.
  if (!has_prepared() && !fresh_.empty()) StageFrom(fresh_, /*fresh=*/true);
  if (fresh_.empty()) prepared_limit_ = prepared_.get() + kPrepared;
}

inline bool Engine::NoteStaged(uint32_t offered, uint32_t taken, bool fresh) {
  issued_ += taken;
  if (fresh) in_flight_ += taken;
  stats_.operations += taken;
  if (taken == offered) return true;
  stats_.backpressure += offered - taken;
  port_full_ = true;
  return false;
}

inline bool Engine::StagePrepared() {
  const uint32_t room = std::min(capabilities_.max_in_flight - issued_,
                                 in_flight_limit_ - in_flight_);
  const auto prepared = static_cast<uint32_t>(prepared_end_ - prepared_.get());
  const uint32_t count = std::min(room, prepared);
  if (count == 0) return true;
  const auto taken = static_cast<uint32_t>(
      port_->Submit(std::span<const Operation>(prepared_.get(), count)));
  if (ABSL_PREDICT_TRUE(taken == prepared)) {
    prepared_end_ = prepared_.get();
  } else {
    RemovePrepared(prepared_.get(), taken);
  }
  return NoteStaged(count, taken, /*fresh=*/true);
}

bool Engine::TakeBackPrepared(OperationId id) {
  Operation* const end = prepared_end_;
  Operation* const found = std::find_if(
      prepared_.get(), end,
      [id](const Operation& operation) { return operation.id == id; });
  if (found == end) return false;
  RemovePrepared(found, 1);
  return true;
}

void Engine::RemovePrepared(Operation* first, uint32_t count) {
  prepared_end_ = std::copy(first + count, prepared_end_, first);
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
         !has_prepared() && fresh_.empty() && ready_.empty() &&
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

ABSL_ATTRIBUTE_ALWAYS_INLINE inline Wait Engine::SleepLimit(Wait limit) const {
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

ABSL_ATTRIBUTE_ALWAYS_INLINE inline absl::Status Engine::Reap(
    Wait limit, std::size_t& count) {
  Wait wait = SleepLimit(limit);
  const bool armed = remote_ever_ && wait.until != Time::min();
  if (armed && !inbox_->Arm()) wait = Wait::None();
  absl::StatusOr<std::size_t> reaped = port_->Reap(completions_, wait);
  if (armed) inbox_->Disarm();
  if (ABSL_PREDICT_FALSE(!reaped.ok())) return std::move(reaped).status();
  count = *reaped;
  return absl::OkStatus();
}

// The pointers are kept out of memory while the loop runs: every store to a
// waiter could otherwise change them.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Engine::Judge(
    std::span<const Completion> completions) {
  Waiter* const waiters = table_.data();
  const uint32_t capacity = table_.capacity();
  Waiter** const first = finished_.get() + finished_count_;
  Waiter** finished = first;
  for (const Completion& completion : completions) {
    const uint32_t index = completion.id.index();
    if (ABSL_PREDICT_FALSE(index >= capacity ||
                           waiters[index].operation_id != completion.id)) {
      ++stats_.stray_completions;
      continue;
    }
    Waiter& waiter = waiters[index];
    // Most do all that they were to do, and end with kOk.
    if (IsExactly(waiter, WaiterState::kInFlight, WaiterDetail::kPlainNop) &&
        (static_cast<uint64_t>(completion.result) | completion.flags) == 0) {
      SetExactly(waiter, WaiterState::kFinished, WaiterDetail::kPlainNop);
      *finished++ = &waiter;
    } else if (IsExactly(waiter, WaiterState::kInFlight,
                         WaiterDetail::kPlainTransfer) &&
               static_cast<uint64_t>(completion.result) ==
                   waiter.request.length &&
               completion.flags == 0) {
      if (waiter.has_timer) RemoveTimer(index);
      SetExactly(waiter, WaiterState::kFinished, WaiterDetail::kPlainTransfer);
      *finished++ = &waiter;
    } else if (JudgeDescribed(waiter, completion)) {
      *finished++ = &waiter;
    }
  }
  const auto ended = static_cast<uint32_t>(finished - first);
  issued_ -= ended;
  in_flight_ -= ended;
  finished_count_ += ended;
}

bool Engine::JudgeDescribed(Waiter& waiter, const Completion& completion) {
  if (ABSL_PREDICT_FALSE(waiter.state != WaiterState::kInFlight)) {
    ++stats_.stray_completions;
    return false;
  }
  if (ABSL_PREDICT_FALSE((completion.flags & kCompletionMore) != 0)) {
    return false;
  }
  const uint32_t index = waiter.request_id.index();
  if (JudgeCompletion(waiter, completion, capabilities_,
                      options_.max_transient_retries) ==
      ProgressStep::kContinue) {
    --issued_;
    ++stats_.continued;
    waiter.state = WaiterState::kReady;
    ready_.PushBack(table_, index);
    return false;
  }
  if (waiter.has_timer) RemoveTimer(index);
  waiter.state = WaiterState::kFinished;
  return true;
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Engine::DeliverPlainNop(
    Waiter& waiter) {
  SetExactly(waiter, WaiterState::kDelivering, WaiterDetail::kPlainNop);
  // No longer live, so that the callback can submit its successor.
  --local_live_;
  ++stats_.outcomes[static_cast<int>(OutcomeKind::kOk)];
  result_.id = waiter.request_id;
  result_.outcome = Outcome{};
  waiter.callback(std::move(result_));
  waiter.callback.Discard();
  table_.ReleasePlain(waiter);
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Engine::DeliverPlainTransfer(
    Waiter& waiter) {
  SetExactly(waiter, WaiterState::kDelivering, WaiterDetail::kPlainTransfer);
  --local_live_;
  ++stats_.outcomes[static_cast<int>(OutcomeKind::kOk)];
  Request& request = waiter.request;
  result_.id = waiter.request_id;
  result_.outcome = Outcome{.bytes = request.length};
  // Over an empty one.
  std::construct_at(&result_.buffer, std::move(request.buffer));
  request.handle.Reset();
  waiter.callback(std::move(result_));
  waiter.callback.Discard();
  result_.buffer.Reset();
  request.ResetPlainTransfer();
  table_.ReleasePlain(waiter);
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Engine::Deliver() {
  // Only what is finished now: a callback that submits something which ends at
  // once must not keep the turn going.
  const uint32_t count = finished_count_;
  Waiter** const finished = finished_.get();
  for (uint32_t i = 0; i < count; ++i) {
    Waiter& waiter = *finished[i];
    if (IsExactly(waiter, WaiterState::kFinished, WaiterDetail::kPlainNop)) {
      DeliverPlainNop(waiter);
    } else if (IsExactly(waiter, WaiterState::kFinished,
                         WaiterDetail::kPlainTransfer)) {
      DeliverPlainTransfer(waiter);
    } else {
      DeliverDescribed(waiter);
    }
  }
  finished_count_ -= count;
  if (finished_count_ > 0) {
    std::copy_n(finished_.get() + count, finished_count_, finished_.get());
  }
  if (room_front_ != nullptr) TellRoomWaiters();
}

}  // namespace wharf
