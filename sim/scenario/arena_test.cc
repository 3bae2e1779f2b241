#include "sim/scenario/arena.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

uintptr_t Address(const Buffer& buffer) {
  return reinterpret_cast<uintptr_t>(buffer.data());
}

TEST(ArenaTest, BuffersLieApartAndAligned) {
  Arena arena;
  const Buffer first = arena.Take(100);
  const Buffer aligned = arena.Take(100, 512);
  const Buffer shifted = arena.Take(100, 512, 1);
  EXPECT_GE(Address(aligned), Address(first) + 100);
  EXPECT_GE(Address(shifted), Address(aligned) + 100);
  EXPECT_EQ(Address(aligned) % 512, 0u);
  EXPECT_EQ(Address(shifted) % 512, 1u);
  EXPECT_TRUE(arena.Take(0).empty());
}

TEST(ArenaTest, CountsWhatHasNotComeBackAndSpoilsWhatHas) {
  Arena arena;
  Buffer first = arena.Take(4);
  const Buffer second = arena.Take(4);
  std::byte* const bytes = first.data();
  bytes[0] = std::byte{7};
  EXPECT_EQ(arena.outstanding(), 2u);
  first.Reset();
  EXPECT_EQ(arena.outstanding(), 1u);
  EXPECT_NE(bytes[0], std::byte{7});
}

TEST(ArenaTest, TakesMoreMemoryAsNeededAndTheSameAgainAfterAReset) {
  Arena arena;
  uintptr_t first = 0;
  uintptr_t large = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) {
      const Buffer buffer = arena.Take(3000, 512);
      if (i > 0) continue;
      if (round == 0) first = Address(buffer);
      EXPECT_EQ(Address(buffer), first);
    }
    const Buffer buffer = arena.Take(1000000);
    EXPECT_EQ(buffer.size(), 1000000u);
    if (round == 0) large = Address(buffer);
    EXPECT_EQ(Address(buffer), large);
    arena.Reset();
    EXPECT_EQ(arena.outstanding(), 0u);
  }
}

}  // namespace
}  // namespace wharf::sim
