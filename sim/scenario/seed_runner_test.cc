#include "sim/scenario/seed_runner.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "sim/kernel/rows.h"
#include "sim/profiles.h"
#include "sim/recorded_chooser.h"

namespace wharf::sim {
namespace {

TEST(SeedRunnerTest, ASeedIsTheSameRunWhateverWasRunBefore) {
  SeedRunner used = *SeedRunner::Create(kAnyProfile, {});
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SeedRunner fresh = *SeedRunner::Create(kAnyProfile, {});
    ASSERT_EQ(used.Run(seed).hash, fresh.Run(seed).hash) << seed;
  }
}

TEST(SeedRunnerTest, AnyTakesEachProfileInTurn) {
  SeedRunner any = *SeedRunner::Create(kAnyProfile, {});
  const std::vector<std::string_view> names = ProfileNames();
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SeedRunner one = *SeedRunner::Create(names[seed % names.size()], {});
    EXPECT_EQ(any.Run(seed).hash, one.Run(seed).hash) << seed;
  }
}

TEST(SeedRunnerTest, ARecordIsTheSameRunAndReplaysIt) {
  SeedRunner runner = *SeedRunner::Create(kAnyProfile, {.requests = 20});
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SavedRun saved;
    const ScenarioResult run = runner.Record(seed, true, saved);
    EXPECT_EQ(run.hash, runner.Run(seed).hash);
    EXPECT_EQ(run.trace.size(), run.entries);
    const absl::StatusOr<SavedRun> parsed =
        ParseSavedRun(FormatSavedRun(saved));
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    RecordedChooser replay(parsed->numbers());
    EXPECT_EQ(RunScenario(parsed->options, &replay).hash, run.hash);
    EXPECT_TRUE(replay.exact());
  }
}

TEST(SeedRunnerTest, UnknownProfilesAreRefusedWithTheKnownOnes) {
  const absl::StatusOr<SeedRunner> runner = SeedRunner::Create("wild", {});
  ASSERT_FALSE(runner.ok());
  EXPECT_EQ(runner.status().message(),
            "wild: no such profile; take one of plain, calm, rough, storm, "
            "swarm, crash, any");
}

// A row that no scenario can reach is a hole in the search.
TEST(SeedRunnerTest, EveryRowInScopeHappensInAFewThousandRuns) {
  SeedRunner runner = *SeedRunner::Create(kAnyProfile, {.requests = 20});
  RowCounts rows;
  for (uint64_t seed = 0; seed < 6000; ++seed) {
    const ScenarioResult result = runner.Run(seed);
    ASSERT_EQ(result.failure, "") << seed;
    rows.Add(result.rows);
  }
  for (int i = 0; i < kRowCount; ++i) {
    const Row row{static_cast<uint8_t>(i)};
    EXPECT_EQ(rows[row] > 0, Info(row).in_scope())
        << RowName(row) << ": " << Info(row).event;
  }
}

}  // namespace
}  // namespace wharf::sim
