#include "sim/scenario/seed_runner.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "sim/profiles.h"
#include "sim/recording_chooser.h"

namespace wharf::sim {

absl::StatusOr<SeedRunner> SeedRunner::Create(std::string_view profile,
                                              const ScenarioOptions& options,
                                              ScenarioFunction function) {
  SeedRunner runner(options, function);
  std::string known;
  for (const std::string_view name : ProfileNames()) {
    known += std::string(name) + ", ";
    if (profile != kAnyProfile && profile != name) continue;
    runner.choosers_.push_back(
        std::make_unique<RandomChooser>(0, *FindProfile(name)));
  }
  if (runner.choosers_.empty()) {
    return absl::InvalidArgumentError(std::string(profile) +
                                      ": no such profile; take one of " +
                                      known + std::string(kAnyProfile));
  }
  return runner;
}

Chooser* SeedRunner::Seeded(uint64_t seed) {
  RandomChooser* chooser = choosers_[seed % choosers_.size()].get();
  chooser->Reseed(seed);
  return chooser;
}

ScenarioResult SeedRunner::Run(uint64_t seed) {
  return function_(options_, Seeded(seed));
}

ScenarioResult SeedRunner::Record(uint64_t seed, bool keep_trace,
                                  SavedRun& saved) {
  RecordingChooser recording(Seeded(seed));
  ScenarioOptions options = options_;
  options.keep_trace = keep_trace;
  ScenarioResult result = function_(options, &recording);
  saved.options = options_;
  saved.failure = result.failure;
  saved.choices.clear();
  for (const Choice& choice : recording.choices()) {
    saved.choices.push_back(
        {choice.n, choice.chosen, std::string(choice.label)});
  }
  return result;
}

}  // namespace wharf::sim
