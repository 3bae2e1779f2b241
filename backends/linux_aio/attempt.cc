#include "backends/linux_aio/attempt.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>

#include "backends/posix/modes.h"
#include "engine/io_vector.h"

namespace wharf::aio {
namespace {

static_assert(sizeof(IoVector) == sizeof(iovec) &&
              offsetof(IoVector, base) == offsetof(iovec, iov_base) &&
              offsetof(IoVector, length) == offsetof(iovec, iov_len));

// The operation's bytes as pieces; a single one is put into `*single`.
std::span<const iovec> PiecesOf(const Operation& operation, iovec* single) {
  switch (operation.opcode) {
    case Opcode::kReadVectored:
    case Opcode::kWriteVectored:
    case Opcode::kSendVectored:
      return {static_cast<const iovec*>(operation.data),
              static_cast<std::size_t>(operation.length)};
    default:
      *single = {operation.data,
                 static_cast<std::size_t>(std::min<uint64_t>(
                     operation.length, posix::kMaxTransferBytes))};
      return {single, 1};
  }
}

bool IsRead(Opcode opcode) {
  return opcode == Opcode::kRead || opcode == Opcode::kReadVectored;
}

int64_t Transfer(const Operation& operation, int flags,
                 LinuxAioSyscalls& syscalls) {
  const int fd = posix::FdOf(operation.handle);
  iovec single;
  const std::span<const iovec> pieces = PiecesOf(operation, &single);
  if (IsRead(operation.opcode)) return syscalls.Read(fd, pieces, flags);
  if ((operation.flags & kOperationDurable) != 0) flags |= RWF_DSYNC;
  return syscalls.Write(fd, pieces, flags);
}

// `call` while the description is O_NONBLOCK.
template <class Call>
int64_t WithNonBlocking(int fd, LinuxAioSyscalls& syscalls, Call&& call) {
  const int flags = syscalls.StatusFlags(fd);
  if (flags < 0) return flags;
  if ((flags & O_NONBLOCK) != 0) return call();
  const int set = syscalls.SetNonBlocking(fd, true);
  if (set < 0) return set;
  const int64_t result = call();
  syscalls.SetNonBlocking(fd, false);
  return result;
}

int64_t TransferNow(const Operation& operation, HandleKind kind,
                    LinuxAioSyscalls& syscalls) {
  if (kind == HandleKind::kSocket && !IsRead(operation.opcode)) {
    iovec single;
    return syscalls.Send(posix::FdOf(operation.handle),
                         PiecesOf(operation, &single));
  }
  const int64_t result = Transfer(operation, RWF_NOWAIT, syscalls);
  if (result != -EOPNOTSUPP) return result;
  return WithNonBlocking(posix::FdOf(operation.handle), syscalls,
                         [&] { return Transfer(operation, 0, syscalls); });
}

}  // namespace

int KindOf(int fd, LinuxAioSyscalls& syscalls) {
  const int64_t mode = syscalls.FileMode(fd);
  if (mode < 0) return static_cast<int>(mode);
  switch (mode & S_IFMT) {
    case S_IFREG:
    case S_IFBLK:
    case S_IFDIR:
      return static_cast<int>(HandleKind::kFile);
    case S_IFSOCK:
      return static_cast<int>(HandleKind::kSocket);
    default:
      return static_cast<int>(HandleKind::kStream);
  }
}

uint32_t ReadyEvents(const Operation& operation) {
  switch (operation.opcode) {
    case Opcode::kPoll:
      return posix::PollMask(operation.mode);
    case Opcode::kRead:
    case Opcode::kReadVectored:
    case Opcode::kReceive:
    case Opcode::kAccept:
      return POLLIN;
    default:
      return POLLOUT;
  }
}

int64_t AttemptNow(const Operation& operation, HandleKind kind,
                   LinuxAioSyscalls& syscalls) {
  const int fd = posix::FdOf(operation.handle);
  switch (operation.opcode) {
    case Opcode::kReceive:
      return syscalls.Receive(fd, operation.data,
                              static_cast<std::size_t>(std::min<uint64_t>(
                                  operation.length, posix::kMaxTransferBytes)));
    case Opcode::kSend:
    case Opcode::kSendVectored: {
      iovec single;
      return syscalls.Send(fd, PiecesOf(operation, &single));
    }
    case Opcode::kPoll: {
      const int events = syscalls.Poll(fd, ReadyEvents(operation));
      if (events == 0) return -EAGAIN;
      if (events > 0 && (events & POLLNVAL) != 0) return -EBADF;
      return events;
    }
    case Opcode::kAccept:
      return WithNonBlocking(fd, syscalls, [&] { return syscalls.Accept(fd); });
    case Opcode::kConnect:
      return WithNonBlocking(fd, syscalls, [&] {
        return syscalls.Connect(fd, operation.data,
                                static_cast<std::size_t>(operation.length));
      });
    default:
      return TransferNow(operation, kind, syscalls);
  }
}

int64_t AttemptBlocking(const Operation& operation,
                        LinuxAioSyscalls& syscalls) {
  const int fd = posix::FdOf(operation.handle);
  switch (operation.opcode) {
    case Opcode::kOpen:
      return syscalls.Open(
          static_cast<const char*>(operation.data),
          static_cast<int>(posix::OpenCallFlags(operation.mode)),
          static_cast<unsigned>(operation.offset));
    case Opcode::kClose:
      return syscalls.CloseFile(fd);
    case Opcode::kShutdown:
      return syscalls.Shutdown(
          fd, static_cast<int>(posix::ShutdownHow(operation.mode)));
    case Opcode::kAllocate:
      return syscalls.Allocate(
          fd, static_cast<int>(posix::FallocateMode(operation.mode)),
          operation.offset, operation.length);
    case Opcode::kRead:
    case Opcode::kReadVectored:
    case Opcode::kWrite:
    case Opcode::kWriteVectored:
      return Transfer(operation, 0, syscalls);
    default:
      return -EINVAL;
  }
}

}  // namespace wharf::aio
