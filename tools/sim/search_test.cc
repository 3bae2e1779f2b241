// The search finds a planted bug, whatever the number of threads, and what it
// reports reproduces it.

#include "tools/sim/search.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "engine/outcome.h"
#include "gtest/gtest.h"
#include "sim/recorded_chooser.h"

namespace wharf::simulate {
namespace {

using sim::ScenarioOptions;
using sim::ScenarioResult;

// RunScenario with a bug: where a transfer was short and a deadline passed.
ScenarioResult Planted(const ScenarioOptions& options, sim::Chooser* chooser) {
  ScenarioResult result = sim::RunScenario(options, chooser);
  if (result.rows[sim::U(13)] > 0 &&
      result.outcomes[static_cast<int>(OutcomeKind::kDeadline)] > 0) {
    result.failure = "planted, after " + std::to_string(result.entries);
  }
  return result;
}

SearchOptions PlantedSearch(uint32_t jobs) {
  SearchOptions options;
  options.jobs = jobs;
  options.function = &Planted;
  return options;
}

TEST(SearchTest, FindsThePlantedBugAndItsSeedReproducesIt) {
  const SearchResult result = *Search(PlantedSearch(1));
  ASSERT_TRUE(result.failed_seed.has_value());
  EXPECT_GE(result.runs, *result.failed_seed + 1);
  sim::SeedRunner runner = *sim::SeedRunner::Create("any", {}, &Planted);
  EXPECT_EQ(runner.Run(*result.failed_seed).failure, result.failure);
  for (uint64_t seed = 0; seed < *result.failed_seed; ++seed) {
    EXPECT_EQ(runner.Run(seed).failure, "") << seed;
  }
}

// One run in forty fails, and takes longer than the others, so that a later one
// is often found before it.
ScenarioResult OftenPlanted(const ScenarioOptions& options,
                            sim::Chooser* chooser) {
  ScenarioResult result = sim::RunScenario(options, chooser);
  if (result.hash.low % 40 == 0) {
    result.failure = result.hash.ToString();
    std::this_thread::sleep_for(
        std::chrono::milliseconds(result.hash.high % 5));
  }
  return result;
}

TEST(SearchTest, TheFirstSeedIsFoundWhateverTheNumberOfThreads) {
  for (uint64_t first = 0; first < 10000; first += 200) {
    SearchOptions options;
    options.first = first;
    options.function = &OftenPlanted;
    const SearchResult one = *Search(options);
    options.jobs = 4;
    const SearchResult many = *Search(options);
    ASSERT_EQ(many.failed_seed, one.failed_seed) << first;
    EXPECT_EQ(many.failure, one.failure) << first;
  }
}

TEST(SearchTest, TheShortestFormStillFailsAndIsShort) {
  const SearchResult found = *Search(PlantedSearch(1));
  sim::SeedRunner runner = *sim::SeedRunner::Create("any", {}, &Planted);
  sim::SavedRun whole;
  (void)runner.Record(*found.failed_seed, false, whole);
  const sim::SavedRun shortest =
      ShrinkSeed(runner, *found.failed_seed, 3000, &Planted);
  EXPECT_EQ(shortest.failure.substr(0, 7), "planted");
  EXPECT_LT(shortest.choices.size(), whole.choices.size());
  const absl::StatusOr<sim::SavedRun> parsed =
      sim::ParseSavedRun(sim::FormatSavedRun(shortest));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  sim::RecordedChooser replay(parsed->numbers());
  EXPECT_EQ(Planted(parsed->options, &replay).failure, shortest.failure);
}

TEST(SearchTest, EverySeedOfTheRangeRunsOnce) {
  SearchOptions options;
  options.first = 10;
  options.last = 209;
  options.jobs = 3;
  const SearchResult result = *Search(options);
  EXPECT_EQ(result.runs, 200u);
  EXPECT_FALSE(result.failed_seed.has_value());
  uint64_t requests = 0;
  sim::SeedRunner runner = *sim::SeedRunner::Create("any", {});
  for (uint64_t seed = 10; seed < 210; ++seed) {
    requests += runner.Run(seed).requests;
  }
  EXPECT_EQ(result.requests, requests);
}

TEST(SearchTest, EndsWhenTimeIsUp) {
  SearchOptions options;
  options.time = std::chrono::milliseconds(300);
  options.last = ~uint64_t{0};
  options.first = 0;
  const SearchResult result = *Search(options);
  EXPECT_GT(result.runs, 0u);
  EXPECT_LT(result.elapsed, std::chrono::seconds(30));
}

TEST(SearchTest, AnUnknownProfileIsRefused) {
  SearchOptions options;
  options.profile = "wild";
  EXPECT_FALSE(Search(options).ok());
}

}  // namespace
}  // namespace wharf::simulate
