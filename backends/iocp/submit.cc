#include <algorithm>

#include "backends/iocp/port.h"

namespace wharf {

std::size_t IocpPort::Submit(std::span<const Operation> operations) {
  if (state_ != State::kOpen) return 0;
  const std::size_t taken =
      std::min(operations.size(), slab_->capacity() - slab_->size());
  for (const Operation& operation : operations.first(taken)) {
    staged_.Push(slab_->Take(operation));
  }
  return taken;
}

}  // namespace wharf
