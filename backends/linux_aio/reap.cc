#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>

#include "absl/strings/str_cat.h"
#include "backends/linux_aio/port.h"
#include "backends/linux_aio/prepare.h"

namespace wharf {

using aio::Phase;

namespace {

// Events that one call collects; more are there for the next.
constexpr std::size_t kEvents = 128;
// A longer relative time could overflow in the kernel (known bug R18).
constexpr Duration kLongestWait = std::chrono::hours(24);
// Sleep of a loop that waits for nothing the kernel would tell.
constexpr Duration kBackOff = std::chrono::milliseconds(1);

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

timespec ToTimespec(Duration duration) {
  const int64_t nanoseconds =
      std::clamp(duration, Duration::zero(), kLongestWait).count();
  return {nanoseconds / kNanosecondsPerSecond,
          nanoseconds % kNanosecondsPerSecond};
}

}  // namespace

absl::StatusOr<std::size_t> LinuxAioPort::Reap(
    std::span<Completion> completions, Wait wait) {
  if (state_ != State::kOpen) [[unlikely]] {
    if (state_ == State::kDead) return fatal_;
    return absl::FailedPreconditionError("the Linux AIO port is closed");
  }
  if (!Flush()) return fatal_;
  if (completions.empty()) return 0;
  if (!Collect(ready_.empty() ? wait.until : Time::min())) return fatal_;
  return TakeReady(completions);
}

bool LinuxAioPort::Collect(Time until) {
  until = SoonIfUnfinished(until);
  timespec timeout{};
  if (until != Time::min() && until != kNever) {
    timeout = ToTimespec(until - Now());
  }
  std::array<io_event, kEvents> events;
  ++stats_.waits;
  const int count =
      syscalls_.GetEvents(context_, until == Time::min() ? 0 : 1, events,
                          until == kNever ? nullptr : &timeout);
  // Fewer than asked for, none, or interrupted: all of it is an answer (row
  // A-10, known bug R-A6).
  if (count == -EINTR) return true;
  if (count < 0) {
    return Die(absl::InternalError(
        absl::StrCat("io_getevents failed for good with errno ", -count)));
  }
  for (int i = 0; i < count; ++i) OnEvent(events[static_cast<std::size_t>(i)]);
  return true;
}

Time LinuxAioPort::SoonIfUnfinished(Time until) {
  if (until == Time::min()) return until;
  const bool wake_heard = wake_poll_ == WakePoll::kInKernel;
  if (!wake_heard && wake_.TakeRung()) return Time::min();
  if (!batch_.empty() || !wake_heard) {
    until = std::min(until, SaturatingAdd(Now(), kBackOff));
  }
  if (!parked_.empty()) until = std::min(until, next_look_);
  return until;
}

void LinuxAioPort::OnEvent(const io_event& event) {
  if (aio::DataOf(event) == aio::kWakeTag &&
      wake_poll_ == WakePoll::kInKernel) {
    wake_poll_ = WakePoll::kIdle;
    wake_.Acknowledge();
    return;
  }
  Slot* slot = slots_.Find(OperationId{aio::DataOf(event)});
  if (slot == nullptr || slot->phase != Phase::kInKernel) {
    ++stats_.unknown_events;
    return;
  }
  --in_kernel_;
  const int64_t result = aio::ResultOf(event);
  // What a poll reports is no handle.
  if (closing_) return Drop(*slot, slot->polling ? -ECANCELED : result);
  if (slot->polling) return OnReady(*slot, result);
  Finish(*slot, result);
}

void LinuxAioPort::OnReady(Slot& slot, int64_t events) {
  // A cancelled poll ends with 0, and nothing else does (row A-02).
  if (events == 0) return Finish(slot, -ECANCELED);
  if (events < 0 || slot.operation.opcode == Opcode::kPoll) {
    return Finish(slot, events);
  }
  const bool hopeful =
      (static_cast<uint32_t>(events) & aio::ReadyEvents(slot.operation)) != 0;
  Attempt(slot, hopeful);
}

std::size_t LinuxAioPort::TakeReady(std::span<Completion> completions) {
  const std::size_t count = std::min(completions.size(), ready_.size());
  for (std::size_t i = 0; i < count; ++i) {
    completions[i] = ready_[i].completion;
  }
  ready_.erase(ready_.begin(),
               ready_.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

}  // namespace wharf
