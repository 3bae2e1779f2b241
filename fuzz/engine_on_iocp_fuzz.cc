// The engine on the simulated iocp kernel: the input is the schedule, that is
// the program and all that the kernel answers (sim/scenario/scenario.h).

#include <cstddef>
#include <cstdint>

#include "fuzz/scenario_from_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  wharf::fuzz::RunScenarioFromBytes({data, size},
                                    wharf::sim::Personality::kIocp);
  return 0;
}
