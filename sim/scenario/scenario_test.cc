// The engine on the simulated kernel, over many seeds: whatever the kernel
// answers, the program finds every promise kept, and a run is a function of its
// choices alone (G18).

#include "sim/scenario/scenario.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "sim/profiles.h"
#include "sim/random_chooser.h"
#include "sim/recorded_chooser.h"
#include "sim/recording_chooser.h"

namespace wharf::sim {
namespace {

ScenarioResult RunSeed(uint64_t seed, const ScenarioOptions& options,
                       std::string_view profile = "swarm") {
  RandomChooser chooser(seed, *FindProfile(profile));
  return RunScenario(options, &chooser);
}

constexpr Personality kAll[] = {Personality::kIoUring, Personality::kLinuxAio,
                                Personality::kIocp};

class ScenarioTest : public testing::TestWithParam<Personality> {};

TEST_P(ScenarioTest, KeepsItsPromisesWhateverTheKernelAnswers) {
  for (const std::string_view profile : ProfileNames()) {
    for (uint64_t seed = 0; seed < 300; ++seed) {
      for (const uint32_t requests : {10u, 60u}) {
        const ScenarioResult result = RunSeed(seed,
                                              {.requests = requests,
                                               .personality = GetParam(),
                                               .keep_trace = true},
                                              profile);
        ASSERT_EQ(result.failure, "")
            << profile << " " << seed << " " << requests << "\n"
            << result.history;
      }
    }
  }
}

TEST_P(ScenarioTest, TheSameSeedIsTheSameRun) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const ScenarioOptions options = {.personality = GetParam(),
                                     .keep_trace = true};
    const ScenarioResult first = RunSeed(seed, options);
    const ScenarioResult second = RunSeed(seed, options);
    ASSERT_EQ(first.hash, second.hash)
        << seed << "\n"
        << FirstDifference(first.trace, second.trace);
  }
}

TEST_P(ScenarioTest, ARecordingReplaysTheRun) {
  const ScenarioOptions options = {.personality = GetParam(),
                                   .keep_trace = true};
  for (uint64_t seed = 0; seed < 100; ++seed) {
    RandomChooser chooser(seed, *FindProfile("swarm"));
    RecordingChooser recording(&chooser);
    const ScenarioResult run = RunScenario(options, &recording);
    RecordedChooser replay(recording.numbers());
    const ScenarioResult again = RunScenario(options, &replay);
    ASSERT_EQ(run.hash, again.hash) << seed << "\n"
                                    << FirstDifference(run.trace, again.trace);
    EXPECT_TRUE(replay.exact());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Personalities, ScenarioTest, testing::ValuesIn(kAll),
    [](const testing::TestParamInfo<Personality>& personality) {
      std::string name(PersonalityName(personality.param));
      std::erase_if(name, [](char c) { return c == '_' || c == '-'; });
      return name;
    });

TEST(ScenarioResultTest, SaysWhatHappened) {
  uint64_t dropped = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const ScenarioResult result = RunSeed(seed, {.requests = 50}, "rough");
    uint64_t outcomes = 0;
    for (const uint64_t count : result.outcomes) outcomes += count;
    EXPECT_EQ(outcomes + result.dropped, result.requests) << seed;
    EXPECT_GT(result.entries, result.requests) << seed;
    EXPECT_TRUE(result.trace.empty()) << "nobody asked for it";
    EXPECT_GT(result.virtual_time, Duration(0)) << seed;
    dropped += result.dropped;
  }
  EXPECT_GT(dropped, 0u);
}

TEST(ScenarioResultTest, WithoutItsEntriesATraceHasTheSameHash) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const ScenarioResult kept = RunSeed(seed, {.keep_trace = true});
    EXPECT_EQ(RunSeed(seed, {}).hash, kept.hash);
    EXPECT_EQ(kept.trace.size(), kept.entries);
  }
}

TEST(ScenarioResultTest, AnotherSeedOrSizeIsAnotherRun) {
  EXPECT_NE(RunSeed(1, {}).hash, RunSeed(2, {}).hash);
  EXPECT_NE(RunSeed(1, {}).hash, RunSeed(1, {.requests = 11}).hash);
}

TEST(ScenarioResultTest, WhatIsNotDrawnIsAsAskedFor) {
  for (const Personality personality : kAll) {
    EXPECT_EQ(RunSeed(3, {.personality = personality}).personality,
              personality);
  }
}

}  // namespace
}  // namespace wharf::sim
