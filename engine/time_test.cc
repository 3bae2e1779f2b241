#include "engine/time.h"

#include <chrono>
#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace wharf {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

constexpr Time At(int64_t nanoseconds) { return Time(Duration(nanoseconds)); }

TEST(TimeTest, NeverIsLaterThanEveryTime) {
  EXPECT_GT(kNever, At(0));
  EXPECT_GT(kNever, At(kMax - 1));
  EXPECT_GT(kNever, Time::min());
}

TEST(TimeTest, AddsWithinTheRange) {
  EXPECT_EQ(SaturatingAdd(At(5), Duration(7)), At(12));
  EXPECT_EQ(SaturatingAdd(At(5), Duration(-7)), At(-2));
  EXPECT_EQ(SaturatingAdd(At(kMin), Duration(kMax)), At(-1));
  EXPECT_EQ(SaturatingAdd(At(0), std::chrono::milliseconds(3)), At(3000000));
}

TEST(TimeTest, SaturatesAtNever) {
  EXPECT_EQ(SaturatingAdd(At(kMax - 5), Duration(5)), kNever);
  EXPECT_EQ(SaturatingAdd(At(kMax - 5), Duration(4)), At(kMax - 1));
  EXPECT_EQ(SaturatingAdd(At(kMax - 5), Duration(6)), kNever);
  EXPECT_EQ(SaturatingAdd(At(1), Duration::max()), kNever);
  EXPECT_EQ(SaturatingAdd(kNever, Duration::max()), kNever);
  EXPECT_EQ(SaturatingAdd(kNever, Duration(0)), kNever);
}

TEST(TimeTest, SaturatesAtTheEarliestTime) {
  EXPECT_EQ(SaturatingAdd(At(kMin + 5), Duration(-5)), Time::min());
  EXPECT_EQ(SaturatingAdd(At(kMin + 5), Duration(-6)), Time::min());
  EXPECT_EQ(SaturatingAdd(At(-1), Duration::min()), Time::min());
  EXPECT_EQ(SaturatingAdd(At(0), Duration::min()), Time::min());
}

TEST(TimeTest, IsUsableInConstantExpressions) {
  static_assert(SaturatingAdd(kNever, Duration(1)) == kNever);
  static_assert(SaturatingAdd(At(1), Duration(1)) == At(2));
}

}  // namespace
}  // namespace wharf
