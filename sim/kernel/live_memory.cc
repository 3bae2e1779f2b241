#include "sim/kernel/live_memory.h"

#include <algorithm>

namespace wharf::sim {

std::size_t LiveMemory::FirstNotBefore(uintptr_t begin) const {
  const auto found = std::lower_bound(
      ranges_.begin(), ranges_.end(), begin,
      [](const Range& range, uintptr_t at) { return range.begin < at; });
  return static_cast<std::size_t>(found - ranges_.begin());
}

uint32_t LiveMemory::Find(uintptr_t begin, uintptr_t end, uint32_t except,
                          bool writes) const {
  for (std::size_t i = FirstNotBefore(end); i > 0; --i) {
    const Range& range = ranges_[i - 1];
    if (range.begin + longest_ <= begin) break;  // None before reaches so far.
    if (range.end > begin && range.slot != except && (writes || range.writes)) {
      return range.slot;
    }
  }
  return kNoIndex;
}

uint32_t LiveMemory::Add(std::span<const std::byte> bytes, uint32_t slot,
                         bool writes) {
  if (bytes.empty()) return kNoIndex;
  const uintptr_t begin = Begin(bytes);
  const uintptr_t end = begin + bytes.size();
  const uint32_t other = Find(begin, end, slot, writes);
  longest_ = std::max<uintptr_t>(longest_, bytes.size());
  const auto position = static_cast<std::ptrdiff_t>(FirstNotBefore(begin));
  ranges_.insert(ranges_.begin() + position, {begin, end, slot, writes});
  return other;
}

void LiveMemory::RemoveAll(uint32_t slot) {
  std::erase_if(ranges_,
                [slot](const Range& range) { return range.slot == slot; });
}

void LiveMemory::RemoveOne(uint32_t slot, const std::byte* begin) {
  const auto at = reinterpret_cast<uintptr_t>(begin);
  for (std::size_t i = FirstNotBefore(at);
       i < ranges_.size() && ranges_[i].begin == at; ++i) {
    if (ranges_[i].slot != slot) continue;
    ranges_.erase(ranges_.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
}

}  // namespace wharf::sim
