// EngineStats: counters of one engine, for metrics and for tests.

#ifndef WHARF_ENGINE_ENGINE_STATS_H_
#define WHARF_ENGINE_ENGINE_STATS_H_

#include <cstdint>

namespace wharf {

// All counts are since the engine was made. Written by the loop thread only;
// read it there.
struct EngineStats {
  // Requests refused with an error.
  uint64_t refused = 0;
  // Requests ended, by OutcomeKind, dropped ones included.
  uint64_t outcomes[6] = {};
  // Operations the port accepted.
  uint64_t operations = 0;
  // Operations the port did not take at once.
  uint64_t backpressure = 0;
  // Completions that asked for another operation: short transfers, transient
  // answers, syncs after writes.
  uint64_t continued = 0;
  // Cancels passed to the port.
  uint64_t cancels = 0;
  // Completions of operations that nobody waits for: duplicates, unknown
  // identities. Always 0 with a correct port.
  uint64_t stray_completions = 0;
  uint64_t turns = 0;

  // Requests that have had their outcome.
  constexpr uint64_t ended() const {
    uint64_t sum = 0;
    for (const uint64_t count : outcomes) sum += count;
    return sum;
  }
};

}  // namespace wharf

#endif  // WHARF_ENGINE_ENGINE_STATS_H_
