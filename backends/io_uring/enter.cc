#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "backends/io_uring/kernel_abi.h"
#include "backends/io_uring/port.h"

namespace wharf {
namespace {

// A longer relative time could overflow in the kernel, which would then return
// at once, for ever (known bug R18).
constexpr Duration kLongestWait = std::chrono::hours(24);
// Pause after a failure that moved nothing.
constexpr Duration kBackOff = std::chrono::milliseconds(1);

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

__kernel_timespec ToTimespec(Duration duration) {
  __kernel_timespec result{};
  result.tv_sec = duration.count() / kNanosecondsPerSecond;
  result.tv_nsec = duration.count() % kNanosecondsPerSecond;
  return result;
}

absl::Status FatalStatus(int error) {
  switch (error) {
    case EEXIST:
      return absl::FailedPreconditionError(
          "the io_uring port was used on another thread than the one that "
          "opened it; open the port on the thread that runs the loop");
    case EOWNERDEAD:
      return absl::InternalError(
          "the kernel's submission thread (SQPOLL) has died; open a new port");
    case EBADR:
      return absl::DataLossError(
          "the kernel ran out of memory and dropped completions; the "
          "operations they belonged to will never end");
    default:
      return absl::InternalError(
          absl::StrCat("io_uring_enter failed for good with errno ", error));
  }
}

}  // namespace

// The flags that go with it; none if the time is over already.
unsigned IoUringPort::FillTimeout(Time until, Timeout& timeout) {
  unsigned flags = IORING_ENTER_EXT_ARG;
  Duration duration = until.time_since_epoch();
  if ((ring_.features & uring::kFeatureMinTimeout) != 0) {
    flags |= uring::kEnterAbsoluteTimer;
  } else {
    const Time now = Now();
    duration =
        until > now ? std::min(until - now, kLongestWait) : Duration::zero();
  }
  if (duration <= Duration::zero()) return 0;
  timeout.duration = ToTimespec(duration);
  timeout.argument = {};
  timeout.argument.ts = reinterpret_cast<uint64_t>(&timeout.duration);
  return flags;
}

bool IoUringPort::Judge(int result, bool progress, Time until) {
  switch (-result) {
    case EAGAIN:
    case EBUSY:
    case ENOMEM:
      return TolerateFailure(-result, progress, until);
    default:
      return Die(FatalStatus(-result));
  }
}

bool IoUringPort::TolerateFailure(int error, bool progress, Time until) {
  ++stats_.transient_failures;
  if (progress) {
    failing_since_ = kNever;
    return true;
  }
  const Time now = Now();
  if (failing_since_ == kNever) failing_since_ = now;
  if (now - failing_since_ > options_.enter_failure_grace) {
    return Die(absl::ResourceExhaustedError(absl::StrCat(
        "io_uring_enter has failed with errno ", error, " for ",
        std::chrono::duration_cast<std::chrono::milliseconds>(now -
                                                              failing_since_)
            .count(),
        " ms without any progress; the machine or its control group is out of "
        "memory")));
  }
  if (until > now) BackOff(std::min(until, SaturatingAdd(now, kBackOff)));
  return true;
}

void IoUringPort::BackOff(Time until) {
  const __kernel_timespec timeout = ToTimespec(until - Now());
  if (timeout.tv_sec < 0 || timeout.tv_nsec < 0) return;
  io_uring_getevents_arg argument{};
  argument.ts = reinterpret_cast<uint64_t>(&timeout);
  ++stats_.enters;
  // Nothing to submit: a pure wait, whose own failure changes nothing.
  syscalls_.Enter(
      ring_.enter_fd, 0, 1,
      ring_.enter_flags | IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
      &argument, sizeof(argument));
}

bool IoUringPort::DieOnWrongThread() { return Die(FatalStatus(EEXIST)); }

bool IoUringPort::Die(absl::Status status) {
  fatal_ = std::move(status);
  state_ = State::kDead;
  return false;
}

}  // namespace wharf
