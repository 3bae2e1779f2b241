#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "backends/iocp/errors.h"
#include "backends/iocp/port.h"

namespace wharf {

using iocp::BlockState;

namespace {

// Longest sleep. A wake that the system had no memory to post is late by this,
// not lost; and milliseconds fit (known bug R-W11).
constexpr Duration kLongestSleep = std::chrono::seconds(10);
constexpr Duration kMillisecond = std::chrono::milliseconds(1);

absl::Status FatalStatus(DWORD code) {
  if (code == ERROR_ABANDONED_WAIT_0 || code == ERROR_INVALID_HANDLE) {
    return absl::FailedPreconditionError(
        absl::StrCat("somebody has closed the completion port's handle (code ",
                     code, "); look for a handle that is closed twice"));
  }
  return absl::InternalError(absl::StrCat(
      "GetQueuedCompletionStatusEx failed for good with code ", code));
}

}  // namespace

absl::StatusOr<std::size_t> IocpPort::Reap(std::span<Completion> completions,
                                           Wait wait) {
  if (state_ != State::kOpen) [[unlikely]] {
    if (state_ == State::kDead) return fatal_;
    return absl::FailedPreconditionError("the completion port is closed");
  }
  IssueStaged();
  // Enough is there already; packets can wait for the next Reap.
  if (ready_.size() < completions.size() || completions.empty()) {
    const bool stay =
        !ready_.empty() || completions.empty() || wake_.TakeUnposted();
    absl::StatusOr<std::size_t> packets =
        Collect(stay ? Time::min() : wait.until);
    if (!packets.ok()) {
      fatal_ = packets.status();
      state_ = State::kDead;
      return fatal_;
    }
  }
  return Deliver(completions);
}

// Takes one batch of packets; returns how many, none if none came in time.
absl::StatusOr<std::size_t> IocpPort::Collect(Time until) {
  ++stats_.dequeues;
  ULONG taken = 0;
  const DWORD code =
      calls_.Dequeue(port_, packets_, &taken, MillisecondsUntil(until));
  if (code != 0) {
    // A timeout may come a little early (fault row W-10).
    if (code == WAIT_TIMEOUT || code == WAIT_IO_COMPLETION) {
      return std::size_t{0};
    }
    return FatalStatus(code);
  }
  for (ULONG i = 0; i < taken; ++i) TakePacket(packets_[i]);
  return std::size_t{taken};
}

DWORD IocpPort::MillisecondsUntil(Time until) {
  if (until == Time::min()) return 0;
  Duration left = kLongestSleep;
  if (until != kNever) {
    const Time now = Now();
    if (until <= now) return 0;
    // No overflow: both are on the clock, and `until` is the later one.
    left = std::min(left, until - now);
  }
  // Up: a wait that ends too soon would be repeated at once, again and again.
  return static_cast<DWORD>((left + kMillisecond - Duration(1)) / kMillisecond);
}

// A packet says where to look, no more: what happened is in the block. One for
// a block that nobody uses, or whose operation has not ended, is nobody's.
void IocpPort::TakePacket(const OVERLAPPED_ENTRY& entry) {
  if (entry.lpOverlapped == nullptr) {
    if (entry.lpCompletionKey == iocp::kWakeKey) {
      wake_.Acknowledge();
    } else {
      ++stats_.unknown_packets;
    }
    return;
  }
  Block* block = slab_->FindByAddress(entry.lpOverlapped);
  if (block == nullptr || block->state != BlockState::kIssued ||
      block->status() == iocp::kStatusPending) {
    ++stats_.unknown_packets;
    return;
  }
  EndWithStatus(*block);
}

// The kernel is done with the block, which says how it went.
void IocpPort::EndWithStatus(Block& block) {
  constexpr uint32_t kErrorSeverity = 2;
  const uint32_t status = block.status();
  DWORD code = 0;
  if (status >> 30 >= kErrorSeverity) {
    code = iocp::SocketErrorFromStatus(status);
    if (code == 0) code = calls_.ErrorFromStatus(status);
  }
  End(block, code, block.overlapped.InternalHigh);
}

void IocpPort::End(Block& block, DWORD code, uint64_t bytes) {
  if (block.operation.opcode == Opcode::kAccept) {
    EndAccept(block, code);
    return;
  }
  if (IssueNextPiece(block, code, bytes)) return;
  if (block.done > 0) {
    // What fails after some bytes is a short transfer, as everywhere.
    if (code != 0) bytes = 0;
    code = 0;
    bytes += block.done;
  }
  if (block.operation.opcode == Opcode::kConnect && code == 0) {
    code = calls_.UpdateConnected(static_cast<SOCKET>(block.operation.handle));
  }
  const iocp::Answer answer =
      iocp::AnswerFor(block.operation.opcode, code, bytes);
  EndWith(block, answer.result, static_cast<DWORD>(answer.native_error));
}

void IocpPort::EndAccept(Block& block, DWORD code) {
  const auto listener = reinterpret_cast<HANDLE>(block.operation.handle);
  if (block.accepts_pipe) {
    // The client was there before the call, and may be gone again: then the
    // first read ends the stream (known bug R-W15).
    if (code == ERROR_PIPE_CONNECTED || code == ERROR_NO_DATA) code = 0;
    HANDLE connection = nullptr;
    if (code == 0) code = calls_.Duplicate(listener, &connection);
    if (code != 0) {
      EndWithError(block, code);
      return;
    }
    handles_.AddDuplicate(listener, connection);
    EndWith(block, reinterpret_cast<NativeHandle>(connection), 0);
    return;
  }
  if (code == 0) {
    code = calls_.UpdateAccepted(block.accepted,
                                 static_cast<SOCKET>(block.operation.handle));
  }
  if (code == 0) {
    EndWith(block, static_cast<NativeHandle>(block.accepted), 0);
    return;
  }
  if (block.accepted != INVALID_SOCKET) {
    calls_.CloseAny(reinterpret_cast<HANDLE>(block.accepted));
  }
  EndWithError(block, code);
}

void IocpPort::EndWithError(Block& block, DWORD code) {
  EndWith(block, -static_cast<int64_t>(iocp::ErrorFromWin32(code)), code);
}

void IocpPort::EndWith(Block& block, int64_t result, DWORD native_error) {
  block.result = result;
  block.native_error = static_cast<int32_t>(native_error);
  block.state = BlockState::kReady;
  ready_.Push(&block);
}

std::size_t IocpPort::Deliver(std::span<Completion> completions) {
  std::size_t count = 0;
  while (count < completions.size() && !ready_.empty()) {
    Block* block = ready_.Pop();
    completions[count++] = Completion{.id = block->operation.id,
                                      .result = block->result,
                                      .native_error = block->native_error,
                                      .flags = 0};
    slab_->Release(block);
  }
  return count;
}

}  // namespace wharf
