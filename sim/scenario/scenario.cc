#include "sim/scenario/scenario.h"

#include "sim/scenario/arena.h"
#include "sim/scenario/program.h"

namespace wharf::sim {

ScenarioResult RunScenario(const ScenarioOptions& options, Chooser* chooser) {
  // Kept for the next run of this thread: nobody uses it any more when a run is
  // over, since even what was abandoned dies with its kernel.
  thread_local Arena arena;
  arena.Reset();
  Program program(options, chooser, &arena);
  return program.Run();
}

}  // namespace wharf::sim
