#include "bench/statistics.h"

#include <vector>

#include "gtest/gtest.h"

namespace wharf::bench {
namespace {

TEST(StatisticsTest, MedianIgnoresOrderAndOutliers) {
  EXPECT_DOUBLE_EQ(Median({3, 1, 1000}), 3);
}

TEST(StatisticsTest, MedianOfAnEvenNumberLiesBetweenTheMiddleTwo) {
  EXPECT_DOUBLE_EQ(Median({4, 1, 2, 100}), 3);
}

TEST(StatisticsTest, OneValueIsItsOwnQuantiles) {
  EXPECT_DOUBLE_EQ(Quantile({7}, 0), 7);
  EXPECT_DOUBLE_EQ(Quantile({7}, 1), 7);
}

TEST(StatisticsTest, QuantilesInterpolate) {
  const std::vector<double> values = {0, 10, 20, 30, 40};
  EXPECT_DOUBLE_EQ(Quantile(values, 0), 0);
  EXPECT_DOUBLE_EQ(Quantile(values, 0.25), 10);
  EXPECT_DOUBLE_EQ(Quantile(values, 0.625), 25);
  EXPECT_DOUBLE_EQ(Quantile(values, 1), 40);
}

TEST(StatisticsTest, SpreadIsHalfTheMiddleHalf) {
  EXPECT_DOUBLE_EQ(Spread({0, 10, 20, 30, 40}), 0.5);
  EXPECT_DOUBLE_EQ(Spread({5, 5, 5}), 0);
  EXPECT_DOUBLE_EQ(Spread({0, 0, 0}), 0);
}

}  // namespace
}  // namespace wharf::bench
