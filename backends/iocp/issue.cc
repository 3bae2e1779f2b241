#include <algorithm>

#include "backends/iocp/errors.h"
#include "backends/iocp/port.h"
#include "engine/io_vector.h"

namespace wharf {

using iocp::BlockState;

namespace {

// The completion key of a nop's packet.
constexpr ULONG_PTR kNopKey = 3;

HANDLE HandleOf(const Operation& operation) {
  return reinterpret_cast<HANDLE>(operation.handle);
}
SOCKET SocketOf(const Operation& operation) {
  return static_cast<SOCKET>(operation.handle);
}

bool IsRead(Opcode opcode) {
  return opcode == Opcode::kRead || opcode == Opcode::kReadVectored;
}

bool IsVectored(Opcode opcode) {
  return opcode == Opcode::kReadVectored || opcode == Opcode::kWriteVectored;
}

// The one piece that ReadFile or WriteFile can take: of vectors, the first from
// block.piece on that is not empty.
IoVector PieceOf(iocp::Block& block) {
  const Operation& operation = block.operation;
  if (!IsVectored(operation.opcode)) {
    return {operation.data, static_cast<std::size_t>(operation.length)};
  }
  const auto* vectors = static_cast<const IoVector*>(operation.data);
  for (; block.piece < operation.length; ++block.piece) {
    if (vectors[block.piece].length > 0) return vectors[block.piece];
  }
  return {};
}

}  // namespace

void IocpPort::IssueStaged() {
  while (Block* block = staged_.Pop()) {
    if (block->cancel_asked) {
      EndWithError(*block, ERROR_OPERATION_ABORTED);
    } else {
      Issue(*block);
    }
  }
}

void IocpPort::Issue(Block& block) {
  switch (block.operation.opcode) {
    case Opcode::kNop: {
      block.overlapped.Internal = 0;
      block.state = BlockState::kIssued;
      const DWORD code = calls_.Post(port_, kNopKey, &block.overlapped);
      if (code != 0) EndWithError(block, code);
      return;
    }
    case Opcode::kShutdown:
      if (IsEndOfMessages(block.operation)) {
        IssueOverlapped(block);
      } else {
        RunBlocking(block);
      }
      return;
    case Opcode::kSync:
    case Opcode::kOpen:
    case Opcode::kClose:
      RunBlocking(block);
      return;
    case Opcode::kAllocate:
    case Opcode::kPoll:
      EndWithError(block, ERROR_NOT_SUPPORTED);
      return;
    case Opcode::kRead:
    case Opcode::kReadVectored:
    case Opcode::kWrite:
    case Opcode::kWriteVectored:
    case Opcode::kReceive:
    case Opcode::kSend:
    case Opcode::kSendVectored:
    case Opcode::kAccept:
    case Opcode::kConnect:
      IssueOverlapped(block);
      return;
  }
  EndWithError(block, ERROR_INVALID_PARAMETER);  // outside the enumeration
}

// A message pipe has no shutdown, but a message of no bytes, which its reader
// takes for the end of the stream (seed 2's CloseWrite).
bool IocpPort::IsEndOfMessages(const Operation& operation) {
  return operation.mode == static_cast<uint32_t>(ShutdownSide::kSend) &&
         calls_.KindOf(HandleOf(operation)) == IocpHandleKind::kPipe &&
         calls_.HasMessages(HandleOf(operation));
}

void IocpPort::IssueOverlapped(Block& block) {
  HandleFacts facts;
  const DWORD code = handles_.Associate(HandleOf(block.operation), &facts);
  if (code != 0) {
    EndWithError(block, code);
    return;
  }
  // Before the call: from then on the kernel owns the block.
  block.state = BlockState::kIssued;
  AfterCall(block, CallOverlapped(block, facts), facts.skips);
}

DWORD IocpPort::CallOverlapped(Block& block, const HandleFacts& facts) {
  const Operation& operation = block.operation;
  switch (operation.opcode) {
    case Opcode::kReceive: {
      WSABUF buffer{static_cast<ULONG>(operation.length),
                    static_cast<char*>(operation.data)};
      return calls_.Receive(SocketOf(operation), &buffer, &block.overlapped);
    }
    case Opcode::kSend: {
      WSABUF buffer{static_cast<ULONG>(operation.length),
                    static_cast<char*>(operation.data)};
      return calls_.Send(SocketOf(operation), {&buffer, 1}, &block.overlapped);
    }
    case Opcode::kSendVectored:
      return SendVectors(block);
    case Opcode::kAccept:
      return Accept(block, facts);
    case Opcode::kConnect:
      return Connect(block);
    case Opcode::kShutdown:
      return calls_.Write(HandleOf(operation), "", 0, &block.overlapped);
    default:
      return Transfer(block, facts);
  }
}

DWORD IocpPort::Transfer(Block& block, const HandleFacts& facts) {
  const Operation& operation = block.operation;
  if ((operation.flags & kOperationDurable) != 0) return ERROR_NOT_SUPPORTED;
  if (facts.kind == IocpHandleKind::kDisk) {
    // All ones would mean the end of the file to WriteFile.
    if (operation.offset == kCurrentPosition) return ERROR_INVALID_PARAMETER;
    const uint64_t offset = operation.offset + block.done;
    block.overlapped.Offset = static_cast<DWORD>(offset);
    block.overlapped.OffsetHigh = static_cast<DWORD>(offset >> 32);
  }
  const IoVector piece = PieceOf(block);
  const auto length = static_cast<DWORD>(
      std::min<uint64_t>(piece.length, capabilities_.max_operation_bytes));
  if (IsRead(operation.opcode)) {
    return calls_.Read(HandleOf(operation), piece.base, length,
                       &block.overlapped);
  }
  return calls_.Write(HandleOf(operation), piece.base, length,
                      &block.overlapped);
}

// The piece under way has ended. If all of it was transferred and there is
// another one, that is issued in the same block, whose packet has come. Not on
// a pipe, where it could wait for data although there is some to report; not
// once the end was asked for.
bool IocpPort::IssueNextPiece(Block& block, DWORD code, uint64_t bytes) {
  const Operation& operation = block.operation;
  if (code != 0 || !IsVectored(operation.opcode) || block.cancel_asked) {
    return false;
  }
  if (bytes < PieceOf(block).length) return false;
  HandleFacts facts;
  if (handles_.Associate(HandleOf(operation), &facts) != 0 ||
      facts.kind != IocpHandleKind::kDisk) {
    return false;
  }
  const uint32_t ended = block.piece++;
  if (PieceOf(block).length == 0) {
    block.piece = ended;
    return false;
  }
  block.done += bytes;
  block.overlapped = OVERLAPPED{};
  block.overlapped.Internal = iocp::kStatusPending;
  AfterCall(block, Transfer(block, facts), facts.skips);
  return true;
}

// Winsock has copied the array when the call returns (WSASend).
DWORD IocpPort::SendVectors(Block& block) {
  const Operation& operation = block.operation;
  const auto* vectors = static_cast<const IoVector*>(operation.data);
  const auto count = static_cast<std::size_t>(
      std::min<uint64_t>(operation.length, capabilities_.max_vectors));
  buffers_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    buffers_.push_back({static_cast<ULONG>(vectors[i].length),
                        static_cast<char*>(vectors[i].base)});
  }
  return calls_.Send(SocketOf(operation), buffers_, &block.overlapped);
}

DWORD IocpPort::Accept(Block& block, const HandleFacts& facts) {
  block.accepts_pipe = facts.kind == IocpHandleKind::kPipe;
  if (block.accepts_pipe) {
    return calls_.ConnectPipe(HandleOf(block.operation), &block.overlapped);
  }
  const SOCKET listener = SocketOf(block.operation);
  SOCKET accepted = INVALID_SOCKET;
  const DWORD code = calls_.SocketLike(listener, &accepted);
  if (code != 0) return code;
  block.accepted = accepted;
  return calls_.Accept(listener, accepted, block.addresses, &block.overlapped);
}

DWORD IocpPort::Connect(Block& block) {
  const Operation& operation = block.operation;
  const SOCKET socket = SocketOf(operation);
  const auto length = static_cast<int>(operation.length);
  const DWORD code = calls_.BindAny(socket, operation.data, length);
  // WSAEINVAL: it is bound already.
  if (code != 0 && code != WSAEINVAL) return code;
  return calls_.Connect(socket, operation.data, length, &block.overlapped);
}

void IocpPort::AfterCall(Block& block, DWORD code, bool skips) {
  if (code == ERROR_IO_PENDING) return;
  const bool carried_out = code == 0 || iocp::IsWarning(block.status());
  // Success, and what is not quite one, posts a packet all the same (fault
  // rows W-01, W-19), unless the handle was told not to (W-02).
  if (carried_out && !skips) return;
  ++stats_.ended_at_once;
  if (carried_out) {
    EndWithStatus(block);
  } else {
    End(block, code, 0);  // no packet (W-03)
  }
}

}  // namespace wharf
