#include "sim/random_chooser.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

// Answers to `count` decisions between n options.
std::vector<uint32_t> Draw(Chooser& chooser, int count, uint32_t n,
                           std::string_view label) {
  std::vector<uint32_t> answers;
  for (int i = 0; i < count; ++i) answers.push_back(chooser.Choose(n, label));
  return answers;
}

// How often each of n options comes in 10,000 draws.
std::vector<int> Counts(Chooser& chooser, uint32_t n, std::string_view label) {
  std::vector<int> counts(n);
  for (const uint32_t answer : Draw(chooser, 10000, n, label)) {
    ++counts.at(answer);
  }
  return counts;
}

Profile OneLabel(std::string label, std::vector<uint32_t> weights) {
  Profile profile;
  profile.labels = {{std::move(label), std::move(weights)}};
  return profile;
}

TEST(RandomChooserTest, TheSeedDecidesEverything) {
  RandomChooser a(5), b(5), c(6);
  const std::vector<uint32_t> answers = Draw(a, 100, 10, "x");
  EXPECT_EQ(answers, Draw(b, 100, 10, "x"));
  EXPECT_NE(answers, Draw(c, 100, 10, "x"));
}

// Fixed here, so that a change that would orphan every recorded seed is seen.
TEST(RandomChooserTest, ASeedMeansTheSameChoicesForEver) {
  RandomChooser chooser(1, OneLabel("w", {1, 2, 1}));
  EXPECT_EQ(Draw(chooser, 10, 100, "even"),
            (std::vector<uint32_t>{70, 52, 57, 39, 69, 14, 7, 38, 86, 55}));
  EXPECT_EQ(Draw(chooser, 10, 4, "w"),
            (std::vector<uint32_t>{3, 3, 1, 2, 1, 0, 0, 1, 1, 1}));
}

TEST(RandomChooserTest, ReseededItIsAsNew) {
  Profile profile = OneLabel("w", {3, 1});
  profile.swarm_off_permille = 300;
  RandomChooser used(0, profile);
  for (uint64_t seed = 0; seed < 50; ++seed) {
    RandomChooser fresh(seed, profile);
    used.Reseed(seed);
    for (const std::string_view label : {"w", "x", "y"}) {
      ASSERT_EQ(Draw(used, 20, 4, label), Draw(fresh, 20, 4, label)) << seed;
    }
  }
}

TEST(RandomChooserTest, OneOptionDrawsNothing) {
  RandomChooser a(5), b(5);
  EXPECT_EQ(a.Choose(1, "x"), 0u);
  EXPECT_EQ(Draw(a, 10, 10, "x"), Draw(b, 10, 10, "x"));
}

TEST(RandomChooserTest, UnlistedDecisionsAreEven) {
  RandomChooser chooser(3, OneLabel("other", {1}));
  for (const int count : Counts(chooser, 4, "x")) EXPECT_NEAR(count, 2500, 220);
}

TEST(RandomChooserTest, TheLastWeightIsSharedByAllFurtherOptions) {
  RandomChooser chooser(3, OneLabel("x", {800, 100, 100}));
  const std::vector<int> counts = Counts(chooser, 6, "x");
  EXPECT_NEAR(counts[0], 8000, 200);
  EXPECT_NEAR(counts[1], 1000, 150);
  for (int i = 2; i < 6; ++i) EXPECT_NEAR(counts[i], 250, 80);
}

TEST(RandomChooserTest, WeightsBeyondTheOptionsAreIgnored) {
  RandomChooser chooser(3, OneLabel("x", {1, 3, 1000}));
  const std::vector<int> counts = Counts(chooser, 2, "x");
  EXPECT_NEAR(counts[0], 2500, 220);
}

TEST(RandomChooserTest, NoWeightMeansOptionZero) {
  RandomChooser none(3, OneLabel("x", {}));
  EXPECT_EQ(Counts(none, 3, "x")[0], 10000);
  RandomChooser zero(3, OneLabel("x", {0, 0, 5}));
  EXPECT_EQ(Counts(zero, 2, "x")[0], 10000);
}

TEST(RandomChooserTest, TheLongestMatchingLabelCounts) {
  Profile profile;
  profile.labels = {{"*", {}},
                    {"read.*", {0, 1}},
                    {"read.short", {0, 0, 1}},
                    {"read.short", {1, 0}},
                    {"read.short*", {1, 0}}};
  RandomChooser chooser(3, profile);
  EXPECT_EQ(chooser.Choose(3, "write.short"), 0u);
  EXPECT_EQ(chooser.Choose(2, "read.error"), 1u);
  EXPECT_EQ(chooser.Choose(3, "read.short"), 2u);

  profile.labels = {{"read.short", {0, 0, 1}}, {"read.*", {0, 1}}, {"*", {}}};
  RandomChooser reversed(3, profile);
  EXPECT_EQ(reversed.Choose(3, "write.short"), 0u);
  EXPECT_EQ(reversed.Choose(2, "read.error"), 1u);
  EXPECT_EQ(reversed.Choose(3, "read.short"), 2u);
}

TEST(RandomChooserTest, EqualLabelsAtDifferentAddressesAreTheSame) {
  RandomChooser chooser(3, OneLabel("x", {0, 1}));
  const std::array<char, 1> other = {'x'};
  EXPECT_EQ(chooser.Choose(2, "x"), 1u);
  EXPECT_EQ(chooser.Choose(2, std::string_view(other.data(), 1)), 1u);
}

TEST(RandomChooserTest, ALabelIsNotItsOwnPrefix) {
  constexpr std::string_view kLabel = "read.short";
  RandomChooser chooser(3, OneLabel("read", {0, 1}));
  EXPECT_EQ(chooser.Choose(2, kLabel.substr(0, 4)), 1u);
  int zeros = 0;
  for (int i = 0; i < 100; ++i) zeros += chooser.Choose(2, kLabel) == 0;
  EXPECT_GT(zeros, 0);
}

TEST(RandomChooserTest, ManyLabelsKeepTheirWeights) {
  Profile profile;
  std::vector<std::string> labels;
  for (int i = 0; i < 300; ++i) labels.push_back("l" + std::to_string(i));
  for (int i = 0; i < 300; ++i) {
    profile.labels.push_back(
        {labels[i], {uint32_t(i % 2 == 0), uint32_t(i % 2)}});
  }
  RandomChooser chooser(3, profile);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 300; ++i) {
      EXPECT_EQ(chooser.Choose(2, labels[i]), uint32_t(i % 2)) << i;
    }
  }
}

TEST(RandomChooserTest, ASwarmSwitchesEachDecisionOffInItsShareOfTheRuns) {
  Profile profile = OneLabel("a", {1, 1});
  profile.swarm_off_permille = 300;
  int a_off = 0, b_off = 0, both_off = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    RandomChooser chooser(seed, profile);
    bool a = true, b = true;
    for (int i = 0; i < 200; ++i) {
      a = a && chooser.Choose(2, "a") == 0;
      b = b && chooser.Choose(2, "b") == 0;
    }
    a_off += a;
    b_off += b;
    both_off += a && b;
  }
  EXPECT_NEAR(a_off, 600, 105);
  EXPECT_NEAR(b_off, 600, 105);
  EXPECT_NEAR(both_off, 180, 65) << "each for itself";
}

TEST(RandomChooserTest, ASwarmDrawsForALabelWhateverCameBefore) {
  Profile profile;
  profile.swarm_off_permille = 500;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    RandomChooser first(seed, profile), second(seed, profile);
    second.Choose(2, "b");
    second.Choose(2, "c");
    bool first_off = true, second_off = true;
    for (int i = 0; i < 60; ++i) {
      first_off = first_off && first.Choose(2, "a") == 0;
      second_off = second_off && second.Choose(2, "a") == 0;
    }
    EXPECT_EQ(first_off, second_off) << seed;
  }
}

TEST(RandomChooserTest, ASwarmVariesTheRates) {
  Profile profile = OneLabel("a", {100, 100});
  profile.swarm_off_permille = 1;
  int rare = 0, frequent = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    RandomChooser chooser(seed, profile);
    int ones = 0;
    for (const uint32_t answer : Draw(chooser, 1000, 2, "a")) ones += answer;
    rare += ones < 200;      // 1/8 as likely: 111
    frequent += ones > 800;  // 8 times: 889
  }
  EXPECT_GT(rare, 10);
  EXPECT_GT(frequent, 10);
}

}  // namespace
}  // namespace wharf::sim
