#include "sim/scenario/scenario.h"

#include "sim/scenario/arena.h"
#include "sim/scenario/program.h"

namespace wharf::sim {

ScenarioResult RunScenario(const ScenarioOptions& options, Chooser* chooser) {
  // Behind the program: even what it abandons dies with its kernel.
  Arena arena;
  Program program(options, chooser, &arena);
  return program.Run();
}

}  // namespace wharf::sim
