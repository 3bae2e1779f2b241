#include "tools/cp/block_pool.h"

namespace wharf::cp {

BlockPool::BlockPool(uint32_t count, std::size_t size)
    : memory_(new Memory{.count = count,
                         .size = size,
                         .slab = Buffer::Allocate(count * size, kAlignment),
                         .free = {}}) {
  memory_->free.reserve(count);
  for (uint32_t i = count; i-- > 0;) {
    memory_->free.push_back(memory_->slab.data() + i * size);
  }
}

BlockPool::~BlockPool() {
  memory_->pool_gone = true;
  if (memory_->free.size() == memory_->count) delete memory_;
}

Buffer BlockPool::Take() {
  std::byte* const block = memory_->free.back();
  memory_->free.pop_back();
  return Buffer::Wrap({block, memory_->size}, &Return, memory_);
}

void BlockPool::Return(void* context, std::span<std::byte> bytes) {
  auto* const memory = static_cast<Memory*>(context);
  memory->free.push_back(bytes.data());
  if (memory->pool_gone && memory->free.size() == memory->count) delete memory;
}

}  // namespace wharf::cp
