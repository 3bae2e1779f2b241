#include "sim/guarded_memory.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace wharf::sim {
namespace {

// Not for no bytes.
bool AllAre(std::span<const std::byte> bytes, std::byte value) {
  return bytes[0] == value &&
         std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

void Fill(std::span<std::byte> bytes, std::byte value) {
  std::memset(bytes.data(), std::to_integer<int>(value), bytes.size());
}

}  // namespace

GuardedMemory::GuardedMemory(Report report, InUse in_use)
    : report_(std::move(report)), in_use_(std::move(in_use)) {}

Buffer GuardedMemory::Allocate(std::size_t size, std::size_t alignment) {
  if (size == 0) return Buffer();
  const std::size_t fence = std::max(kFenceBytes, alignment);
  auto block = std::make_unique<Block>();
  block->memory =
      Buffer::Allocate(fence + size + fence, std::max(kFenceBytes, alignment));
  block->bytes = block->memory.bytes().subspan(fence, size);
  block->number = ++last_number_;
  Fill(block->memory.bytes(), kFence);
  Fill(block->bytes, kFresh);
  const std::span<std::byte> bytes = block->bytes;
  numbers_.emplace(bytes.data(), block->number);
  live_.emplace(block->number, std::move(block));
  return Buffer::Wrap(bytes, &ReleaseTo, this);
}

void GuardedMemory::Release(std::span<std::byte> bytes) {
  const auto number = numbers_.find(bytes.data());
  const auto found = live_.find(number->second);
  std::unique_ptr<Block> block = std::move(found->second);
  live_.erase(found);
  numbers_.erase(number);
  CheckBlock(*block);
  block->poisoned = !in_use_(block->bytes);
  if (block->poisoned) Fill(block->bytes, kReleased);
  released_bytes_ += bytes.size();
  released_.push_back(std::move(block));
  while (released_bytes_ > kKeptBytes && released_.size() > 1) {
    CheckBlock(*released_.front());
    released_bytes_ -= released_.front()->bytes.size();
    released_.pop_front();
  }
}

void GuardedMemory::Check() {
  for (auto& [number, block] : live_) CheckBlock(*block);
  for (const std::unique_ptr<Block>& block : released_) CheckBlock(*block);
}

void GuardedMemory::CheckBlock(Block& block) {
  if (block.reported) return;
  const std::span<const std::byte> all = block.memory.bytes();
  const auto fence = static_cast<std::size_t>(block.bytes.data() - all.data());
  const std::string name = "buffer " + std::to_string(block.number) + " of " +
                           std::to_string(block.bytes.size()) + " bytes";
  if (!AllAre(all.first(fence), kFence)) {
    report_(ViolationKind::kOverrun, name + ": written before its first byte");
  } else if (!AllAre(all.last(fence), kFence)) {
    report_(ViolationKind::kOverrun, name + ": written behind its last byte");
  } else if (block.poisoned && !AllAre(block.bytes, kReleased)) {
    report_(ViolationKind::kWrittenAfterRelease,
            name + ": written after it was given back");
  } else {
    return;
  }
  block.reported = true;
}

}  // namespace wharf::sim
