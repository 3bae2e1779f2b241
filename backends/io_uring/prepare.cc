#include "backends/io_uring/prepare.h"

namespace wharf::uring {
uint32_t KernelPollMask(uint32_t poll_events) {
  const uint32_t mask = posix::PollMask(poll_events);
  // The kernel reads poll32_events as two swapped halves on big-endian machines
  // (io_uring_enter(2), IORING_OP_POLL_ADD).
  if constexpr (std::endian::native == std::endian::big) {
    return mask << 16 | mask >> 16;
  }
  return mask;
}

void PrepareCancel(OperationId id, io_uring_sqe* sqe) {
  std::memset(sqe, 0, sizeof(*sqe));
  sqe->opcode = IORING_OP_ASYNC_CANCEL;
  sqe->fd = -1;
  sqe->addr = id.value;
  sqe->user_data = kCancelTag | id.value;
}

void PrepareCancelAll(io_uring_sqe* sqe) {
  std::memset(sqe, 0, sizeof(*sqe));
  sqe->opcode = IORING_OP_ASYNC_CANCEL;
  sqe->fd = -1;
  sqe->cancel_flags = IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY;
  sqe->user_data = kCancelAllTag;
}

void PrepareWakePoll(int fd, bool multishot, io_uring_sqe* sqe) {
  std::memset(sqe, 0, sizeof(*sqe));
  sqe->opcode = IORING_OP_POLL_ADD;
  sqe->fd = fd;
  sqe->len = multishot ? IORING_POLL_ADD_MULTI : 0;
  sqe->poll32_events = KernelPollMask(kPollReadable);
  sqe->user_data = kWakeTag;
}

}  // namespace wharf::uring
