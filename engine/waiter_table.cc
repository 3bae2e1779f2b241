#include "engine/waiter_table.h"

namespace wharf {

WaiterTable::WaiterTable(uint32_t capacity)
    : waiters_(std::make_unique<Waiter[]>(capacity)), capacity_(capacity) {
  // Linked so that slot 0 is given out first.
  for (uint32_t i = capacity; i-- > 0;) {
    waiters_[i].request_id = RequestId{i}.Next();
    waiters_[i].operation_id = OperationId{i};
    waiters_[i].next = free_;
    free_ = i;
  }
}

uint32_t WaiterTable::size() const {
  uint32_t size = capacity_;
  for (uint32_t i = free_; i != kNoWaiter; i = waiters_[i].next) --size;
  return size;
}

void WaiterTable::Undescribe(Waiter& waiter) {
  waiter.kind = RequestKind::kNop;
  waiter.phase = WaiterPhase::kTransfer;
  waiter.durable_flag = false;
  waiter.needs_sync = false;
  waiter.connecting = false;
  waiter.has_timer = false;
  waiter.transient_retries = 0;
  waiter.remote_cell = kNoWaiter;
  waiter.outcome = Outcome{};
  waiter.request.ResetDescription();
  waiter.done = 0;
  waiter.total = 0;
  waiter.asked = 0;
  waiter.piece = 0;
  waiter.piece_done = 0;
}

}  // namespace wharf
