#include "backends/iocp/port.h"

namespace wharf {

using iocp::BlockState;

void IocpPort::Cancel(OperationId id) {
  if (state_ != State::kOpen) return;
  Block* block = slab_->Find(id);
  if (block == nullptr || block->cancel_asked) return;
  // What is staged is never issued then; what has its answer keeps it.
  block->cancel_asked = true;
  if (block->state == BlockState::kIssued) CancelIssued(*block);
}

// "Done" means that the kernel will try, and the result may still be anything
// (fault row W-05); "not found", that the packet is on its way (W-06). Any
// other refusal leaves the operation as it is, too (known bugs R-W1, R-W16).
void IocpPort::CancelIssued(Block& block) {
  if (block.operation.opcode == Opcode::kNop) return;
  const DWORD code = calls_.Cancel(
      reinterpret_cast<HANDLE>(block.operation.handle), &block.overlapped);
  if (code == ERROR_NOT_FOUND) ++stats_.cancels_too_late;
}

}  // namespace wharf
