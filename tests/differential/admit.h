// Admit: whether the simulated kernel admits what a real one did: whether there
// are choices for which it gives the same completions, in the same order, with
// the same bytes, and leaves the same files behind.

#ifndef WHARF_TESTS_DIFFERENTIAL_ADMIT_H_
#define WHARF_TESTS_DIFFERENTIAL_ADMIT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/kernel/personality.h"
#include "tests/differential/driver.h"
#include "tests/differential/port_log.h"
#include "tests/differential/program.h"
#include "tests/differential/world.h"

namespace wharf::differential {

// What a real kernel did with a program.
struct Observation {
  PortLog log;
  RunResult result;
  uint32_t max_in_flight = 1;
};

// Runs the program on the world and writes down what happened. The memory of
// `driver` and `observation` is used again.
void Observe(const Program& program, World& world, Driver& driver,
             Observation& observation);

// How hard to look.
struct AdmitOptions {
  sim::Personality personality = sim::Personality::kIoUring;
  // Attempts to follow the observation before it counts as not admitted.
  uint64_t max_attempts = 50'000;
  // Error codes of the kernel's own have to be the same.
  bool compare_native = true;
  // Decisions that the simulated kernel is taken away: always option 0. For
  // tests that see a simulator fail that knows less than the real kernel.
  std::vector<std::string_view> forbidden = {};
  // Runs with random choices that tell, where it could not follow, what it
  // would have done instead.
  uint32_t alternatives = 300;
};

// The answer.
struct Verdict {
  bool admitted = false;
  // Runs that it took.
  uint64_t attempts = 0;
  // If not admitted, for people: the observation, with the first completion
  // that could not be followed, why, and what the simulator would have allowed
  // there.
  std::string report;
};

// Looks for such choices.
Verdict Admit(const Program& program, const Observation& observation,
              Driver& driver, const AdmitOptions& options);

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_ADMIT_H_
