#include "sim/schedule_gen.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "gtest/gtest.h"
#include "sim/recorded_chooser.h"

namespace wharf::sim {
namespace {

using Schedule = std::vector<uint32_t>;

// What rapidcheck does with a property that fails: from the first failing
// schedule to the first failing one that it shrinks to, until there is none.
template <class Fails>
std::optional<Schedule> MinimalFailure(const Fails& fails, uint64_t seed) {
  for (uint64_t i = 0; i < 1000; ++i) {
    rc::Shrinkable<Schedule> found =
        Schedules()(rc::Random(seed * 1000 + i), 100);
    if (!fails(found.value())) continue;
    for (bool smaller = true; smaller;) {
      smaller = false;
      rc::Seq<rc::Shrinkable<Schedule>> shrinks = found.shrinks();
      while (rc::Maybe<rc::Shrinkable<Schedule>> shrink = shrinks.next()) {
        if (!fails(shrink->value())) continue;
        found = *shrink;
        smaller = true;
        break;
      }
    }
    return found.value();
  }
  return std::nullopt;
}

TEST(ScheduleGenTest, AFailureShrinksToItsOnlyNecessaryChoice) {
  // A run of ten decisions that breaks if the fourth is not below 2.
  const auto fails = [](const Schedule& schedule) {
    RecordedChooser chooser(schedule);
    bool broken = false;
    for (int i = 0; i < 10; ++i) {
      const uint32_t choice = chooser.Choose(5, "decision");
      if (i == 3) broken = choice >= 2;
    }
    return broken;
  };
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::optional<Schedule> minimal = MinimalFailure(fails, seed);
    ASSERT_TRUE(minimal.has_value());
    EXPECT_EQ(*minimal, (Schedule{0, 0, 0, 2})) << seed;
  }
}

TEST(ScheduleGenTest, AFailureThatNeedsTwoChoicesKeepsBoth) {
  // Two things must go wrong, wherever they do.
  const auto fails = [](const Schedule& schedule) {
    RecordedChooser chooser(schedule);
    int wrong = 0;
    for (int i = 0; i < 50; ++i) {
      wrong += chooser.Choose(2, "fault") == 1 ? 1 : 0;
    }
    return wrong >= 2;
  };
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::optional<Schedule> minimal = MinimalFailure(fails, seed);
    ASSERT_TRUE(minimal.has_value());
    EXPECT_EQ(*minimal, (Schedule{1, 1})) << seed;
  }
}

TEST(ScheduleGenTest, SchedulesAreMostlyPlainAndSometimesAnything) {
  std::size_t all = 0, plain = 0, few = 0, wild = 0, longest = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Schedule schedule = Schedules()(rc::Random(seed), 100).value();
    all += schedule.size();
    longest = std::max(longest, schedule.size());
    for (const uint32_t choice : schedule) {
      (choice == 0 ? plain : choice < 8 ? few : wild) += 1;
    }
  }
  EXPECT_GT(plain, all / 2);
  EXPECT_GT(few, all / 6);
  EXPECT_GT(wild, all / 20);
  EXPECT_GT(longest, 200u);
}

}  // namespace
}  // namespace wharf::sim
