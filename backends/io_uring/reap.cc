#include <algorithm>
#include <cerrno>
#include <chrono>

#include "absl/base/attributes.h"
#include "backends/io_uring/port.h"
#include "backends/io_uring/prepare.h"
#include "backends/posix/errors.h"

namespace wharf {
namespace {

// Longest sleep of a loop that a ring cannot end.
constexpr Duration kPollingSleep = std::chrono::milliseconds(1);

}  // namespace

bool IoUringPort::SubmissionThreadSleeps() {
  // The kernel's thread sets the flag and looks at the tail again before it
  // sleeps; we store the tail and look at the flag (io_uring_sqpoll(7)).
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return (Load(sq_flags_) & IORING_SQ_NEED_WAKEUP) != 0;
}

bool IoUringPort::KernelHasWork() {
  const unsigned flags = Load(sq_flags_);
  if ((flags & (IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN)) != 0) return true;
  // Work that only an enter runs, on a ring that does not announce it.
  return Has(IORING_SETUP_DEFER_TASKRUN) && !Has(IORING_SETUP_TASKRUN_FLAG) &&
         in_flight_.size() != 0;
}

// Inline, as its parts and Harvest are: at depth 1 each operation pays for a
// whole Reap.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool IoUringPort::EnterHere(unsigned flags,
                                                                Time until) {
  if (std::this_thread::get_id() != loop_thread_) [[unlikely]] {
    // A registered ring's index would name another ring there.
    return DieOnWrongThread();
  }
  flags |= ring_.enter_flags;
  Publish();
  if (Has(IORING_SETUP_SQPOLL) && SubmissionThreadSleeps()) {
    flags |= IORING_ENTER_SQ_WAKEUP;
  }
  const unsigned head = Load(sq_head_);
  const unsigned to_submit = sq_tail_ - head;

  unsigned min_complete = until > Time::min() ? 1 : 0;
  Timeout timeout;  // filled where there is one
  const void* argument = nullptr;
  if (min_complete != 0 && until != kNever) {
    const unsigned timed = FillTimeout(until, timeout);
    flags |= timed;
    if (timed != 0) {
      argument = &timeout.argument;
    } else {
      min_complete = 0;
    }
  }

  ++stats_.enters;
  const int result =
      syscalls_.Enter(ring_.enter_fd, to_submit, min_complete, flags, argument,
                      argument == nullptr ? 0 : sizeof(timeout.argument));
  // The count that enter returns is not to be trusted everywhere (fault rows
  // U-24, U-32); the queue's head says what the kernel took. What it left is
  // offered again by the next Enter (known bug R25).
  const unsigned taken = Load(sq_head_) - head;
  if (taken < to_submit && !Has(IORING_SETUP_SQPOLL)) ++stats_.short_submits;
  if (result >= 0 || result == -ETIME || result == -EINTR) [[likely]] {
    failing_since_ = kNever;
    return true;
  }
  const bool progress = taken != 0 || *cq_head_ != Load(cq_tail_);
  return Judge(result, progress, until);
}

bool IoUringPort::Enter(unsigned flags, Time until) {
  return EnterHere(flags, until);
}

// Up to the first that needs a closer look; returns how many came before.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline std::size_t IoUringPort::HarvestPlain(
    unsigned head, std::size_t count, Completion* out) {
  const io_uring_cqe* const cqes = cqes_;
  const unsigned mask = cq_mask_;
  const posix::InFlightTable::Places places(in_flight_);
  std::size_t taken = 0;
  for (; taken < count; ++taken, ++out) {
    const io_uring_cqe& cqe =
        cqes[(head + static_cast<unsigned>(taken)) & mask];
    const int64_t result = cqe.res;
    const uint64_t user_data = cqe.user_data;
    // No error, nothing more to come, and not our own: a cancel's tag is the
    // sign, and the wake's is in no identity of the table.
    if ((static_cast<int64_t>(user_data) | result) < 0 ||
        (cqe.flags & IORING_CQE_F_MORE) != 0 ||
        !places.TakePlain(OperationId{user_data})) [[unlikely]] {
      break;
    }
    *out = Completion{.id = OperationId{user_data},
                      .result = result,
                      .native_error = 0,
                      .flags = 0};
  }
  in_flight_.Count(0, taken);
  return taken;
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline std::size_t IoUringPort::HarvestHere(
    std::span<Completion> completions) {
  const unsigned head = *cq_head_;
  // What turns out to be the port's own leaves room for more, next time.
  const auto count = static_cast<unsigned>(
      std::min<std::size_t>(Load(cq_tail_) - head, completions.size()));
  std::size_t taken = 0;
  if (in_flight_.all_at_home()) [[likely]] {
    taken = HarvestPlain(head, count, completions.data());
    if (taken == count) [[likely]] {
      Store(cq_head_, head + count);
      return taken;
    }
  }
  return HarvestRest(head, head + count, completions.data(), taken);
}

std::size_t IoUringPort::Harvest(std::span<Completion> completions) {
  return HarvestHere(completions);
}

absl::StatusOr<std::size_t> IoUringPort::Reap(std::span<Completion> completions,
                                              Wait wait) {
  if (state_ != State::kOpen) [[unlikely]] {
    if (state_ == State::kDead) return fatal_;
    return absl::FailedPreconditionError("the io_uring port is closed");
  }
  if (urgent_) [[unlikely]] {
    if (!refused_cancels_.empty()) wait.until = AskAgain(wait.until);
    if (!FlushUrgent()) return fatal_;
    // A cancel that is still not staged may be what ends the wait.
    if (urgent_) wait = Wait::None();
    urgent_ |= !refused_cancels_.empty();
  }
  if (polling_) [[unlikely]] {
    return ReapPolling(completions, wait);
  }
  const bool ready = *cq_head_ != Load(cq_tail_);
  const bool flush = MustFlush();
  if (ready || completions.empty()) wait = Wait::None();
  if (flush || wait.until > Time::min() || (!ready && KernelHasWork())) {
    if (!EnterHere(IORING_ENTER_GETEVENTS, wait.until)) return fatal_;
  }
  return HarvestHere(completions);
}

// From `head` on, of which `taken` are in `out` already, to `last`.
std::size_t IoUringPort::HarvestRest(unsigned head, unsigned last,
                                     Completion* out, std::size_t taken) {
  head += static_cast<unsigned>(taken);
  while (head != last) {
    if (HarvestOther(cqes_[head & cq_mask_], out[taken])) ++taken;
    ++head;
    if (in_flight_.all_at_home()) [[likely]] {
      const std::size_t plain = HarvestPlain(head, last - head, out + taken);
      head += static_cast<unsigned>(plain);
      taken += plain;
    }
  }
  Store(cq_head_, head);
  return taken;
}

bool IoUringPort::HarvestOther(const io_uring_cqe& cqe,
                               Completion& completion) {
  if ((cqe.user_data & uring::kTagMask) != 0) {
    OnOwnCompletion(cqe);
    return false;
  }
  const OperationId id{cqe.user_data};
  InFlight* entry = in_flight_.Find(id);
  if (entry == nullptr) {
    ++stats_.unknown_completions;
    return false;
  }
  if (entry->Has(InFlight::kIsAccept) && GoesAgain(cqe.res, *entry)) {
    return false;
  }
  completion =
      Completion{.id = id, .result = cqe.res, .native_error = 0, .flags = 0};
  Translate(cqe, *entry, completion);
  if (completion.flags == 0) {
    const InFlight ended = *entry;
    in_flight_.Erase(entry);
    if (ended.Has(InFlight::kIsAccept)) PassOn(cqe.res, ended);
  }
  return true;
}

void IoUringPort::OnOwnCompletion(const io_uring_cqe& cqe) {
  switch (cqe.user_data & uring::kTagMask) {
    case uring::kWakeTag:
      wake_.OnCompletion(cqe.res, cqe.flags);
      polling_ = wake_.mode() == uring::WakeSource::Mode::kFlagOnly;
      urgent_ |= wake_.NeedsArm();
      return;
    case uring::kCancelAllTag:
      cancel_all_staged_ = false;
      if (cqe.res == -EINVAL) cancel_all_refused_ = true;
      return;
    default: {
      // A cancel's acknowledgement says nothing about its operation: -ENOENT
      // and -EALREADY come while it is still running (fault rows U-05, U-06),
      // and also while it is about to wait again, for ever.
      const OperationId id{cqe.user_data & ~uring::kTagMask};
      if ((cqe.res != -ENOENT && cqe.res != -EALREADY) || closing_) return;
      InFlight* entry = in_flight_.Find(id);
      if (entry == nullptr) return;
      if (!entry->Has(InFlight::kCancelAsked)) return NudgeRefused(*entry);
      refused_cancels_.push_back(id);
      urgent_ = true;
      return;
    }
  }
}

void IoUringPort::Translate(const io_uring_cqe& cqe, const InFlight& entry,
                            Completion& completion) {
  if (cqe.res < 0) {
    completion.native_error = posix::NativeErrorFromResult(cqe.res);
    completion.result = -static_cast<int64_t>(posix::ErrorFromResult(cqe.res));
  } else if (entry.Has(InFlight::kIsPoll)) {
    completion.result =
        posix::PollEventsFromKernel(static_cast<uint32_t>(cqe.res));
  }
  if (closing_) SettleHandle(cqe.res, entry);
  if ((cqe.flags & IORING_CQE_F_MORE) != 0) {
    completion.flags = kCompletionMore;
  } else if (entry.Has(InFlight::kHasSlot)) {
    messages_->Release(entry.number());
  }
}

absl::StatusOr<std::size_t> IoUringPort::ReapPolling(
    std::span<Completion> completions, Wait wait) {
  for (;;) {
    if (!Enter(IORING_ENTER_GETEVENTS, Time::min())) return fatal_;
    const std::size_t count = Harvest(completions);
    if (count != 0 || completions.empty() || wait.until == Time::min() ||
        wake_.TakeRung()) {
      return count;
    }
    const Time now = Now();
    if (now >= wait.until) return 0;
    if (in_flight_.size() == 0) {
      const int64_t nanoseconds =
          wait.until == kNever ? -1 : (wait.until - now).count();
      if (syscalls_.WaitEventFd(wake_.fd(), nanoseconds) > 0) {
        wake_.Acknowledge();
      }
      return 0;
    }
    if (Has(IORING_SETUP_IOPOLL)) continue;
    const Time slice = SaturatingAdd(now, kPollingSleep);
    if (!Enter(IORING_ENTER_GETEVENTS, std::min(wait.until, slice))) {
      return fatal_;
    }
  }
}

}  // namespace wharf
