#include <cerrno>

#include "backends/linux_aio/port.h"
#include "backends/linux_aio/prepare.h"
#include "backends/posix/modes.h"

namespace wharf {

using aio::Phase;

CloseReport LinuxAioPort::Close() {
  if (state_ == State::kClosed) return report_;
  closing_ = true;
  if (context_ != nullptr) {
    TakeBack();
    BringBack(SaturatingAdd(Now(), options_.close_grace));
  }
  state_ = State::kClosed;
  report_.operations_left.reserve(slots_.size());
  slots_.ForEach([this](Slot& slot) {
    report_.operations_left.push_back(slot.operation.id);
    if (slot.holds_handle) {
      // The kernel's own hold on the file is enough for its poll.
      syscalls_.Close(posix::FdOf(slot.operation.handle));
    }
  });
  // The kernel has its own copy of every control block, so their memory may go
  // even if operations are left.
  if (context_ != nullptr && in_kernel_ == 0) {
    // Nothing calls the kernel with it after this (known bug R-A9).
    syscalls_.Destroy(context_);
    context_ = nullptr;
  }
  return report_;
}

// What the kernel never saw, and what nobody will hear of.
void LinuxAioPort::TakeBack() {
  for (Slot* slot : staged_) Drop(*slot, -ECANCELED);
  for (Slot* slot : parked_) Drop(*slot, -ECANCELED);
  for (iocb* control : batch_) {
    if (control == &wake_control_) continue;
    Drop(*slots_.Find(OperationId{aio::DataOf(*control)}), -ECANCELED);
  }
  for (const Ready& ready : ready_) {
    if (ready.unheard_fd >= 0) syscalls_.Close(ready.unheard_fd);
  }
  staged_.clear();
  parked_.clear();
  batch_.clear();
  ready_.clear();
}

void LinuxAioPort::BringBack(Time deadline) {
  // The wake's poll is in nobody's way, but its event is not waited for.
  syscalls_.CancelControl(context_, &wake_control_);
  slots_.ForEach(
      [this](Slot& slot) { syscalls_.CancelControl(context_, &slot.control); });
  while (in_kernel_ != 0 && Collect(deadline) && Now() < deadline) {
  }
}

void LinuxAioPort::Drop(Slot& slot, int64_t result) {
  if (const int fd = UnheardFd(slot, result); fd >= 0) syscalls_.Close(fd);
  Release(slot);
}

// The handle that the completion carries, or that a cancelled close has spared.
int LinuxAioPort::UnheardFd(const Slot& slot, int64_t result) {
  const Operation& operation = slot.operation;
  if (MakesHandle(operation.opcode) && result >= 0) {
    return static_cast<int>(result);
  }
  if (operation.opcode == Opcode::kClose && result == -ECANCELED) {
    return posix::FdOf(operation.handle);
  }
  return -1;
}

}  // namespace wharf
