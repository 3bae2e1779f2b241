#include "backends/posix/wake_event.h"

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace wharf::posix {

WakeEvent::~WakeEvent() {
  if (fd_ >= 0) syscalls_.Close(fd_);
}

absl::Status WakeEvent::Open() {
  fd_ = syscalls_.OpenEventFd();
  if (fd_ >= 0) return absl::OkStatus();
  if (fd_ == -EMFILE || fd_ == -ENFILE) {
    return absl::ResourceExhaustedError(
        "no descriptor left for the wake eventfd; raise RLIMIT_NOFILE (ulimit "
        "-n) or fs.file-max");
  }
  return absl::InternalError(absl::StrCat("eventfd failed with errno ", -fd_));
}

void WakeEvent::Ring() {
  if (rung_.exchange(true, std::memory_order_acq_rel)) return;
  // -EAGAIN: the counter is full, so the loop is already being woken. Any other
  // error leaves the flag, which the next Reap that looks at it finds.
  while (syscalls_.WriteEventFd(fd_) == -EINTR) {
  }
}

bool WakeEvent::Acknowledge() {
  while (syscalls_.ReadEventFd(fd_) == -EINTR) {
  }
  return rung_.exchange(false, std::memory_order_acq_rel);
}

}  // namespace wharf::posix
