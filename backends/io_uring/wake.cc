#include "backends/io_uring/wake.h"

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "backends/io_uring/prepare.h"

namespace wharf::uring {

WakeSource::~WakeSource() {
  if (fd_ >= 0) syscalls_.Close(fd_);
}

absl::Status WakeSource::Open(Mode mode) {
  mode_ = mode;
  fd_ = syscalls_.OpenEventFd();
  if (fd_ >= 0) return absl::OkStatus();
  if (fd_ == -EMFILE || fd_ == -ENFILE) {
    return absl::ResourceExhaustedError(
        "no descriptor left for the wake eventfd; raise RLIMIT_NOFILE (ulimit "
        "-n) or fs.file-max");
  }
  return absl::InternalError(absl::StrCat("eventfd failed with errno ", -fd_));
}

void WakeSource::Ring() {
  if (rung_.exchange(true, std::memory_order_acq_rel)) return;
  // -EAGAIN: the counter is full, so the loop is already being woken. Any other
  // error leaves the flag, which the next Reap that looks at it finds.
  while (syscalls_.WriteEventFd(fd_) == -EINTR) {
  }
}

bool WakeSource::Acknowledge() {
  while (syscalls_.ReadEventFd(fd_) == -EINTR) {
  }
  return rung_.exchange(false, std::memory_order_acq_rel);
}

void WakeSource::Arm(io_uring_sqe* sqe) {
  PrepareWakePoll(fd_, mode_ == Mode::kMultishot, sqe);
  armed_ = true;
}

void WakeSource::OnCompletion(int32_t result, uint32_t flags) {
  if ((flags & IORING_CQE_F_MORE) == 0) armed_ = false;
  if (result >= 0) {
    refusals_ = 0;
    Acknowledge();
    return;
  }
  if (++refusals_ < kMaxRefusals) return;
  refusals_ = 0;
  mode_ = mode_ == Mode::kMultishot ? Mode::kOneShot : Mode::kFlagOnly;
}

}  // namespace wharf::uring
