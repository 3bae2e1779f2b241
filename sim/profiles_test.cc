#include "sim/profiles.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

// How often in 1000 the profile answers other than 0.
int Unplain(std::string_view profile, std::string_view label) {
  RandomChooser chooser(1, *FindProfile(profile));
  int count = 0;
  for (int i = 0; i < 1000; ++i) count += chooser.Choose(6, label) != 0;
  return count;
}

TEST(ProfilesTest, EveryNameHasAProfileOfThatName) {
  for (const std::string_view name : ProfileNames()) {
    const std::optional<Profile> profile = FindProfile(name);
    ASSERT_TRUE(profile.has_value()) << name;
    EXPECT_EQ(profile->name, name);
  }
  EXPECT_FALSE(FindProfile("nonsense").has_value());
}

TEST(ProfilesTest, PlainIsPlainInEverything) {
  for (const std::string_view label : {"read.outcome", "order.next", "mine"}) {
    EXPECT_EQ(Unplain("plain", label), 0) << label;
  }
}

TEST(ProfilesTest, FaultsGrowFromCalmToStorm) {
  EXPECT_LT(Unplain("calm", "read.outcome"), 20);
  EXPECT_NEAR(Unplain("rough", "read.outcome"), 50, 35);
  EXPECT_NEAR(Unplain("storm", "read.outcome"), 330, 80);
  EXPECT_NEAR(Unplain("calm", "order.next"), 400, 80)
      << "order varies all the same";
}

TEST(ProfilesTest, TheProgramsOwnDecisionsAreEven) {
  EXPECT_NEAR(Unplain("rough", "my.program"), 833, 60);
}

TEST(ProfilesTest, ASwarmSwitchesThingsOffInSomeRuns) {
  int off = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    RandomChooser chooser(seed, *FindProfile("swarm"));
    bool any = false;
    for (int i = 0; i < 500; ++i) {
      any = any || chooser.Choose(2, "order.next") != 0;
    }
    off += !any;
  }
  EXPECT_NEAR(off, 120, 45);
}

TEST(ProfilesTest, OnlyTheCrashProfileCrashesOften) {
  int crashes = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    RandomChooser chooser(seed, *FindProfile("crash"));
    for (int i = 0; i < 100; ++i) {
      crashes += chooser.Choose(2, "machine.crash") != 0;
    }
  }
  EXPECT_GT(crashes, 50);
  EXPECT_LT(Unplain("rough", "machine.crash"), 10);
}

}  // namespace
}  // namespace wharf::sim
