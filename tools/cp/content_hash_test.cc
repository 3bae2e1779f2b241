#include "tools/cp/content_hash.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "gtest/gtest.h"

namespace wharf::cp {
namespace {

constexpr std::size_t kUnit = ContentHash::kUnit;

std::vector<std::byte> Sample(std::size_t size) {
  std::vector<std::byte> bytes(size);
  uint32_t state = 1;
  for (std::byte& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::byte>(state >> 24);
  }
  return bytes;
}

ContentHash Hash(const std::vector<std::byte>& bytes, std::size_t block) {
  ContentHash hash;
  for (std::size_t at = 0; at < bytes.size(); at += block) {
    hash.Add(at,
             std::span(bytes).subspan(at, std::min(block, bytes.size() - at)));
  }
  return hash;
}

TEST(ContentHashTest, BlocksMayHaveAnySizeAndComeInAnyOrder) {
  const std::vector<std::byte> bytes = Sample(5 * kUnit + 3);
  const ContentHash whole = Hash(bytes, bytes.size());
  EXPECT_EQ(Hash(bytes, kUnit), whole);
  EXPECT_EQ(Hash(bytes, 2 * kUnit), whole);
  ContentHash backwards;
  for (std::size_t unit = 6; unit-- > 0;) {
    backwards.Add(
        unit * kUnit,
        std::span(bytes).subspan(unit * kUnit,
                                 std::min(kUnit, bytes.size() - unit * kUnit)));
  }
  EXPECT_EQ(backwards, whole);
}

TEST(ContentHashTest, EveryFlippedBitShows) {
  std::vector<std::byte> bytes = Sample(2 * kUnit + 1);
  const ContentHash whole = Hash(bytes, kUnit);
  for (const std::size_t at : {std::size_t{0}, kUnit - 1, kUnit, 2 * kUnit}) {
    bytes[at] ^= std::byte{0x10};
    EXPECT_NE(Hash(bytes, kUnit), whole) << at;
    bytes[at] ^= std::byte{0x10};
  }
  EXPECT_EQ(Hash(bytes, kUnit), whole);
}

TEST(ContentHashTest, BlocksThatChangedPlacesShow) {
  const std::vector<std::byte> bytes = Sample(2 * kUnit);
  ContentHash swapped;
  swapped.Add(0, std::span(bytes).subspan(kUnit));
  swapped.Add(kUnit, std::span(bytes).first(kUnit));
  EXPECT_NE(swapped, Hash(bytes, kUnit));
}

TEST(ContentHashTest, StoredZerosAreAHole) {
  std::vector<std::byte> bytes = Sample(3 * kUnit);
  std::fill(bytes.begin() + kUnit, bytes.begin() + 2 * kUnit, std::byte{0});
  ContentHash sparse;
  sparse.Add(0, std::span(bytes).first(kUnit));
  sparse.Add(2 * kUnit, std::span(bytes).subspan(2 * kUnit));
  EXPECT_EQ(sparse, Hash(bytes, kUnit));
  // One byte in the middle of the zeros is none.
  bytes[kUnit + 77] = std::byte{1};
  EXPECT_NE(sparse, Hash(bytes, kUnit));
}

}  // namespace
}  // namespace wharf::cp
