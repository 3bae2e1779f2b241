#include "backends/io_uring/wake.h"

#include "backends/io_uring/prepare.h"

namespace wharf::uring {

absl::Status WakeSource::Open(Mode mode) {
  mode_ = mode;
  return event_.Open();
}

void WakeSource::Arm(io_uring_sqe* sqe) {
  PrepareWakePoll(fd(), mode_ == Mode::kMultishot, sqe);
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
