#include <algorithm>
#include <chrono>
#include <utility>

#include "backends/iocp/errors.h"
#include "backends/iocp/port.h"

namespace wharf {

using iocp::BlockState;

namespace {

// How long one round waits before everything is cancelled once more.
constexpr Duration kRound = std::chrono::milliseconds(20);

}  // namespace

CloseReport IocpPort::Close() {
  if (state_ == State::kClosed) return report_;
  DropStaged();
  DropReady();
  BringBack(SaturatingAdd(Now(), options_.close_grace));
  state_ = State::kClosed;
  slab_->ForEach([this](Block& block) {
    report_.operations_left.push_back(block.operation.id);
  });
  if (slab_->size() != 0) iocp::BlockSlab::KeepForever(std::move(slab_));
  calls_.CloseAny(port_);
  return report_;
}

// What was never issued needs no kernel to come back.
void IocpPort::DropStaged() {
  while (Block* block = staged_.Pop()) {
    EndWithError(*block, ERROR_OPERATION_ABORTED);
  }
}

// Nobody will hear of these: a handle that one carries, or that its cancelled
// close has spared, ends here.
void IocpPort::DropReady() {
  while (Block* block = ready_.Pop()) {
    const Opcode opcode = block->operation.opcode;
    if (MakesHandle(opcode) && block->result >= 0) {
      calls_.CloseAny(reinterpret_cast<HANDLE>(block->result));
    } else if (opcode == Opcode::kClose &&
               block->result == -static_cast<int64_t>(Error::kCancelled)) {
      calls_.CloseAny(reinterpret_cast<HANDLE>(block->operation.handle));
    }
    slab_->Release(block);
  }
}

void IocpPort::BringBack(Time deadline) {
  // A dead port gets its chance, too: only its last call has failed.
  while (slab_->size() != 0) {
    slab_->ForEach([this](Block& block) {
      block.cancel_asked = true;
      CancelIssued(block);
    });
    const Time round = std::min(deadline, SaturatingAdd(Now(), kRound));
    bool more = true;
    while (slab_->size() != 0 && (more || Now() < round)) {
      const absl::StatusOr<std::size_t> packets = Collect(round);
      if (!packets.ok()) return;
      // What is there is taken, however late it is.
      more = *packets != 0;
      DropReady();
    }
    if (Now() >= deadline) return;
  }
}

}  // namespace wharf
