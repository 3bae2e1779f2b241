#include "tools/cp/content_hash.h"

#include <algorithm>
#include <cstring>

#include "xxhash.h"

namespace wharf::cp {
namespace {

bool AllZero(std::span<const std::byte> bytes) {
  // Each byte equals the one before it, and the first is zero.
  return bytes.front() == std::byte{0} &&
         std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

}  // namespace

void ContentHash::Add(uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::span<const std::byte> unit =
        bytes.first(std::min<std::size_t>(kUnit, bytes.size()));
    if (!AllZero(unit)) {
      const XXH128_hash_t hash =
          XXH3_128bits_withSeed(unit.data(), unit.size(), offset);
      low_ += hash.low64;
      high_ += hash.high64;
    }
    offset += unit.size();
    bytes = bytes.subspan(unit.size());
  }
}

}  // namespace wharf::cp
