#include "sim/scenario/shrink.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

using List = std::vector<uint32_t>;

TEST(ShrinkTest, FindsTheOneChoiceThatMatters) {
  List choices(1000, 5);
  choices[700] = 9;
  const List shortest = Shrink(choices, 10000, [](const List& list) {
    return std::count(list.begin(), list.end(), 9u) > 0;
  });
  EXPECT_EQ(shortest, List{9});
}

TEST(ShrinkTest, KeepsAPositionThatMatters) {
  const List shortest = Shrink(List(100, 7), 10000, [](const List& list) {
    return list.size() > 40 && list[40] >= 3;
  });
  ASSERT_EQ(shortest.size(), 41u);
  EXPECT_EQ(shortest[40], 3u);
  EXPECT_EQ(std::accumulate(shortest.begin(), shortest.end(), 0u), 3u);
}

TEST(ShrinkTest, IsBounded) {
  int runs = 0;
  Shrink(List(1000, 7), 25, [&runs](const List&) {
    ++runs;
    return true;
  });
  EXPECT_LE(runs, 25);
}

TEST(ShrinkTest, WhatCannotBeSimplerStays) {
  const List choices = {1, 2, 3, 0, 0};
  EXPECT_EQ(Shrink(choices, 1000, [](const List&) { return false; }),
            (List{1, 2, 3}));
}

}  // namespace
}  // namespace wharf::sim
