// One scenario whose every decision is read from a fuzzer's input.

#ifndef WHARF_FUZZ_SCENARIO_FROM_BYTES_H_
#define WHARF_FUZZ_SCENARIO_FROM_BYTES_H_

#include <cstdint>
#include <span>

#include "fuzz/check.h"
#include "sim/bytes_chooser.h"
#include "sim/kernel/personality.h"
#include "sim/scenario/scenario.h"

namespace wharf::fuzz {

// Runs it; ends the program if a promise is broken. The history of the failure
// is kept: a fuzzer's input is short.
inline void RunScenarioFromBytes(std::span<const uint8_t> bytes,
                                 sim::Personality personality) {
  sim::BytesChooser chooser(bytes);
  const sim::ScenarioResult result = sim::RunScenario(
      {.requests = 10, .personality = personality, .keep_trace = true},
      &chooser);
  if (!result.ok()) {
    std::fputs(result.history.c_str(), stderr);
    Fail(result.failure);
  }
}

}  // namespace wharf::fuzz

#endif  // WHARF_FUZZ_SCENARIO_FROM_BYTES_H_
