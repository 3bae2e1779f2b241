#include <algorithm>

#include "backends/io_uring/port.h"
#include "backends/io_uring/prepare.h"

namespace wharf {

using uring::InFlightTable;

namespace {

// Places that operations leave free: one for a cancel, one for the wake.
constexpr unsigned kReserve = 2;

}  // namespace

std::size_t IoUringPort::Submit(std::span<const Operation> operations) {
  if (state_ != State::kOpen) return 0;
  const std::size_t limit = std::min<std::size_t>(
      operations.size(), options_.entries - in_flight_.size());
  std::size_t taken = 0;
  while (taken < limit) {
    const unsigned room = Room();
    if (room <= kReserve) {
      // With SQPOLL the kernel's thread makes room in its own time. Otherwise
      // one flush; if the kernel takes nothing now, the rest is offered again.
      if (Has(IORING_SETUP_SQPOLL) || !Enter(0, Time::min()) ||
          Room() <= kReserve) {
        break;
      }
      continue;
    }
    const std::size_t end =
        taken + std::min<std::size_t>(limit - taken, room - kReserve);
    unsigned tail = sq_tail_;
    for (; taken < end; ++taken) {
      const Operation& operation = operations[taken];
      io_uring_sqe* sqe = &sqes_[tail++ & sq_mask_];
      uring::PrepareOperation(operation, sqe);
      InFlight& entry = in_flight_.Insert(operation.id);
      if (operation.opcode >= Opcode::kSendVectored) [[unlikely]] {
        PrepareSpecial(operation, sqe, entry);
      }
    }
    sq_tail_ = tail;
  }
  if (Has(IORING_SETUP_SQPOLL)) Publish();
  return taken;
}

void IoUringPort::PrepareSpecial(const Operation& operation, io_uring_sqe* sqe,
                                 InFlight& entry) {
  switch (operation.opcode) {
    case Opcode::kSendVectored: {
      entry.message = messages_->Acquire();
      entry.flags |= InFlightTable::kHasMessage;
      msghdr& message = messages_->Get(entry.message);
      message = {};
      message.msg_iov = static_cast<iovec*>(operation.data);
      message.msg_iovlen = operation.length;
      sqe->addr = reinterpret_cast<uint64_t>(&message);
      sqe->len = 1;
      return;
    }
    case Opcode::kPoll:
      entry.flags |= InFlightTable::kIsPoll;
      // The wake needs POLL_ADD, so the ring's restrictions cannot refuse it.
      if (!capabilities_.Has(Opcode::kPoll)) {
        sqe->opcode = uring::kRefusedOpcode;
      }
      return;
    case Opcode::kOpen:
    case Opcode::kAccept:
      entry.flags |= InFlightTable::kMakesHandle;
      return;
    case Opcode::kClose:
      entry.flags |= InFlightTable::kIsClose;
      entry.message = static_cast<uint32_t>(sqe->fd);
      return;
    default:
      return;
  }
}

}  // namespace wharf
