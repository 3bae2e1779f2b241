// Scenario: a whole program on the engine over the simulated kernel, drawn from
// one Chooser: which requests, with which deadlines, cancels and limits, what
// its peers do, and all that the kernel may answer. It is checked as it goes,
// and what breaks a promise is told instead of asserted, so that a search can
// stop at it.
//
//   RandomChooser chooser(seed, *FindProfile("swarm"));
//   const ScenarioResult result = RunScenario({}, &chooser);
//   if (!result.ok()) Report(result.failure);
//
// The same options and the same answers give the same run, on every platform:
// the recorded list of answers replays it.

#ifndef WHARF_SIM_SCENARIO_SCENARIO_H_
#define WHARF_SIM_SCENARIO_SCENARIO_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/time.h"
#include "sim/chooser.h"
#include "sim/kernel/personality.h"
#include "sim/kernel/rows.h"
#include "sim/trace.h"

namespace wharf::sim {

// What is not drawn.
struct ScenarioOptions {
  // Requests that the program makes, 1 to kMaxRequests; some more to leave in
  // order.
  uint32_t requests = 10;
  // Which kernel; drawn if nothing is said.
  std::optional<Personality> personality = std::nullopt;
  // Keep the trace's entries, not only their hash; and the history of a
  // failure.
  bool keep_trace = false;

  static constexpr uint32_t kMaxRequests = 1000000;
};

// What happened.
struct ScenarioResult {
  // The run's fingerprint, and how many entries it is of.
  TraceHash hash;
  uint64_t entries = 0;
  // The entries, if they were to be kept.
  std::vector<TraceEntry> trace;

  // The first broken promise, for people; "" if there is none.
  std::string failure;
  // For a failure, if the trace was kept: what happened to the operations or
  // right before, one line per entry.
  std::string history;

  Personality personality = Personality::kIoUring;
  RowCounts rows;
  // Requests admitted, how each ended (by OutcomeKind), and those whose caller
  // had gone away.
  uint64_t requests = 0;
  std::array<uint64_t, 6> outcomes = {};
  uint64_t dropped = 0;
  // Requests that the engine refused, rightly.
  uint64_t refused = 0;
  uint64_t operations = 0;
  uint64_t cancels = 0;
  bool crashed = false;
  // From the first moment to the last, on the machine's clock.
  Duration virtual_time = Duration(0);

  bool ok() const { return failure.empty(); }
};

// Runs one scenario from its beginning to its end. `chooser` is borrowed and
// must not be null. Leaks nothing but what an abandoned request quarantines.
// Any thread; one chooser for each.
[[nodiscard]] ScenarioResult RunScenario(const ScenarioOptions& options,
                                         Chooser* chooser);

}  // namespace wharf::sim

#endif  // WHARF_SIM_SCENARIO_SCENARIO_H_
