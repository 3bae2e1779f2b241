// Replay: a life of an engine on the simulated kernel (tests/property), and the
// same life with its completions coming out of a real ring, in the order and
// with the results of the first.

#ifndef WHARF_TESTS_REPLAY_REPLAY_H_
#define WHARF_TESTS_REPLAY_REPLAY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "backends/io_uring/options.h"
#include "sim/trace.h"
#include "tests/differential/port_log.h"
#include "tests/replay/replay_port.h"

namespace wharf::replay {

// One run, as the engine had it.
struct EngineRun {
  // The promise that was broken; "" if none was.
  std::string failure;
  // Of all that the engine asked of its port, what it was told, and the
  // outcomes that it gave, with their times.
  sim::TraceHash hash;
  // The same for people, one line for each thing.
  std::string story;
  // What crossed the engine's port.
  differential::PortLog log;
  uint64_t requests = 0;
};

// The run of `seed`. All kinds of requests and all promises in turn, as the
// property campaign has them, on the simulated io_uring.
EngineRun Simulate(uint64_t seed);

// The same run on a real ring that answers as `script` says: the log of
// Simulate, or what a test has made of it. Errors: the ring's.
absl::StatusOr<EngineRun> Replay(uint64_t seed,
                                 const differential::PortLog& script,
                                 const IoUringOptions& options,
                                 ReplayReport* report);

// "" if an engine could not tell one run from the other; otherwise the first
// difference.
std::string FirstDifference(const EngineRun& one, const EngineRun& other);

}  // namespace wharf::replay

#endif  // WHARF_TESTS_REPLAY_REPLAY_H_
