#include "engine/timer_wheel.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/timer_wheel_test_util.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

// Both sides of each level's boundary.
std::vector<uint64_t> BoundaryTicks() {
  std::vector<uint64_t> ticks = {1, 2, 62};
  for (int bits = 6; bits < 64; bits += 6) {
    const uint64_t span = uint64_t{1} << bits;
    for (uint64_t tick : {span - 1, span, span + 1, span * 2 - 1, span * 2,
                          span * 3 + span / 2}) {
      ticks.push_back(tick);
    }
  }
  ticks.push_back(uint64_t{1} << 63);
  ticks.push_back(kMaxTick - 1);
  ticks.push_back(kMaxTick);
  return ticks;
}

TEST(TimerWheelTest, StartsEmptyAtTickZero) {
  TimerWheel wheel(4);
  EXPECT_TRUE(wheel.empty());
  EXPECT_EQ(wheel.size(), 0u);
  EXPECT_EQ(wheel.current(), 0u);
  EXPECT_EQ(wheel.NextTick(), TimerWheel::kNoTick);
  for (uint32_t i = 0; i < 4; ++i) EXPECT_FALSE(wheel.IsScheduled(i));
  EXPECT_EQ(AdvanceTo(wheel, 10), Indices{});
  EXPECT_EQ(wheel.current(), 10u);
}

TEST(TimerWheelTest, AWheelWithoutNodesWorks) {
  TimerWheel wheel(0);
  EXPECT_EQ(AdvanceTo(wheel, kMaxTick), Indices{});
  EXPECT_EQ(wheel.current(), kMaxTick);
}

TEST(TimerWheelTest, ExpiresAtItsTickAndNotBefore) {
  for (uint64_t tick : BoundaryTicks()) {
    TimerWheel wheel(1);
    wheel.Schedule(0, tick);
    EXPECT_TRUE(wheel.IsScheduled(0));
    EXPECT_EQ(wheel.size(), 1u);
    EXPECT_EQ(AdvanceTo(wheel, tick - 1), Indices{}) << tick;
    EXPECT_TRUE(wheel.IsScheduled(0)) << tick;
    EXPECT_EQ(AdvanceTo(wheel, tick), Indices{0}) << tick;
    EXPECT_TRUE(wheel.empty());
    EXPECT_EQ(wheel.NextTick(), TimerWheel::kNoTick);
  }
}

// The same from a start at which no digit is zero.
TEST(TimerWheelTest, ExpiresAtItsTickFromAnyStart) {
  for (uint64_t start : {uint64_t{63}, uint64_t{64}, uint64_t{4095},
                         uint64_t{262143}, uint64_t{0x123456789abcdef}}) {
    for (uint64_t distance : BoundaryTicks()) {
      if (distance > kMaxTick - start) continue;
      const uint64_t tick = start + distance;
      TimerWheel wheel(1);
      AdvanceTo(wheel, start);
      wheel.Schedule(0, tick);
      EXPECT_EQ(AdvanceTo(wheel, tick - 1), Indices{}) << start << " " << tick;
      EXPECT_EQ(AdvanceTo(wheel, tick), Indices{0}) << start << " " << tick;
    }
  }
}

// No horizon: nothing is clamped, whatever was scheduled before it.
TEST(TimerWheelTest, AllDistancesAtOnceExpireInOrder) {
  const std::vector<uint64_t> ticks = BoundaryTicks();
  TimerWheel wheel(static_cast<uint32_t>(ticks.size()));
  Indices expected;
  for (uint32_t i = 0; i < ticks.size(); ++i) {
    const auto index = static_cast<uint32_t>(ticks.size() - 1 - i);
    wheel.Schedule(index, ticks[index]);
    expected.push_back(i);
  }
  // BoundaryTicks ascends.
  EXPECT_EQ(AdvanceTo(wheel, kMaxTick), expected);
}

TEST(TimerWheelTest, AJumpPastEverythingExpiresEverythingInOrder) {
  TimerWheel wheel(5);
  wheel.Schedule(0, 5000);
  wheel.Schedule(1, 64);
  wheel.Schedule(2, 3);
  wheel.Schedule(3, 4096);
  wheel.Schedule(4, 63);
  EXPECT_EQ(AdvanceTo(wheel, uint64_t{1} << 40), (Indices{2, 4, 1, 3, 0}));
}

TEST(TimerWheelTest, EqualTicksExpireInTheOrderOfScheduling) {
  TimerWheel wheel(6);
  wheel.Schedule(3, 5000);
  wheel.Schedule(5, 5001);
  wheel.Schedule(0, 5000);
  AdvanceTo(wheel, 4000);  // from another level
  wheel.Schedule(4, 5000);
  AdvanceTo(wheel, 4990);  // and from the lowest
  wheel.Schedule(1, 5000);
  wheel.Schedule(2, 4999);
  EXPECT_EQ(AdvanceTo(wheel, 5000), (Indices{2, 3, 0, 4, 1}));
  EXPECT_EQ(AdvanceTo(wheel, 5001), (Indices{5}));
}

TEST(TimerWheelTest, ATickAlreadyReachedExpiresInTheNextAdvance) {
  TimerWheel wheel(4);
  AdvanceTo(wheel, 100);
  wheel.Schedule(0, 101);
  wheel.Schedule(1, 100);
  wheel.Schedule(2, 7);
  wheel.Schedule(3, 0);
  EXPECT_EQ(wheel.NextTick(), 100u);
  // Due nodes in the order of Schedule, before the others.
  EXPECT_EQ(AdvanceTo(wheel, 101), (Indices{1, 2, 3, 0}));
}

TEST(TimerWheelTest, ADueNodeExpiresEvenIfTimeStandsStillOrIsOlder) {
  TimerWheel wheel(1);
  AdvanceTo(wheel, 100);
  wheel.Schedule(0, 50);
  EXPECT_EQ(AdvanceTo(wheel, 100), Indices{0});
  wheel.Schedule(0, 100);
  EXPECT_EQ(AdvanceTo(wheel, 20), Indices{0});
  EXPECT_EQ(wheel.current(), 100u);
}

TEST(TimerWheelTest, ADueNodeCanBeRemoved) {
  TimerWheel wheel(2);
  wheel.Schedule(0, 0);
  wheel.Schedule(1, 0);
  wheel.Remove(0);
  EXPECT_EQ(AdvanceTo(wheel, 0), Indices{1});
  wheel.Schedule(0, 0);
  wheel.Remove(0);
  EXPECT_TRUE(wheel.empty());
  EXPECT_EQ(wheel.NextTick(), TimerWheel::kNoTick);
}

TEST(TimerWheelTest, AnOlderNowMovesNothing) {
  TimerWheel wheel(1);
  AdvanceTo(wheel, 100);
  wheel.Schedule(0, 101);
  EXPECT_EQ(AdvanceTo(wheel, 5), Indices{});
  EXPECT_EQ(wheel.current(), 100u);
  EXPECT_EQ(AdvanceTo(wheel, 101), Indices{0});
}

TEST(TimerWheelTest, RemovedNodesDoNotExpire) {
  for (uint64_t tick : BoundaryTicks()) {
    TimerWheel wheel(3);
    wheel.Schedule(0, tick);
    wheel.Schedule(1, tick);
    wheel.Schedule(2, tick);
    wheel.Remove(1);
    EXPECT_FALSE(wheel.IsScheduled(1));
    EXPECT_EQ(wheel.size(), 2u);
    EXPECT_EQ(AdvanceTo(wheel, tick), (Indices{0, 2})) << tick;
  }
}

TEST(TimerWheelTest, RemovingTheLastNodeLeavesNoTrace) {
  for (uint64_t tick : BoundaryTicks()) {
    TimerWheel wheel(1);
    wheel.Schedule(0, tick);
    wheel.Remove(0);
    EXPECT_TRUE(wheel.empty());
    EXPECT_EQ(wheel.NextTick(), TimerWheel::kNoTick) << tick;
    EXPECT_EQ(AdvanceTo(wheel, tick), Indices{}) << tick;
  }
}

// Seed 3 left stale entries behind that had to be told from the slot's new
// owner; here there are none (R9).
TEST(TimerWheelTest, AReusedIndexExpiresForItsNewOwnerOnly) {
  TimerWheel wheel(2);
  wheel.Schedule(0, 40);
  wheel.Remove(0);
  wheel.Schedule(0, 80);
  EXPECT_EQ(AdvanceTo(wheel, 40), Indices{});
  EXPECT_EQ(AdvanceTo(wheel, 79), Indices{});
  EXPECT_EQ(AdvanceTo(wheel, 80), Indices{0});
  // And earlier than its old tick.
  wheel.Schedule(0, 10000);
  wheel.Remove(0);
  wheel.Schedule(0, 100);
  EXPECT_EQ(AdvanceTo(wheel, 100), Indices{0});
  EXPECT_EQ(AdvanceTo(wheel, 20000), Indices{});
}

TEST(TimerWheelTest, ReusedIndexWithTheSameTickExpiresOnce) {
  TimerWheel wheel(1);
  wheel.Schedule(0, 5);
  wheel.Remove(0);
  wheel.Schedule(0, 5);
  EXPECT_EQ(AdvanceTo(wheel, 5), Indices{0});
  EXPECT_EQ(AdvanceTo(wheel, 500), Indices{});
}

TEST(TimerWheelTest, InterleavedScheduleAndAdvance) {
  TimerWheel wheel(4);
  wheel.Schedule(0, 10);
  EXPECT_EQ(AdvanceTo(wheel, 5), Indices{});
  wheel.Schedule(1, 8);
  wheel.Schedule(2, 70);
  EXPECT_EQ(AdvanceTo(wheel, 8), Indices{1});
  wheel.Schedule(1, 72);
  EXPECT_EQ(AdvanceTo(wheel, 10), Indices{0});
  // From level 0 of the next block of 64, while 2 still lies in level 1.
  EXPECT_EQ(AdvanceTo(wheel, 65), Indices{});
  wheel.Schedule(3, 71);
  EXPECT_EQ(wheel.NextTick(), 70u);
  EXPECT_EQ(AdvanceTo(wheel, 100), (Indices{2, 3, 1}));
}

// A node that stands in a higher level although time is already inside its
// bucket must not hide behind a later one that was scheduled lower.
TEST(TimerWheelTest, EnteringABucketBringsItsNodesDown) {
  TimerWheel wheel(2);
  wheel.Schedule(0, 70);
  EXPECT_EQ(AdvanceTo(wheel, 65), Indices{});
  wheel.Schedule(1, 80);
  EXPECT_EQ(wheel.NextTick(), 70u);
  EXPECT_EQ(AdvanceTo(wheel, 90), (Indices{0, 1}));
}

TEST(TimerWheelTest, ManyRevolutions) {
  TimerWheel wheel(1);
  uint64_t tick = 0;
  for (int i = 0; i < 10000; ++i) {
    tick += 37;
    wheel.Schedule(0, tick);
    ASSERT_EQ(wheel.NextTick(), tick);
    ASSERT_EQ(AdvanceTo(wheel, tick), Indices{0});
  }
}

TEST(TimerWheelTest, OnExpiredMayRemoveNodesOfTheSameTick) {
  TimerWheel wheel(4);
  for (uint32_t i = 0; i < 4; ++i) wheel.Schedule(i, 5000);
  Indices expired;
  wheel.Advance(6000, [&](uint32_t index) {
    expired.push_back(index);
    if (index == 0) {
      wheel.Remove(1);
      wheel.Remove(3);
    }
  });
  EXPECT_EQ(expired, (Indices{0, 2}));
  EXPECT_TRUE(wheel.empty());
}

TEST(TimerWheelTest, OnExpiredMayRemoveLaterNodes) {
  TimerWheel wheel(4);
  wheel.Schedule(0, 5);
  wheel.Schedule(1, 6);
  wheel.Schedule(2, 500);
  wheel.Schedule(3, 501);
  Indices expired;
  wheel.Advance(1000, [&](uint32_t index) {
    expired.push_back(index);
    if (index == 0) {
      wheel.Remove(1);
      wheel.Remove(2);
    }
  });
  EXPECT_EQ(expired, (Indices{0, 3}));
  EXPECT_TRUE(wheel.empty());
}

TEST(TimerWheelTest, OnExpiredMayRescheduleTheNodeItself) {
  TimerWheel wheel(1);
  wheel.Schedule(0, 10);
  wheel.Advance(50, [&](uint32_t index) {
    EXPECT_EQ(wheel.current(), 50u);
    wheel.Schedule(index, 60);
  });
  EXPECT_EQ(AdvanceTo(wheel, 59), Indices{});
  EXPECT_EQ(AdvanceTo(wheel, 60), Indices{0});
}

TEST(TimerWheelTest, WhatOnExpiredSchedulesForThePastWaitsForTheNextAdvance) {
  TimerWheel wheel(3);
  wheel.Schedule(0, 10);
  wheel.Schedule(1, 40);
  int calls = 0;
  wheel.Advance(50, [&](uint32_t index) {
    ++calls;
    // 30 is after node 0 and before node 1, and has been reached like 50.
    if (index == 0) wheel.Schedule(0, 30);
    if (index == 1) wheel.Schedule(2, 50);
  });
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(wheel.size(), 2u);
  EXPECT_EQ(wheel.NextTick(), 50u);
  EXPECT_EQ(AdvanceTo(wheel, 50), (Indices{0, 2}));
}

TEST(TimerWheelTest, OnExpiredMayScheduleForAnyFutureTick) {
  for (uint64_t distance : BoundaryTicks()) {
    if (distance > kMaxTick - 5000) continue;
    TimerWheel wheel(3);
    wheel.Schedule(0, 100);
    wheel.Schedule(1, 4500);
    // Placed while the wheel stands between 100 and 5000.
    wheel.Advance(5000, [&](uint32_t index) {
      if (index == 0) wheel.Schedule(2, 5000 + distance);
    });
    EXPECT_EQ(wheel.NextTick(), 5000 + distance);
    EXPECT_EQ(AdvanceTo(wheel, 5000 + distance - 1), Indices{}) << distance;
    EXPECT_EQ(AdvanceTo(wheel, 5000 + distance), Indices{2}) << distance;
  }
}

TEST(TimerWheelTest, NextTickIsExactForAWheelWithOneNode) {
  for (uint64_t tick : BoundaryTicks()) {
    TimerWheel wheel(1);
    wheel.Schedule(0, tick);
    EXPECT_EQ(wheel.NextTick(), tick);
  }
}

TEST(TimerWheelTest, NextTickIsTheEarliest) {
  TimerWheel wheel(4);
  wheel.Schedule(0, 900);
  EXPECT_EQ(wheel.NextTick(), 900u);
  wheel.Schedule(1, 899);
  EXPECT_EQ(wheel.NextTick(), 899u);
  wheel.Schedule(2, 901);
  EXPECT_EQ(wheel.NextTick(), 899u);
  wheel.Schedule(3, 12);
  EXPECT_EQ(wheel.NextTick(), 12u);
  wheel.Remove(3);
  EXPECT_EQ(wheel.NextTick(), 899u);
}

TEST(TimerWheelTest, NextTickForgetsABucketThatBecameEmpty) {
  TimerWheel wheel(2);
  wheel.Schedule(0, 899);
  wheel.Remove(0);
  wheel.Schedule(1, 901);
  EXPECT_EQ(wheel.NextTick(), 901u);
}

// The bound is too low once the earliest node of a bucket has gone; waiting for
// it must still get somewhere.
TEST(TimerWheelTest, FollowingNextTickReachesAnExpiryWithinElevenSteps) {
  for (uint64_t tick : BoundaryTicks()) {
    TimerWheel wheel(12);
    // One earlier node in each of the buckets that node 0 may pass through, all
    // of them removed before they can expire.
    wheel.Schedule(0, tick);
    uint32_t next = 1;
    for (int bits = 0; bits < 64 && next < 12; bits += 6) {
      const uint64_t earlier = tick >> bits << bits;
      if (earlier != 0) wheel.Schedule(next++, earlier);
    }
    for (uint32_t i = 1; i < next; ++i) wheel.Remove(i);
    int steps = 0;
    Indices expired;
    while (expired.empty()) {
      ASSERT_LT(steps++, 11) << tick;
      const uint64_t until = wheel.NextTick();
      ASSERT_LE(until, tick);
      expired = AdvanceTo(wheel, until);
    }
    EXPECT_EQ(expired, Indices{0});
    EXPECT_EQ(wheel.current(), tick);
  }
}

TEST(TimerWheelTest, TheHighestTickIsKept) {
  TimerWheel wheel(2);
  wheel.Schedule(0, kMaxTick);
  wheel.Schedule(1, kMaxTick - 1);
  EXPECT_EQ(wheel.NextTick(), kMaxTick - 1);
  EXPECT_EQ(AdvanceTo(wheel, kMaxTick - 1), Indices{1});
  EXPECT_FALSE(wheel.empty());
  EXPECT_EQ(AdvanceTo(wheel, kMaxTick), Indices{0});
  // Time has ended; what comes now is due.
  wheel.Schedule(0, kMaxTick);
  EXPECT_EQ(AdvanceTo(wheel, kMaxTick), Indices{0});
}

}  // namespace
}  // namespace wharf
