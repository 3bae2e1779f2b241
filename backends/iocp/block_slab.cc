#include "backends/iocp/block_slab.h"

#include <mutex>
#include <utility>
#include <vector>

namespace wharf::iocp {
namespace {

struct Kept {
  std::mutex mutex;
  std::vector<std::unique_ptr<BlockSlab>> slabs;
};

Kept& AllKept() {
  static Kept* const kept = new Kept;
  return *kept;
}

}  // namespace

BlockSlab::BlockSlab(std::size_t capacity)
    : capacity_(capacity), blocks_(std::make_unique<Block[]>(capacity)) {
  by_id_.reserve(capacity);
  for (std::size_t i = 0; i < capacity; ++i) free_.Push(&blocks_[i]);
}

Block* BlockSlab::Take(const Operation& operation) {
  Block* block = free_.Pop();
  block->overlapped = OVERLAPPED{};
  block->overlapped.Internal = kStatusPending;
  block->operation = operation;
  block->state = BlockState::kStaged;
  block->cancel_asked = false;
  block->accepts_pipe = false;
  block->piece = 0;
  block->done = 0;
  block->accepted = INVALID_SOCKET;
  by_id_[operation.id.value] = block;
  return block;
}

Block* BlockSlab::Find(OperationId id) {
  const auto found = by_id_.find(id.value);
  return found == by_id_.end() ? nullptr : found->second;
}

Block* BlockSlab::FindByAddress(const OVERLAPPED* overlapped) {
  const auto address = reinterpret_cast<uintptr_t>(overlapped);
  const auto first = reinterpret_cast<uintptr_t>(blocks_.get());
  if (address < first) return nullptr;
  const std::size_t distance = address - first;
  if (distance % sizeof(Block) != 0) return nullptr;
  const std::size_t index = distance / sizeof(Block);
  return index < capacity_ ? &blocks_[index] : nullptr;
}

void BlockSlab::Release(Block* block) {
  by_id_.erase(block->operation.id.value);
  block->state = BlockState::kFree;
  free_.Push(block);
}

void BlockSlab::KeepForever(std::unique_ptr<BlockSlab> slab) {
  Kept& kept = AllKept();
  const std::lock_guard lock(kept.mutex);
  kept.slabs.push_back(std::move(slab));
}

std::size_t BlockSlab::KeptForever() {
  Kept& kept = AllKept();
  const std::lock_guard lock(kept.mutex);
  return kept.slabs.size();
}

}  // namespace wharf::iocp
