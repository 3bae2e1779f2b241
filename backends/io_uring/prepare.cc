#include "backends/io_uring/prepare.h"

namespace wharf::uring {
namespace {

// The kernel reads poll32_events as two swapped halves on big-endian machines
// (io_uring_enter(2), IORING_OP_POLL_ADD).
constexpr uint32_t InSqeOrder(uint32_t mask) {
  if constexpr (std::endian::native == std::endian::big) {
    return mask << 16 | mask >> 16;
  }
  return mask;
}

}  // namespace

uint32_t FallocateMode(uint32_t mode) {
  switch (static_cast<AllocateMode>(mode)) {
    case AllocateMode::kAllocate:
      return 0;
    case AllocateMode::kAllocateKeepSize:
      return FALLOC_FL_KEEP_SIZE;
    case AllocateMode::kPunchHole:
      return FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    case AllocateMode::kZeroRange:
      return FALLOC_FL_ZERO_RANGE;
  }
  return ~uint32_t{0};
}

uint32_t KernelOpenFlags(uint32_t mode) {
  struct Row {
    uint32_t flag;
    int kernel;
  };
  constexpr Row kRows[] = {
      {kOpenCreate, O_CREAT},   {kOpenExclusive, O_EXCL},
      {kOpenTruncate, O_TRUNC}, {kOpenAppend, O_APPEND},
      {kOpenDirect, O_DIRECT},  {kOpenDirectory, O_DIRECTORY},
  };
  constexpr uint32_t kBoth = kOpenRead | kOpenWrite;
  int flags = O_CLOEXEC | O_LARGEFILE;
  if ((mode & kBoth) == kBoth) {
    flags |= O_RDWR;
  } else {
    flags |= (mode & kOpenWrite) != 0 ? O_WRONLY : O_RDONLY;
  }
  for (const Row& row : kRows) {
    if ((mode & row.flag) != 0) flags |= row.kernel;
  }
  return static_cast<uint32_t>(flags);
}

uint32_t ShutdownHow(uint32_t mode) {
  switch (static_cast<ShutdownSide>(mode)) {
    case ShutdownSide::kReceive:
      return SHUT_RD;
    case ShutdownSide::kSend:
      return SHUT_WR;
    case ShutdownSide::kBoth:
      return SHUT_RDWR;
  }
  return ~uint32_t{0};
}

uint32_t KernelPollMask(uint32_t poll_events) {
  uint32_t mask = 0;
  if (poll_events & kPollReadable) mask |= POLLIN;
  if (poll_events & kPollWritable) mask |= POLLOUT;
  return InSqeOrder(mask);
}

uint32_t PollEventsFromKernel(uint32_t kernel_events) {
  uint32_t events = 0;
  if (kernel_events & POLLIN) events |= kPollReadable;
  if (kernel_events & POLLOUT) events |= kPollWritable;
  if (kernel_events & POLLHUP) events |= kPollHangUp;
  if ((kernel_events & POLLERR) != 0 || events == 0) events |= kPollError;
  return events;
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
  sqe->poll32_events = InSqeOrder(POLLIN);
  sqe->user_data = kWakeTag;
}

}  // namespace wharf::uring
