#include "tests/determinism/corpus.h"

#include <memory>
#include <utility>

#include "sim/scenario/seed_runner.h"

namespace wharf::determinism {
namespace {

template <class Function>
void ForEachSeed(uint64_t block, const Function& function) {
  for (uint64_t i = 0; i < kSeedsPerBlock; ++i) {
    function(block * kSeedsPerBlock + i);
  }
}

}  // namespace

RunSeed ProductRuns() {
  auto runner = std::make_shared<sim::SeedRunner>(
      *sim::SeedRunner::Create(sim::kAnyProfile, {}));
  return [runner](uint64_t seed, bool keep_trace) {
    if (!keep_trace) return runner->Run(seed);
    sim::SavedRun saved;
    return runner->Record(seed, true, saved);
  };
}

std::string BlockDigest(uint64_t block, const RunSeed& run) {
  // A trace of traces.
  sim::Trace digest;
  ForEachSeed(block, [&](uint64_t seed) {
    const sim::ScenarioResult result = run(seed, false);
    digest.Add(Time(), sim::TraceKind::kUser, "run", seed,
               static_cast<int64_t>(result.hash.high),
               static_cast<int64_t>(result.hash.low));
  });
  return digest.Hash().ToString();
}

std::string BlockHashes(uint64_t block, const RunSeed& run) {
  std::string text;
  ForEachSeed(block, [&](uint64_t seed) {
    text += "seed " + std::to_string(seed) + " " +
            run(seed, false).hash.ToString() + "\n";
  });
  return text;
}

std::string FirstDivergence(uint64_t block, const RunSeed& expected,
                            const RunSeed& actual) {
  std::string text;
  ForEachSeed(block, [&](uint64_t seed) {
    if (!text.empty()) return;
    const sim::ScenarioResult first = expected(seed, true);
    const sim::ScenarioResult second = actual(seed, true);
    if (first.hash == second.hash) return;
    text = "seed " + std::to_string(seed) + ": " +
           sim::FirstDifference(first.trace, second.trace);
  });
  return text;
}

}  // namespace wharf::determinism
