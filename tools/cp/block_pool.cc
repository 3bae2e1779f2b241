#include "tools/cp/block_pool.h"

#include <utility>

namespace wharf::cp {

BlockPool::BlockPool(uint32_t count, std::size_t size)
    : count_(count),
      size_(size),
      slab_(Buffer::Allocate(count * size, kAlignment)) {
  free_.reserve(count);
  for (uint32_t i = count; i-- > 0;) {
    free_.push_back(slab_.data() + i * size);
  }
}

BlockPool::~BlockPool() {
  if (free_.size() != count_) {
    // Deliberately leaked: see the contract.
    static_cast<void>(new Buffer(std::move(slab_)));
  }
}

Buffer BlockPool::Take() {
  std::byte* const block = free_.back();
  free_.pop_back();
  return Buffer::Wrap({block, size_}, &Return, this);
}

void BlockPool::Return(void* context, std::span<std::byte> bytes) {
  static_cast<BlockPool*>(context)->free_.push_back(bytes.data());
}

}  // namespace wharf::cp
