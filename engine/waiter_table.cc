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

}  // namespace wharf
