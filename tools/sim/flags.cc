#include "tools/sim/flags.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <thread>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sim/scenario/saved_run.h"
#include "sim/scenario/scenario.h"
#include "tools/sim/search.h"

ABSL_FLAG(uint64_t, seed, 0, "run: which run. conform: the first program.");
ABSL_FLAG(std::string, seeds, "0..999999",
          "search: the seeds, from the first to the last, A..B.");
ABSL_FLAG(std::string, profile, "any",
          "How rough the kernel is: plain, calm, rough, storm, swarm, crash; "
          "any takes each in turn, by the seed.");
ABSL_FLAG(uint32_t, size, wharf::sim::ScenarioOptions{}.requests,
          "Requests in one run; 1 to 1000000.");
ABSL_FLAG(std::string, personality, "any",
          "Which kernel: io_uring, aio, iocp; any leaves it to the run.");
ABSL_FLAG(bool, trace, false, "run, replay: print every choice and event.");
ABSL_FLAG(std::string, save, "",
          "run, search: write the run's choices to this file; search shortens "
          "them first.");
ABSL_FLAG(uint32_t, jobs, 0,
          "search: threads, 1 to 1024; 0 is one for each processor.");
ABSL_FLAG(uint32_t, seconds, 0,
          "search: begin no run after this time; 0 is no limit.");
ABSL_FLAG(bool, rows, false,
          "search: say how often each row of the fault catalogue happened.");
ABSL_FLAG(uint64_t, min_row_count, 0,
          "search --rows: fail if a row in scope happened less often.");

namespace wharf::simulate {
namespace {

// Both ends of A..B.
absl::Status ParseSeeds(const std::string& text, SearchOptions& options) {
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos ||
      !absl::SimpleAtoi(text.substr(0, dots), &options.first) ||
      !absl::SimpleAtoi(text.substr(dots + 2), &options.last) ||
      options.first > options.last) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--seeds=", text,
        ": must be A..B with A not greater than B, numbers "
        "from 0 to ",
        std::numeric_limits<uint64_t>::max(), "; for example 0..999999"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<sim::ScenarioOptions> ScenarioFromFlags() {
  sim::ScenarioOptions options;
  options.requests = absl::GetFlag(FLAGS_size);
  if (options.requests < 1 ||
      options.requests > sim::ScenarioOptions::kMaxRequests) {
    return absl::InvalidArgumentError(
        absl::StrCat("--size=", options.requests, ": must be 1 to ",
                     sim::ScenarioOptions::kMaxRequests, "; 10 finds most"));
  }
  absl::StatusOr<std::optional<sim::Personality>> personality =
      sim::ParsePersonality(absl::GetFlag(FLAGS_personality));
  if (!personality.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--personality=", personality.status().message()));
  }
  options.personality = *personality;
  return options;
}

absl::StatusOr<SearchOptions> SearchFromFlags() {
  const absl::StatusOr<sim::ScenarioOptions> scenario = ScenarioFromFlags();
  if (!scenario.ok()) return scenario.status();
  SearchOptions options;
  options.scenario = *scenario;
  options.profile = absl::GetFlag(FLAGS_profile);
  absl::Status seeds = ParseSeeds(absl::GetFlag(FLAGS_seeds), options);
  if (!seeds.ok()) return seeds;
  options.jobs = absl::GetFlag(FLAGS_jobs);
  if (options.jobs > 1024) {
    return absl::InvalidArgumentError(
        absl::StrCat("--jobs=", options.jobs,
                     ": must be 0 to 1024; 0 is one for each processor"));
  }
  if (options.jobs == 0) {
    options.jobs = std::max(1u, std::thread::hardware_concurrency());
  }
  if (const uint32_t limit = absl::GetFlag(FLAGS_seconds); limit > 0) {
    options.time = std::chrono::seconds(limit);
    // As many as fit, unless somebody asked for some.
    if (absl::GetFlag(FLAGS_seeds) == "0..999999") {
      options.last = std::numeric_limits<uint64_t>::max();
    }
  }
  return options;
}

std::string ReplayLine(uint64_t seed) {
  return absl::StrCat("wharf sim run --seed=", seed,
                      " --profile=", absl::GetFlag(FLAGS_profile),
                      " --size=", absl::GetFlag(FLAGS_size),
                      " --personality=", absl::GetFlag(FLAGS_personality));
}

}  // namespace wharf::simulate
