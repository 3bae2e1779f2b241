// SeedRunner: scenarios by seed. A seed and a profile's name are all that it
// takes to have the same run again.

#ifndef WHARF_SIM_SCENARIO_SEED_RUNNER_H_
#define WHARF_SIM_SCENARIO_SEED_RUNNER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/chooser.h"
#include "sim/random_chooser.h"
#include "sim/scenario/saved_run.h"
#include "sim/scenario/scenario.h"

namespace wharf::sim {

// The name for "each profile in turn": seed n takes the n-th, over and over.
inline constexpr std::string_view kAnyProfile = "any";

// Runs a scenario: RunScenario, or what a test puts in its place.
using ScenarioFunction = ScenarioResult (*)(const ScenarioOptions& options,
                                            Chooser* chooser);

// Keeps its choosers, so that a run costs nothing but itself. Not for
// concurrent use: one for each thread.
class SeedRunner {
 public:
  // INVALID_ARGUMENT, naming the ones there are, if there is no profile of that
  // name. `function` must not be null.
  [[nodiscard]] static absl::StatusOr<SeedRunner> Create(
      std::string_view profile, const ScenarioOptions& options,
      ScenarioFunction function = &RunScenario);

  // The run of that seed.
  ScenarioResult Run(uint64_t seed);
  // The same, with its trace if `keep_trace`; every answer goes into `saved`.
  ScenarioResult Record(uint64_t seed, bool keep_trace, SavedRun& saved);

 private:
  SeedRunner(const ScenarioOptions& options, ScenarioFunction function)
      : options_(options), function_(function) {}

  Chooser* Seeded(uint64_t seed);

  ScenarioOptions options_;
  ScenarioFunction function_;
  std::vector<std::unique_ptr<RandomChooser>> choosers_;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_SCENARIO_SEED_RUNNER_H_
