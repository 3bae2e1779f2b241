#include "sim/virtual_clock.h"

#include <chrono>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

using std::chrono::milliseconds;

TEST(VirtualClockTest, StandsStillUntilMoved) {
  VirtualClock clock;
  EXPECT_EQ(clock.Now(), Time());
  EXPECT_EQ(clock.Now(), Time());
  clock.Advance(milliseconds(3));
  EXPECT_EQ(clock.Now(), Time(milliseconds(3)));
}

TEST(VirtualClockTest, NeverGoesBack) {
  VirtualClock clock(Time(milliseconds(10)));
  clock.AdvanceTo(Time(milliseconds(4)));
  EXPECT_EQ(clock.Now(), Time(milliseconds(10)));
  clock.Advance(-milliseconds(4));
  EXPECT_EQ(clock.Now(), Time(milliseconds(10)));
  clock.AdvanceTo(Time(milliseconds(11)));
  EXPECT_EQ(clock.Now(), Time(milliseconds(11)));
}

TEST(VirtualClockTest, StopsAtTheEndOfTime) {
  VirtualClock clock(Time(milliseconds(10)));
  clock.Advance(Duration::max());
  EXPECT_EQ(clock.Now(), kNever);
}

}  // namespace
}  // namespace wharf::sim
