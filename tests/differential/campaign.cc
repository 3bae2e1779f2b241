#include "tests/differential/campaign.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sim/kernel/personality.h"
#include "sim/profiles.h"
#include "sim/random_chooser.h"
#include "tests/differential/driver.h"
#include "tests/differential/generate.h"
#include "tests/differential/simulated_world.h"

namespace wharf::differential {
namespace {

// Programs between two reports of progress.
constexpr uint64_t kProgress = 100;
// Real kernels do not repeat themselves: a shorter program counts as failing if
// one of so many runs fails.
constexpr int kShrinkRuns = 3;

// One world, and the memory for its runs.
class Judge {
 public:
  Judge(World& world, const AdmitOptions& options)
      : world_(world), options_(options) {}

  // Runs the program; "" if it was admitted.
  std::string Run(const Program& program) {
    Observe(program, world_, real_, observation_);
    if (!observation_.result.problem.empty()) {
      stuck_ = true;
      return absl::StrCat(
          "could not be run to its end: ", observation_.result.problem, "\n");
    }
    verdict_ = Admit(program, observation_, simulated_, options_);
    if (verdict_.admitted) return "";
    return absl::StrCat("not admitted after ", verdict_.attempts, " attempts\n",
                        verdict_.report);
  }

  // Takes operations and steps out of a failing program while it still fails.
  // `failure` is that of the program and becomes that of the shorter one.
  Program Shrink(Program program, std::string& failure) {
    for (std::size_t i = program.steps.size(); i-- > 0 && !stuck_;) {
      Program shorter = program;
      shorter.steps.erase(shorter.steps.begin() +
                          static_cast<std::ptrdiff_t>(i));
      TryShorter(program, shorter, failure);
    }
    for (std::size_t i = program.operations.size(); i-- > 0 && !stuck_;) {
      if (program.operations[i].skipped) continue;
      Program shorter = program;
      shorter.operations[i].skipped = true;
      TryShorter(program, shorter, failure);
    }
    return program;
  }

  // A real kernel has not given something back: it cannot be used any more.
  bool stuck() const { return stuck_; }
  const Observation& observation() const { return observation_; }
  const Verdict& verdict() const { return verdict_; }
  Driver& simulated() { return simulated_; }

 private:
  void TryShorter(Program& program, const Program& shorter,
                  std::string& failure) {
    for (int run = 0; run < kShrinkRuns && !stuck_; ++run) {
      std::string found = Run(shorter);
      if (found.empty()) continue;
      failure = std::move(found);
      program = shorter;
      return;
    }
  }

  World& world_;
  const AdmitOptions& options_;
  Driver real_;
  Driver simulated_;
  Observation observation_;
  Verdict verdict_;
  bool stuck_ = false;
};

}  // namespace

CampaignResult RunCampaign(World& world, const CampaignOptions& options) {
  CampaignResult result;
  Judge judge(world, options.admit);
  sim::RandomChooser random(0, *sim::FindProfile("rough"));
  PortLog simulated_log;
  // What both have.
  PortCapabilities capabilities = world.port().Capabilities();
  const PortCapabilities simulated = sim::CapabilitiesOf(
      options.admit.personality, capabilities.max_in_flight);
  capabilities.opcodes &= simulated.opcodes;
  capabilities.features &= simulated.features;
  for (uint64_t i = 0; i < options.programs; ++i) {
    const uint64_t seed = options.first_seed + i;
    const Program program = Generate(seed, capabilities);
    std::string failure = judge.Run(program);
    if (!failure.empty()) {
      result.failed_seeds.push_back(seed);
      if (result.failure.empty()) {
        const Program shortest = judge.Shrink(program, failure);
        result.failure = absl::StrCat(Describe(shortest), failure);
      }
      if (judge.stuck() ||
          result.failed_seeds.size() >= options.max_divergences) {
        break;
      }
      continue;
    }
    const PortLog& log = judge.observation().log;
    ++result.programs;
    result.operations += log.operations.size();
    result.completions += log.completions.size();
    result.cancels += log.cancels.size();
    result.attempts += judge.verdict().attempts;
    result.most_attempts =
        std::max(result.most_attempts, judge.verdict().attempts);
    if (options.count_outcomes) {
      result.real.Add(log);
      random.Reseed(seed);
      SimulatedWorld free_world(&random, options.admit.personality,
                                capabilities.max_in_flight);
      Observation free;
      Observe(program, free_world, judge.simulated(), free);
      result.simulated.Add(free.log);
    }
    if (options.progress && result.programs % kProgress == 0) {
      options.progress(result.programs);
    }
  }
  return result;
}

}  // namespace wharf::differential
