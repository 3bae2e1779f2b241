// Search: many seeds on several threads, until one fails.

#ifndef WHARF_TOOLS_SIM_SEARCH_H_
#define WHARF_TOOLS_SIM_SEARCH_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/kernel/rows.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/seed_runner.h"

namespace wharf::simulate {

// Which runs.
struct SearchOptions {
  // The seeds from `first` to `last`, both included.
  uint64_t first = 0;
  uint64_t last = 999999;
  uint32_t jobs = 1;
  std::string profile = "any";
  sim::ScenarioOptions scenario;
  // No run begins after this; nothing: no limit.
  std::optional<std::chrono::nanoseconds> time;
  // Called every fifth of a second, on the calling thread.
  std::function<void(uint64_t runs)> progress;
  // What a test puts in RunScenario's place.
  sim::ScenarioFunction function = &sim::RunScenario;
};

// What came of it.
struct SearchResult {
  uint64_t runs = 0;
  uint64_t requests = 0;
  std::chrono::nanoseconds elapsed = std::chrono::nanoseconds(0);
  std::chrono::nanoseconds virtual_time = std::chrono::nanoseconds(0);
  sim::RowCounts rows;
  // The first seed, of those in order, that failed; however many jobs.
  std::optional<uint64_t> failed_seed;
  std::string failure;
};

// Runs them. Blocks until all are done, one has failed, or time is up.
// INVALID_ARGUMENT if there is no such profile.
[[nodiscard]] absl::StatusOr<SearchResult> Search(const SearchOptions& options);

// The simplest choices found, with at most `max_runs` runs, that fail with a
// text of the same words (numbers aside) as seed `seed`; with its failure.
sim::SavedRun ShrinkSeed(sim::SeedRunner& runner, uint64_t seed,
                         uint64_t max_runs,
                         sim::ScenarioFunction function = &sim::RunScenario);

}  // namespace wharf::simulate

#endif  // WHARF_TOOLS_SIM_SEARCH_H_
