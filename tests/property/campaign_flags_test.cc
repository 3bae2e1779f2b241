// The campaign's flags, and which seeds a shard or a repeated run has.

#include "tests/property/campaign_flags.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf::property {
namespace {

using ::testing::HasSubstr;

std::string Parse(std::vector<const char*> arguments, CampaignFlags& flags) {
  arguments.insert(arguments.begin(), "campaign");
  return ParseCampaignFlags(static_cast<int>(arguments.size()),
                            arguments.data(), flags);
}

CampaignFlags Shard(CampaignFlags flags, const std::string& index,
                    const std::string& total, const std::string& repeat = "") {
  const std::map<std::string, std::string> environment = {
      {"TEST_SHARD_INDEX", index},
      {"TEST_TOTAL_SHARDS", total},
      {"TEST_RUN_NUMBER", repeat}};
  return ForShard(flags, ReadTestShard([&](const char* name) {
                    const auto found = environment.find(name);
                    return found == environment.end() ? "" : found->second;
                  }));
}

TEST(CampaignFlagsTest, BothWaysToWriteAFlag) {
  CampaignFlags flags;
  EXPECT_EQ(Parse({"--runs", "5", "--seed=7", "--property", "G04"}, flags), "");
  EXPECT_EQ(flags.runs, 5u);
  EXPECT_EQ(flags.seed, 7u);
  EXPECT_EQ(flags.property, "G04");
}

TEST(CampaignFlagsTest, ABudgetAloneHasNoOtherLimit) {
  CampaignFlags flags;
  EXPECT_EQ(Parse({"--budget=60"}, flags), "");
  EXPECT_EQ(flags.budget, 60u);
  EXPECT_GT(flags.runs, uint64_t{1} << 60);
  CampaignFlags slow;
  EXPECT_EQ(Parse({"--default_runs=9", "--budget=60"}, slow), "");
  EXPECT_EQ(slow.runs, flags.runs);
  CampaignFlags slower;
  EXPECT_EQ(Parse({"--default_runs=9"}, slower), "");
  EXPECT_EQ(slower.runs, 9u);
  CampaignFlags both;
  EXPECT_EQ(Parse({"--budget=60", "--runs=9"}, both), "");
  EXPECT_EQ(both.runs, 9u);
}

TEST(CampaignFlagsTest, BadOnesAreNamed) {
  CampaignFlags flags;
  EXPECT_THAT(Parse({"--property=G19"}, flags), HasSubstr("G19"));
  EXPECT_THAT(Parse({"--property="}, flags), HasSubstr("G01 to G18"));
  EXPECT_THAT(Parse({"--runs=many"}, flags), HasSubstr("many"));
  EXPECT_THAT(Parse({"--runs"}, flags), HasSubstr("--runs"));
  EXPECT_THAT(Parse({"--case", "0.x~"}, flags), HasSubstr("0.x~"));
  CampaignFlags without;
  EXPECT_THAT(Parse({"--case", "0.1~"}, without), HasSubstr("--property"));
  EXPECT_THAT(Parse({"--walk", "3"}, flags), HasSubstr("--walk"));
}

TEST(CampaignFlagsTest, ShardsShareOutTheSeeds) {
  CampaignFlags flags;
  flags.runs = 10;
  flags.seed = 100;
  std::multiset<uint64_t> seeds;
  for (const char* shard : {"0", "1", "2", "3"}) {
    const CampaignFlags own = Shard(flags, shard, "4");
    for (uint64_t i = 0; i < own.runs; ++i) seeds.insert(own.seed + i);
  }
  std::multiset<uint64_t> all;
  for (uint64_t i = 100; i < 110; ++i) all.insert(i);
  EXPECT_EQ(seeds, all);
}

TEST(CampaignFlagsTest, WithABudgetEachShardHasSeedsOfItsOwn) {
  CampaignFlags flags;
  ASSERT_EQ(Parse({"--budget=1"}, flags), "");
  EXPECT_NE(Shard(flags, "0", "4").seed, Shard(flags, "3", "4").seed);
  EXPECT_EQ(Shard(flags, "3", "4").runs, flags.runs);
}

TEST(CampaignFlagsTest, BazelSaysWhichRepeatInOneOfTwoWays) {
  for (const std::string name : {"TEST_RANDOM_SEED", "TEST_RUN_NUMBER"}) {
    const TestShard shard = ReadTestShard([&](const char* asked) {
      return std::string(asked == name ? "3" : "");
    });
    EXPECT_EQ(shard.repeat, 3u) << name;
    EXPECT_EQ(shard.total, 1u);
  }
}

TEST(CampaignFlagsTest, ARepeatedRunHasOtherSeeds) {
  const CampaignFlags flags;
  EXPECT_EQ(Shard(flags, "0", "1", "1").seed, flags.seed);
  EXPECT_NE(Shard(flags, "0", "1", "2").seed, flags.seed);
  EXPECT_EQ(Shard(flags, "", "", "").runs, flags.runs);
}

TEST(FocusTest, AreFoundByNumberAndByName) {
  ASSERT_NE(FindFocus("G04"), nullptr);
  EXPECT_EQ(FindFocus("G04")->name, "G04_CompleteSuccessBeatsDeadline");
  EXPECT_EQ(FindFocus("G04_CompleteSuccessBeatsDeadline"), FindFocus("G04"));
  EXPECT_EQ(FindFocus("G0"), nullptr);
  EXPECT_EQ(FindFocus(""), nullptr);
}

TEST(FocusTest, ThereIsOneForEveryNumber) {
  ASSERT_EQ(AllFocuses().size(), 18u);
  for (int i = 1; i <= 18; ++i) {
    const std::string number =
        "G" + std::string(i < 10 ? "0" : "") + std::to_string(i);
    EXPECT_TRUE(AllFocuses()[static_cast<std::size_t>(i - 1)].name.starts_with(
        number + "_"))
        << number;
  }
}

}  // namespace
}  // namespace wharf::property
