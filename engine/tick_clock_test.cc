#include "engine/tick_clock.h"

#include <chrono>
#include <cstdint>
#include <limits>
#include <random>

#include "engine/time.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using std::chrono::milliseconds;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

constexpr Time At(int64_t nanoseconds) { return Time(Duration(nanoseconds)); }

TEST(TickClockTest, RoundsDeadlinesUpAndNowDown) {
  const TickClock clock(At(1000), Duration(10));
  EXPECT_EQ(clock.DeadlineTick(At(1000)), 0u);
  EXPECT_EQ(clock.DeadlineTick(At(1001)), 1u);
  EXPECT_EQ(clock.DeadlineTick(At(1009)), 1u);
  EXPECT_EQ(clock.DeadlineTick(At(1010)), 1u);
  EXPECT_EQ(clock.DeadlineTick(At(1011)), 2u);
  EXPECT_EQ(clock.NowTick(At(1000)), 0u);
  EXPECT_EQ(clock.NowTick(At(1009)), 0u);
  EXPECT_EQ(clock.NowTick(At(1010)), 1u);
  EXPECT_EQ(clock.NowTick(At(1019)), 1u);
}

TEST(TickClockTest, TimesBeforeTheStartAreTickZero) {
  const TickClock clock(At(1000), milliseconds(1));
  EXPECT_EQ(clock.DeadlineTick(At(999)), 0u);
  EXPECT_EQ(clock.DeadlineTick(Time::min()), 0u);
  EXPECT_EQ(clock.NowTick(At(999)), 0u);
  EXPECT_EQ(clock.NowTick(Time::min()), 0u);
}

TEST(TickClockTest, TheWholeRangeOfTimeFits) {
  const TickClock clock(Time::min(), Duration(1));
  EXPECT_EQ(clock.NowTick(kNever), ~uint64_t{0});
  EXPECT_EQ(clock.DeadlineTick(kNever), ~uint64_t{0});
  EXPECT_EQ(clock.DeadlineTick(At(0)), uint64_t{1} << 63);
  EXPECT_EQ(clock.TimeOfTick(uint64_t{1} << 63), At(0));
  EXPECT_EQ(clock.TimeOfTick(~uint64_t{0}), kNever);
  EXPECT_EQ(clock.TimeOfTick(~uint64_t{0} - 1), At(kMax - 1));
}

TEST(TickClockTest, TimeOfTickIsWhereTheTickBegins) {
  const TickClock clock(At(-50), Duration(100));
  EXPECT_EQ(clock.TimeOfTick(0), At(-50));
  EXPECT_EQ(clock.TimeOfTick(1), At(50));
  EXPECT_EQ(clock.TimeOfTick(7), At(650));
}

TEST(TickClockTest, TimeOfTickSaturatesAtNever) {
  const TickClock clock(At(0), Duration(10));
  const uint64_t last = static_cast<uint64_t>(kMax) / 10;
  EXPECT_EQ(clock.TimeOfTick(last), At(kMax / 10 * 10));
  EXPECT_EQ(clock.TimeOfTick(last + 1), kNever);
  EXPECT_EQ(clock.TimeOfTick(~uint64_t{0}), kNever);
}

TEST(TickClockTest, TheLongestTickWorks) {
  const TickClock clock(Time::min(), Duration::max());
  EXPECT_EQ(clock.NowTick(kNever), 2u);
  EXPECT_EQ(clock.DeadlineTick(kNever), 3u);
  EXPECT_EQ(clock.TimeOfTick(3), kNever);
}

// Guarantee G6 in terms of ticks, for a few thousand times drawn from a fixed
// seed.
TEST(TickClockTest, NothingIsEarlyAndNothingIsATickLate) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 10000; ++i) {
    const auto start = static_cast<int64_t>(random()) >> (random() % 60 + 1);
    const auto tick = static_cast<int64_t>(random() >> (random() % 60 + 2)) + 1;
    const TickClock clock(At(start), Duration(tick));
    const int64_t deadline =
        start + static_cast<int64_t>(random() >> (random() % 60 + 2));
    const uint64_t deadline_tick = clock.DeadlineTick(At(deadline));
    const Time due = clock.TimeOfTick(deadline_tick);
    ASSERT_GE(due, At(deadline));
    // The tick is not reached a nanosecond before its time, and is at it.
    if (due != kNever) {
      ASSERT_EQ(clock.NowTick(due), deadline_tick);
      ASSERT_LT(due - At(deadline), Duration(tick));
    }
    if (deadline > start) {
      ASSERT_LT(clock.NowTick(At(deadline - 1)), deadline_tick);
    }
  }
}

}  // namespace
}  // namespace wharf
