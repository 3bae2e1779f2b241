#include "tests/property/campaign.h"

#include <chrono>
#include <utility>

#include "sim/profiles.h"
#include "sim/random_chooser.h"
#include "tests/property/world.h"

namespace wharf::property {
namespace {

using Clock = std::chrono::steady_clock;

// How rough the kernel is: rotates with the seed, so that each is met often.
constexpr std::string_view kProfiles[] = {"swarm", "calm", "rough", "storm"};

std::string RunOnce(const Focus& focus, CaseChooser& choices,
                    sim::TraceHash* hash, std::string* story) {
  World world(focus, &choices, story != nullptr);
  WorldResult result = world.Run();
  *hash = result.hash;
  if (story != nullptr) *story = std::move(result.log);
  return result.failure;
}

// A second run of the same case must be the same run (G18).
std::string CompareWithSecondRun(const Focus& focus, const Case& one,
                                 const sim::TraceHash& hash) {
  CaseChooser choices(one);
  sim::TraceHash again;
  std::string failure = RunOnce(focus, choices, &again, nullptr);
  if (!failure.empty()) return failure;
  return again == hash
             ? ""
             : "two runs of the same case differ: " + hash.ToString() +
                   " and " + again.ToString() + " (G18)";
}

const Focus& FocusOf(std::string_view property, uint64_t seed) {
  if (!property.empty()) return *FindFocus(property);
  return AllFocuses()[seed % AllFocuses().size()];
}

}  // namespace

std::string CampaignCommand(const Focus& focus) {
  return "bazel run //tests/property:campaign -- --property " +
         std::string(focus.name.substr(0, focus.name.find('_')));
}

std::string RunCase(const Focus& focus, const Case& one, std::string* story) {
  CaseChooser choices(one);
  sim::TraceHash hash;
  std::string failure = RunOnce(focus, choices, &hash, story);
  if (failure.empty() && focus.twice) {
    failure = CompareWithSecondRun(focus, one, hash);
  }
  return failure;
}

std::string RunSeed(const Focus& focus, uint64_t seed, Case* made) {
  const std::string_view profile =
      focus.profile.empty() ? kProfiles[seed / 32 % std::size(kProfiles)]
                            : focus.profile;
  sim::RandomChooser program(seed);
  sim::RandomChooser machine(seed, *sim::FindProfile(profile));
  CaseChooser choices(&program, &machine);
  sim::TraceHash hash;
  std::string failure = RunOnce(focus, choices, &hash, nullptr);
  if (failure.empty() && focus.twice) {
    failure = CompareWithSecondRun(focus, choices.taken(), hash);
  }
  if (made != nullptr) *made = choices.taken();
  return failure;
}

std::optional<Failure> RunCampaign(uint64_t seed_begin, uint64_t runs,
                                   const CampaignOptions& options,
                                   uint64_t* runs_done) {
  const Clock::time_point end =
      Clock::now() + std::chrono::seconds(options.seconds);
  for (uint64_t i = 0; i < runs; ++i) {
    if (options.seconds > 0 && Clock::now() >= end) break;
    const uint64_t seed = seed_begin + i;
    const Focus& focus = FocusOf(options.property, seed);
    Case made;
    std::string message = RunSeed(focus, seed, &made);
    if (runs_done != nullptr) *runs_done = i + 1;
    if (message.empty()) continue;
    Failure failure;
    failure.runs_to_fail = i + 1;
    failure.property = focus.name;
    failure.seed = seed;
    failure.message = std::move(message);
    failure.replay = CampaignCommand(focus) + " --seed " +
                     std::to_string(seed) + " --runs 1";
    if (options.shrink_runs > 0) {
      const Case shrunk =
          ShrinkCase(focus, std::move(made), options.shrink_runs);
      const std::string shrunk_message = RunCase(focus, shrunk, &failure.story);
      failure.story += shrunk_message + "\nagain: " + CampaignCommand(focus) +
                       " --case " + FormatCase(shrunk) + "\n";
    }
    return failure;
  }
  return std::nullopt;
}

}  // namespace wharf::property
