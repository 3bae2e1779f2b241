#include "sim/kernel/live_memory.h"

#include <array>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

class LiveMemoryTest : public testing::Test {
 protected:
  std::span<const std::byte> At(std::size_t offset, std::size_t length) const {
    return std::span(bytes_).subspan(offset, length);
  }
  LiveMemory memory_;
  std::array<std::byte, 100> bytes_ = {};
};

TEST_F(LiveMemoryTest, NeighboursDoNotDisturbEachOther) {
  EXPECT_EQ(memory_.Add(At(10, 10), 1, true), kNoIndex);
  EXPECT_EQ(memory_.Add(At(20, 10), 2, true), kNoIndex);
  EXPECT_EQ(memory_.Add(At(0, 10), 3, true), kNoIndex);
  EXPECT_EQ(memory_.size(), 3u);
}

TEST_F(LiveMemoryTest, OneWriterIsEnoughForAConflict) {
  memory_.Add(At(10, 10), 1, false);
  EXPECT_EQ(memory_.Add(At(15, 10), 2, false), kNoIndex) << "both only read";
  EXPECT_EQ(memory_.Add(At(5, 6), 3, true), 1u);
  EXPECT_EQ(memory_.Add(At(7, 1), 4, false), 3u);
  EXPECT_EQ(memory_.Add(At(24, 50), 5, true), 2u);
}

TEST_F(LiveMemoryTest, ALongRangeIsFoundBehindShortOnes) {
  memory_.Add(At(0, 90), 1, true);
  for (uint32_t i = 0; i < 8; ++i) memory_.Add(At(10 + i, 1), 1, true);
  EXPECT_EQ(memory_.Add(At(80, 1), 2, false), 1u);
}

TEST_F(LiveMemoryTest, AnOperationDoesNotConflictWithItself) {
  memory_.Add(At(0, 10), 1, true);
  EXPECT_EQ(memory_.Add(At(5, 10), 1, true), kNoIndex);
}

TEST_F(LiveMemoryTest, WhatIsOverIsNotInTheWay) {
  memory_.Add(At(0, 10), 1, true);
  memory_.Add(At(20, 10), 1, true);
  memory_.Add(At(40, 10), 2, true);
  memory_.RemoveAll(1);
  EXPECT_EQ(memory_.Add(At(0, 30), 3, true), kNoIndex);
  memory_.RemoveOne(2, At(40, 1).data());
  EXPECT_EQ(memory_.FindUser(At(40, 10)), kNoIndex);
  EXPECT_EQ(memory_.size(), 1u);
}

TEST_F(LiveMemoryTest, TwoReadersOfTheSameBytesLeaveOneByOne) {
  memory_.Add(At(0, 10), 1, false);
  memory_.Add(At(0, 10), 2, false);
  memory_.RemoveOne(1, At(0, 1).data());
  EXPECT_EQ(memory_.FindUser(At(9, 1)), 2u);
  memory_.RemoveOne(1, At(0, 1).data());
  EXPECT_EQ(memory_.size(), 1u);
}

TEST_F(LiveMemoryTest, NoBytesAreNobodys) {
  EXPECT_EQ(memory_.Add({}, 1, true), kNoIndex);
  EXPECT_EQ(memory_.size(), 0u);
  memory_.Add(At(0, 10), 1, true);
  memory_.Clear();
  EXPECT_EQ(memory_.FindUser(At(0, 10)), kNoIndex);
}

}  // namespace
}  // namespace wharf::sim
