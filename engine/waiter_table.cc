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

void WaiterTable::ResetProgress(Waiter& waiter) {
  waiter.request.ResetDescription();
  waiter.done = 0;
  waiter.total = 0;
  waiter.asked = 0;
  waiter.piece = 0;
  waiter.piece_done = 0;
}

}  // namespace wharf
