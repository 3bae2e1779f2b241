// Goal: a sleep ends when it is woken, also beforehand, and when its time is
// up. Method: one thread for what is already decided, two for the hand-over.

#include "tests/support/sleeper.h"

#include <chrono>
#include <thread>

#include "gtest/gtest.h"

namespace wharf::testing_support {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::steady_clock;

TEST(SleeperTest, NobodyWakesItsTimeIsUp) {
  Sleeper sleeper;
  const auto start = steady_clock::now();
  EXPECT_FALSE(sleeper.Sleep(milliseconds(20)));
  EXPECT_GE(steady_clock::now() - start, milliseconds(20));
}

TEST(SleeperTest, AWakeBeforehandEndsOneSleep) {
  Sleeper sleeper;
  sleeper.Wake();
  sleeper.Wake();  // the same wake
  EXPECT_TRUE(sleeper.Sleep(minutes(10)));
  EXPECT_FALSE(sleeper.Sleep(milliseconds(1)));
}

TEST(SleeperTest, AWakeEndsTheSleepAndHandsOver) {
  Sleeper there;
  Sleeper back;
  int value = 0;  // plain: the wakes must hand it over
  std::thread thread([&] {
    for (int i = 0; i < 100; ++i) {
      EXPECT_TRUE(there.Sleep(minutes(10)));
      ++value;
      back.Wake();
    }
  });
  for (int i = 0; i < 100; ++i) {
    there.Wake();
    EXPECT_TRUE(back.Sleep(minutes(10)));
    EXPECT_EQ(value, i + 1);
  }
  thread.join();
}

}  // namespace
}  // namespace wharf::testing_support
