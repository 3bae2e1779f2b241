#include "sim/guarded_memory.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

class GuardedMemoryTest : public testing::Test {
 protected:
  GuardedMemoryTest()
      : memory_(
            [this](ViolationKind kind, std::string message) {
              reports_.push_back({kind, {}, std::move(message)});
            },
            [this](std::span<const std::byte>) { return in_use_; }) {}

  std::vector<Violation> reports_;
  bool in_use_ = false;
  GuardedMemory memory_;
};

TEST_F(GuardedMemoryTest, WhatKeepsToItsBytesIsFine) {
  {
    Buffer one = memory_.Allocate(10);
    Buffer two = memory_.Allocate(100000, 4096);
    EXPECT_EQ(one.data()[9], GuardedMemory::kFresh);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(two.data()) % 4096, 0u);
    for (std::byte& b : one.bytes()) b = std::byte{1};
    for (std::byte& b : two.bytes()) b = std::byte{2};
    EXPECT_EQ(memory_.live(), 2u);
    EXPECT_TRUE(memory_.Allocate(0).empty());
  }
  EXPECT_EQ(memory_.live(), 0u);
  memory_.Check();
  EXPECT_EQ(Describe(reports_), "");
}

TEST_F(GuardedMemoryTest, NoticesAWriteNextToTheBytesOnce) {
  Buffer behind = memory_.Allocate(10);
  behind.data()[10] = std::byte{0};
  memory_.Check();
  memory_.Check();
  EXPECT_EQ(Describe(reports_),
            "Overrun: buffer 1 of 10 bytes: written behind its last byte\n");
  reports_.clear();
  Buffer before = memory_.Allocate(10);
  before.data()[-1] = std::byte{0};
  before.Reset();
  EXPECT_EQ(Describe(reports_),
            "Overrun: buffer 2 of 10 bytes: written before its first byte\n");
}

TEST_F(GuardedMemoryTest, GivenBackBytesArePoisonAndStaySo) {
  Buffer buffer = memory_.Allocate(10);
  std::byte* const stale = buffer.data();
  buffer.Reset();
  EXPECT_EQ(stale[0], GuardedMemory::kReleased);
  EXPECT_EQ(stale[9], GuardedMemory::kReleased);
  stale[9] = std::byte{7};
  memory_.Check();
  EXPECT_EQ(
      Describe(reports_),
      "WrittenAfterRelease: buffer 1 of 10 bytes: written after it was given "
      "back\n");
}

TEST_F(GuardedMemoryTest, BytesThatSomebodyUsesAreLeftToHim) {
  Buffer buffer = memory_.Allocate(10);
  std::byte* const stale = buffer.data();
  in_use_ = true;
  buffer.Reset();
  EXPECT_EQ(stale[0], GuardedMemory::kFresh);
  stale[0] = std::byte{1};
  memory_.Check();
  EXPECT_EQ(Describe(reports_), "") << "who asked has reported it";
}

TEST_F(GuardedMemoryTest, WhatIsReallyFreedWasLookedAt) {
  Buffer buffer = memory_.Allocate(10);
  std::byte* const stale = buffer.data();
  buffer.Reset();
  stale[3] = std::byte{7};
  memory_.Allocate(GuardedMemory::kKeptBytes).Reset();
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_EQ(reports_[0].kind, ViolationKind::kWrittenAfterRelease);
}

}  // namespace
}  // namespace wharf::sim
