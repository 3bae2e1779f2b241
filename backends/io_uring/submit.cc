#include <algorithm>

#include "absl/base/attributes.h"
#include "backends/io_uring/port.h"
#include "backends/io_uring/prepare.h"

namespace wharf {

using posix::InFlight;

// There is room for all, which is what it returns. The queue's fields are
// copied: every store to an entry could otherwise change them.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline std::size_t IoUringPort::Stage(
    std::span<const Operation> operations) {
  io_uring_sqe* const sqes = sqes_;
  const unsigned mask = sq_mask_;
  unsigned tail = sq_tail_;
  const posix::InFlightTable::Places places(in_flight_);
  std::size_t displaced = 0;
  for (const Operation& operation : operations) {
    const OperationId id = operation.id;
    const Opcode opcode = operation.opcode;
    io_uring_sqe* sqe = &sqes[tail++ & mask];
    InFlight* entry = places.Insert(id);
    if (entry == nullptr) [[unlikely]] {
      entry = &in_flight_.Insert(id);
      ++displaced;
    }
    uring::PrepareNop(id, sqe);
    if (opcode == Opcode::kNop) continue;
    uring::PrepareFields(operation, sqe);
    if (opcode >= Opcode::kSendVectored) [[unlikely]] {
      PrepareSpecial(operation, sqe, *entry);
    }
  }
  in_flight_.Count(operations.size() - displaced, 0);
  sq_tail_ = tail;
  return operations.size();
}

std::size_t IoUringPort::Submit(std::span<const Operation> operations) {
  if (state_ != State::kOpen) return 0;
  const std::size_t limit = std::min<std::size_t>(
      operations.size(), options_.entries - in_flight_.size());
  if (Room() >= limit + kReserve && !Has(IORING_SETUP_SQPOLL)) [[likely]] {
    return Stage(operations.first(limit));
  }
  return SubmitPiecemeal(operations.first(limit));
}

std::size_t IoUringPort::SubmitPiecemeal(
    std::span<const Operation> operations) {
  std::size_t taken = 0;
  while (taken < operations.size()) {
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
    const std::size_t count =
        std::min<std::size_t>(operations.size() - taken, room - kReserve);
    taken += Stage(operations.subspan(taken, count));
  }
  if (Has(IORING_SETUP_SQPOLL)) Publish();
  return taken;
}

void IoUringPort::PrepareSpecial(const Operation& operation, io_uring_sqe* sqe,
                                 InFlight& entry) {
  switch (operation.opcode) {
    case Opcode::kSendVectored: {
      entry.Note(InFlight::kHasSlot, messages_->Acquire());
      msghdr& message = messages_->Get(entry.number());
      message = {};
      message.msg_iov = static_cast<iovec*>(operation.data);
      message.msg_iovlen = operation.length;
      sqe->addr = reinterpret_cast<uint64_t>(&message);
      sqe->len = 1;
      return;
    }
    case Opcode::kPoll:
      entry.Note(InFlight::kIsPoll);
      // The wake needs POLL_ADD, so the ring's restrictions cannot refuse it.
      if (!capabilities_.Has(Opcode::kPoll)) {
        sqe->opcode = uring::kRefusedOpcode;
      }
      return;
    case Opcode::kOpen:
      entry.Note(InFlight::kMakesHandle);
      return;
    case Opcode::kAccept:
      entry.Note(InFlight::kMakesHandle | InFlight::kIsAccept,
                 static_cast<uint32_t>(sqe->fd));
      return;
    case Opcode::kClose:
      entry.Note(InFlight::kIsClose, static_cast<uint32_t>(sqe->fd));
      return;
    default:
      return;
  }
}

}  // namespace wharf
