#include <algorithm>
#include <cerrno>
#include <chrono>

#include "backends/linux_aio/port.h"
#include "backends/linux_aio/prepare.h"
#include "backends/posix/errors.h"
#include "backends/posix/modes.h"

namespace wharf {

using aio::HandleKind;
using aio::Phase;

namespace {

// How often a parked operation is looked at.
constexpr Duration kLookAgain = std::chrono::milliseconds(1);

}  // namespace

std::size_t LinuxAioPort::Submit(std::span<const Operation> operations) {
  if (state_ != State::kOpen) return 0;
  // What is finished and not reaped counts, so `ready_` stays bounded.
  const std::size_t room = slots_.capacity() - slots_.size() - ready_.size();
  const std::size_t count = std::min(operations.size(), room);
  for (const Operation& operation : operations.first(count)) {
    staged_.push_back(&slots_.Insert(operation));
  }
  return count;
}

void LinuxAioPort::BeginStaged() {
  std::size_t begun = 0;
  for (; begun < staged_.size(); ++begun) {
    Slot& slot = *staged_[begun];
    // What was submitted before a close must not meet the number's next owner.
    if (slot.operation.opcode == Opcode::kClose && !batch_.empty() &&
        (!SubmitBatch() || !batch_.empty())) {
      break;
    }
    Begin(slot);
  }
  staged_.erase(staged_.begin(),
                staged_.begin() + static_cast<std::ptrdiff_t>(begun));
}

void LinuxAioPort::Begin(Slot& slot) {
  switch (slot.operation.opcode) {
    case Opcode::kNop:
      return Finish(slot, 0);
    case Opcode::kRead:
    case Opcode::kReadVectored:
    case Opcode::kWrite:
    case Opcode::kWriteVectored:
      return BeginTransfer(slot);
    case Opcode::kSync:
      aio::PrepareSync(slot.operation, &slot.control);
      return Batch(slot);
    case Opcode::kReceive:
    case Opcode::kSend:
    case Opcode::kSendVectored:
    case Opcode::kConnect:
      slot.kind = HandleKind::kSocket;
      return Attempt(slot, /*hopeful=*/true);
    case Opcode::kAccept:
      // Not before the listener is ready: each attempt may have to touch its
      // O_NONBLOCK (attempt.h).
    case Opcode::kPoll:
      return AwaitReady(slot);
    default:
      return Finish(slot, aio::AttemptBlocking(slot.operation, syscalls_));
  }
}

void LinuxAioPort::BeginTransfer(Slot& slot) {
  // Asked every time: io_submit would wait inside the kernel for a pipe's
  // bytes, and a number may name something else than it did last time.
  const int kind = aio::KindOf(posix::FdOf(slot.operation.handle), syscalls_);
  if (kind < 0) return Finish(slot, kind);
  slot.kind = static_cast<HandleKind>(kind);
  if (slot.kind != HandleKind::kFile) return Attempt(slot, /*hopeful=*/true);
  if (slot.operation.offset == kCurrentPosition) {
    return Finish(slot, aio::AttemptBlocking(slot.operation, syscalls_));
  }
  aio::PrepareTransfer(slot.operation, &slot.control);
  Batch(slot);
}

// `hopeful`: a poll that follows will not be ready at once for the same reason
// as the last.
void LinuxAioPort::Attempt(Slot& slot, bool hopeful) {
  int64_t result = aio::AttemptNow(slot.operation, slot.kind, syscalls_);
  if (slot.operation.opcode == Opcode::kConnect) {
    if (result == -EINPROGRESS || result == -EALREADY) {
      slot.connecting = true;
      return WaitAndTryAgain(slot, hopeful);
    }
    // A local socket's backlog is full, and nothing tells when it is not.
    if (result == -EAGAIN) return WaitAndTryAgain(slot, /*hopeful=*/false);
    if (result == -EISCONN && slot.connecting) result = 0;
  }
  if (result == -EAGAIN) return WaitAndTryAgain(slot, hopeful);
  Finish(slot, result);
}

void LinuxAioPort::WaitAndTryAgain(Slot& slot, bool hopeful) {
  if (slot.cancel_asked) return Finish(slot, -ECANCELED);
  if (slot.unpollable || !hopeful) return Park(slot);
  AwaitReady(slot);
}

void LinuxAioPort::AwaitReady(Slot& slot) {
  slot.polling = true;
  // A poll needs the number only now.
  if (slot.operation.opcode != Opcode::kPoll) HoldHandle(slot);
  aio::PreparePoll(posix::FdOf(slot.operation.handle),
                   aio::ReadyEvents(slot.operation), slot.operation.id.value,
                   &slot.control);
  Batch(slot);
}

void LinuxAioPort::HoldHandle(Slot& slot) {
  if (slot.holds_handle) return;
  const int fd = syscalls_.Duplicate(posix::FdOf(slot.operation.handle));
  if (fd < 0) return;
  slot.operation.handle = fd;
  slot.holds_handle = true;
}

void LinuxAioPort::Release(Slot& slot) {
  if (slot.holds_handle) syscalls_.Close(posix::FdOf(slot.operation.handle));
  slots_.Erase(slot);
}

void LinuxAioPort::Park(Slot& slot) {
  HoldHandle(slot);
  if (parked_.empty()) next_look_ = Now() + kLookAgain;
  slot.phase = Phase::kParked;
  parked_.push_back(&slot);
}

void LinuxAioPort::LookAtParked() {
  if (parked_.empty()) return;
  const Time now = Now();
  if (now < next_look_) return;
  next_look_ = now + kLookAgain;
  const std::size_t count = parked_.size();
  for (std::size_t i = 0; i < count; ++i) Attempt(*parked_[i], true);
  parked_.erase(parked_.begin(),
                parked_.begin() + static_cast<std::ptrdiff_t>(count));
}

void LinuxAioPort::Finish(Slot& slot, int64_t result) {
  Ready ready{.completion = {.id = slot.operation.id, .result = result},
              .unheard_fd = UnheardFd(slot, result)};
  if (result < 0) {
    ready.completion.native_error = posix::NativeErrorFromResult(result);
    ready.completion.result =
        -static_cast<int64_t>(posix::ErrorFromResult(result));
  } else if (slot.operation.opcode == Opcode::kPoll) {
    ready.completion.result =
        posix::PollEventsFromKernel(static_cast<uint32_t>(result));
  }
  ready_.push_back(ready);
  Release(slot);
}

}  // namespace wharf
