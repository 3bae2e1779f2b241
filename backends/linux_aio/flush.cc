#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "backends/linux_aio/port.h"
#include "backends/linux_aio/prepare.h"

namespace wharf {

using aio::Phase;

bool LinuxAioPort::Flush() {
  if (wake_poll_ == WakePoll::kIdle) BatchWake();
  LookAtParked();
  BeginStaged();
  return state_ == State::kOpen && SubmitBatch();
}

void LinuxAioPort::BatchWake() {
  aio::PreparePoll(wake_.fd(), POLLIN, aio::kWakeTag, &wake_control_);
  batch_.push_back(&wake_control_);
  wake_poll_ = WakePoll::kBatched;
}

void LinuxAioPort::Batch(Slot& slot) {
  slot.phase = Phase::kBatched;
  batch_.push_back(&slot.control);
}

// The kernel stops at the first control block that it refuses, and says why
// only when that is the first of all (fault row A-04): so each refusal takes a
// call of its own, and what is behind it goes on.
bool LinuxAioPort::SubmitBatch() {
  std::size_t gone = 0;
  bool alive = true;
  while (gone < batch_.size()) {
    const std::span<iocb*> rest = std::span(batch_).subspan(gone);
    ++stats_.submits;
    const int result = syscalls_.Submit(context_, rest);
    if (result > 0) {
      const auto taken = static_cast<std::size_t>(result);
      if (taken < rest.size()) ++stats_.short_submits;
      Accept(rest.first(taken));
      gone += taken;
    } else if (result == 0 || result == -EAGAIN || result == -EINTR) {
      // Full: offered again by the next Reap (row A-05, known bug R-A8).
      alive = TolerateFailure(-result);
      break;
    } else {
      Refuse(rest.front(), -result);
      ++gone;
    }
  }
  // Also of a port that has died: what has ended is not Close's to take back.
  batch_.erase(batch_.begin(),
               batch_.begin() + static_cast<std::ptrdiff_t>(gone));
  return alive;
}

void LinuxAioPort::Accept(std::span<iocb* const> controls) {
  failing_since_ = kNever;
  for (const iocb* control : controls) {
    if (aio::DataOf(*control) == aio::kWakeTag) {
      wake_poll_ = WakePoll::kInKernel;
      continue;
    }
    slots_.Find(OperationId{aio::DataOf(*control)})->phase = Phase::kInKernel;
    ++in_kernel_;
  }
}

// It produces no event: this is its end (known bug R-A2).
void LinuxAioPort::Refuse(iocb* control, int error) {
  if (control == &wake_control_) {
    wake_poll_ = WakePoll::kIdle;
    return;
  }
  Slot& slot = *slots_.Find(OperationId{aio::DataOf(*control)});
  if (slot.polling && error == EINVAL) {
    // There is nothing wrong with the poll but the handle.
    slot.unpollable = true;
    return Park(slot);
  }
  Finish(slot, -int64_t{error});
}

bool LinuxAioPort::TolerateFailure(int error) {
  ++stats_.transient_failures;
  // What comes back makes room.
  if (in_kernel_ != 0) {
    failing_since_ = kNever;
    return true;
  }
  const Time now = Now();
  if (failing_since_ == kNever) failing_since_ = now;
  if (now - failing_since_ <= options_.submit_failure_grace) return true;
  return Die(absl::ResourceExhaustedError(absl::StrCat(
      "io_submit has failed with errno ", error, " for ",
      std::chrono::duration_cast<std::chrono::milliseconds>(now -
                                                            failing_since_)
          .count(),
      " ms with nothing in flight; the machine or its control group is out of "
      "memory")));
}

bool LinuxAioPort::Die(absl::Status status) {
  fatal_ = std::move(status);
  state_ = State::kDead;
  return false;
}

}  // namespace wharf
