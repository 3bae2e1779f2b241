// Operation -> submission queue entry, and what a poll's result means. Pure.

#ifndef WHARF_BACKENDS_IO_URING_PREPARE_H_
#define WHARF_BACKENDS_IO_URING_PREPARE_H_

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "backends/posix/modes.h"
#include "engine/ids.h"
#include "engine/operation.h"
#include "liburing.h"

namespace wharf::uring {

// The two top bits of user_data, which an OperationId leaves free.
inline constexpr uint64_t kCancelTag = uint64_t{1} << 63;
inline constexpr uint64_t kWakeTag = uint64_t{1} << 62;
// The cancel that Close sends to everything at once.
inline constexpr uint64_t kCancelAllTag = kCancelTag | kWakeTag;
inline constexpr uint64_t kTagMask = kCancelTag | kWakeTag;

// An opcode that every kernel refuses with EINVAL in the completion: what
// becomes of an operation that this port does not know or may not do.
inline constexpr uint8_t kRefusedOpcode = 0xff;

// The kernel's opcode for each Opcode.
inline constexpr uint8_t kKernelOpcodes[kOpcodeCount] = {
    IORING_OP_NOP,       IORING_OP_READ,     IORING_OP_READV,
    IORING_OP_WRITE,     IORING_OP_WRITEV,   IORING_OP_FSYNC,
    IORING_OP_FALLOCATE, IORING_OP_RECV,     IORING_OP_SEND,
    IORING_OP_SENDMSG,   IORING_OP_POLL_ADD, IORING_OP_OPENAT,
    IORING_OP_CLOSE,     IORING_OP_SHUTDOWN, IORING_OP_ACCEPT,
    IORING_OP_CONNECT,
};

// posix::PollMask in the byte order of sqe->poll32_events.
uint32_t KernelPollMask(uint32_t poll_events);

// Fills `sqe`, all 64 bytes, with a nop.
inline void PrepareNop(OperationId id, io_uring_sqe* sqe) {
  static_assert(IORING_OP_NOP == 0);
  std::memset(sqe, 0, sizeof(*sqe));
  sqe->user_data = id.value;
}

// Makes of a prepared nop what `operation` is. kSendVectored additionally needs
// sqe->addr to point at a msghdr, which the caller owns.
inline void PrepareFields(const Operation& operation, io_uring_sqe* sqe) {
  const Opcode opcode = operation.opcode;
  sqe->fd = posix::FdOf(operation.handle);
  const auto index = static_cast<unsigned>(opcode);
  if (index >= kOpcodeCount) [[unlikely]] {
    sqe->opcode = kRefusedOpcode;
    return;
  }
  sqe->opcode = kKernelOpcodes[index];
  sqe->addr = reinterpret_cast<uint64_t>(operation.data);
  sqe->len = static_cast<uint32_t>(
      std::min<uint64_t>(operation.length, posix::kMaxTransferBytes));
  switch (opcode) {
    case Opcode::kRead:
    case Opcode::kReadVectored:
      sqe->off = operation.offset;
      return;
    case Opcode::kWrite:
    case Opcode::kWriteVectored:
      sqe->off = operation.offset;
      sqe->rw_flags = (operation.flags & kOperationDurable) ? RWF_DSYNC : 0;
      return;
    case Opcode::kSync:
      sqe->addr = 0;
      sqe->len = 0;  // the whole file
      sqe->fsync_flags =
          (operation.flags & kOperationDataOnly) ? IORING_FSYNC_DATASYNC : 0;
      return;
    case Opcode::kAllocate:
      // The kernel takes the length in addr and the mode in len.
      sqe->off = operation.offset;
      sqe->addr = operation.length;
      sqe->len = posix::FallocateMode(operation.mode);
      return;
    case Opcode::kReceive:
      return;
    case Opcode::kSend:
    case Opcode::kSendVectored:
      // A peer that is gone is an error, not a signal.
      sqe->msg_flags = MSG_NOSIGNAL;
      return;
    case Opcode::kPoll:
      sqe->addr = 0;
      sqe->len = 0;  // one-shot
      sqe->poll32_events = KernelPollMask(operation.mode);
      return;
    case Opcode::kOpen:
      sqe->fd = AT_FDCWD;
      sqe->len = static_cast<uint32_t>(operation.offset);  // permissions
      sqe->open_flags = posix::OpenCallFlags(operation.mode);
      return;
    case Opcode::kClose:
      sqe->addr = 0;
      sqe->len = 0;
      return;
    case Opcode::kShutdown:
      sqe->addr = 0;
      sqe->len = posix::ShutdownHow(operation.mode);
      return;
    case Opcode::kAccept:
      sqe->addr = 0;
      sqe->len = 0;
      sqe->accept_flags = SOCK_CLOEXEC;
      return;
    case Opcode::kConnect:
      // The kernel takes the address's length in off.
      sqe->off = operation.length;
      sqe->len = 0;
      return;
    case Opcode::kNop:
      return;
  }
}

// Fills `sqe` for `operation`, all 64 bytes; see PrepareFields.
inline void PrepareOperation(const Operation& operation, io_uring_sqe* sqe) {
  PrepareNop(operation.id, sqe);
  if (operation.opcode != Opcode::kNop) PrepareFields(operation, sqe);
}

// Fills `sqe` with a cancel of the operation `id`, and of nothing else.
void PrepareCancel(OperationId id, io_uring_sqe* sqe);

// Fills `sqe` with a cancel of everything in the ring (Linux 5.19; older
// kernels answer -EINVAL).
void PrepareCancelAll(io_uring_sqe* sqe);

// Fills `sqe` with a poll of the wake eventfd `fd`, multishot (Linux 5.13) or
// not.
void PrepareWakePoll(int fd, bool multishot, io_uring_sqe* sqe);

}  // namespace wharf::uring

#endif  // WHARF_BACKENDS_IO_URING_PREPARE_H_
