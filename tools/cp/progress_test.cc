#include "tools/cp/progress.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf::cp {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr Time kStart{std::chrono::hours(5)};

TEST(ProgressTest, ShowsBytesRateAndTimeLeft) {
  Progress progress(400 * kMiB, kStart);
  EXPECT_EQ(progress.Line(100 * kMiB, kStart + std::chrono::seconds(1)),
            "100 MiB of 400 MiB (25%), 100 MiB/s, 3 s left");
}

TEST(ProgressTest, IsDueEveryInterval) {
  Progress progress(1, kStart);
  EXPECT_EQ(progress.next(), kStart + Progress::kInterval);
  const Time late = kStart + std::chrono::seconds(9);
  progress.Line(0, late);
  EXPECT_EQ(progress.next(), late + Progress::kInterval);
}

TEST(ProgressTest, TheRateForgetsTheStart) {
  Progress progress(1000 * kMiB, kStart);
  progress.Line(500 * kMiB, kStart + std::chrono::seconds(1));
  std::string line;
  for (int second = 2; second < 40; ++second) {
    line = progress.Line((500 + second) * kMiB,
                         kStart + std::chrono::seconds(second));
  }
  EXPECT_THAT(line, HasSubstr("1.00 MiB/s"));
}

TEST(ProgressTest, NothingMovedIsNoRateAndNoTimeLeft) {
  Progress progress(kMiB, kStart);
  EXPECT_EQ(progress.Line(0, kStart + std::chrono::seconds(1)),
            "0 B of 1.00 MiB (0%)");
  // Twice at one time: no division by it.
  EXPECT_EQ(progress.Line(0, kStart + std::chrono::seconds(1)),
            "0 B of 1.00 MiB (0%)");
}

TEST(ProgressTest, MoreThanWasExpectedIsNotMoreThanAll) {
  Progress progress(kMiB, kStart);
  EXPECT_THAT(
      progress.Line(2 * kMiB, kStart + std::chrono::seconds(1)),
      AllOf(HasSubstr("2.00 MiB of 2.00 MiB (100%)"), EndsWith("0 s left")));
  Progress empty(0, kStart);
  EXPECT_THAT(empty.Line(0, kStart), Not(HasSubstr("%")));
}

TEST(FormatSecondsTest, Units) {
  EXPECT_EQ(FormatSeconds(0), "0 s");
  EXPECT_EQ(FormatSeconds(0.2), "1 s");
  EXPECT_EQ(FormatSeconds(59), "59 s");
  EXPECT_EQ(FormatSeconds(125), "2 min 05 s");
  EXPECT_EQ(FormatSeconds(3 * 3600 + 7 * 60), "3 h 07 min");
}

}  // namespace
}  // namespace wharf::cp
