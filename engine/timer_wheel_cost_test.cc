// What the wheel costs, in steps, which are the same on every machine.

#include <cstdint>
#include <random>

#include "engine/timer_wheel.h"
#include "engine/timer_wheel_test_util.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(TimerWheelTest, AMillionNodesCostAFewMovesEach) {
  constexpr uint32_t kNodes = 1000000;
  TimerWheel wheel(kNodes);
  std::mt19937_64 random(1);
  for (uint32_t i = 0; i < kNodes; ++i) {
    wheel.Schedule(i, 1 + random() % (uint64_t{1} << 40));
  }
  EXPECT_EQ(wheel.moves(), 0u);
  // Removing half of them moves nothing.
  for (uint32_t i = 0; i < kNodes; i += 2) wheel.Remove(i);
  EXPECT_EQ(wheel.moves(), 0u);
  uint64_t expired = 0;
  for (uint64_t now = 0; now <= uint64_t{1} << 40; now += uint64_t{1} << 30) {
    wheel.Advance(now, [&](uint32_t) { ++expired; });
  }
  EXPECT_EQ(expired, kNodes / 2);
  // 40 bits are 7 levels: at most 6 moves down.
  EXPECT_LE(wheel.moves(), uint64_t{kNodes / 2} * 6);
}

TEST(TimerWheelTest, TheUsualCaseNeverMovesAnything) {
  constexpr uint32_t kNodes = 1000;
  TimerWheel wheel(kNodes);
  // Requests with a timeout of 30000 ticks that complete after 10.
  for (uint64_t now = 0; now < 100000; ++now) {
    const auto index = static_cast<uint32_t>(now % kNodes);
    if (wheel.IsScheduled(index)) wheel.Remove(index);
    wheel.Advance(now, [](uint32_t) { ADD_FAILURE(); });
    wheel.Schedule(index, now + 30000);
  }
  EXPECT_EQ(wheel.moves(), 0u);
}

TEST(TimerWheelTest, AdvancingOverEmptyTimeIsFree) {
  TimerWheel wheel(1);
  wheel.Schedule(0, uint64_t{1} << 62);
  AdvanceTo(wheel, (uint64_t{1} << 62) - 1);
  EXPECT_LE(wheel.moves(), 1u);
  EXPECT_EQ(AdvanceTo(wheel, uint64_t{1} << 62), Indices{0});
  EXPECT_LE(wheel.moves(), 10u);
}

TEST(TimerWheelTest, ANodeGoesStraightToTheLowestLevelWhenItsTickComes) {
  TimerWheel wheel(1);
  const uint64_t tick = 0x0123456789abcdef;
  wheel.Schedule(0, tick);
  EXPECT_EQ(AdvanceTo(wheel, tick), Indices{0});
  EXPECT_EQ(wheel.moves(), 1u);
}

// What has expired last is long ago: ticks are near to the present, not to it.
TEST(TimerWheelTest, NearTicksNeedNoMoveHoweverLongAgoTheLastExpiryWas) {
  TimerWheel wheel(2);
  wheel.Schedule(0, 10);
  EXPECT_EQ(AdvanceTo(wheel, 1000), Indices{0});
  wheel.Schedule(0, 1010);
  wheel.Schedule(1, 1005);
  wheel.Remove(1);
  EXPECT_EQ(wheel.NextTick(), 1010u);  // exact within the block of 64
  EXPECT_EQ(AdvanceTo(wheel, 1010), Indices{0});
  EXPECT_EQ(wheel.moves(), 0u);
}

TEST(TimerWheelTest, NearTicksNeedNoMoveHoweverLateItIs) {
  TimerWheel wheel(1);
  AdvanceTo(wheel, 0x0123456789abcd00);
  wheel.Schedule(0, 0x0123456789abcd3f);
  EXPECT_EQ(AdvanceTo(wheel, 0x0123456789abcd3f), Indices{0});
  EXPECT_EQ(wheel.moves(), 0u);
}

}  // namespace
}  // namespace wharf
