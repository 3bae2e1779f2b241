#include "backends/posix/modes.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <poll.h>
#include <sys/socket.h>

#include "engine/operation.h"

namespace wharf::posix {

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

uint32_t OpenCallFlags(uint32_t mode) {
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

uint32_t PollMask(uint32_t poll_events) {
  uint32_t mask = 0;
  if (poll_events & kPollReadable) mask |= POLLIN;
  if (poll_events & kPollWritable) mask |= POLLOUT;
  return mask;
}

uint32_t PollEventsFromKernel(uint32_t kernel_events) {
  uint32_t events = 0;
  if (kernel_events & POLLIN) events |= kPollReadable;
  if (kernel_events & POLLOUT) events |= kPollWritable;
  if (kernel_events & (POLLHUP | POLLRDHUP)) events |= kPollHangUp;
  if ((kernel_events & POLLERR) != 0 || events == 0) events |= kPollError;
  return events;
}

}  // namespace wharf::posix
