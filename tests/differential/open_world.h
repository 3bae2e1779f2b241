// OpenWorld: the real kernels of this build on which programs can be run.

#ifndef WHARF_TESTS_DIFFERENTIAL_OPEN_WORLD_H_
#define WHARF_TESTS_DIFFERENTIAL_OPEN_WORLD_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "sim/kernel/personality.h"
#include "tests/differential/world.h"

namespace wharf::differential {

// A world, and which simulated kernel has to admit what happens in it.
struct OpenedWorld {
  std::unique_ptr<World> world;
  sim::Personality personality = sim::Personality::kIoUring;
  // The simulated kernel's own error codes are this one's. Windows has several
  // for the same error.
  bool compare_native = true;
};

// The name of the port that programs are run on if nobody says which.
std::string DefaultPort();

// The world of the port of that name, as `wharf cp --backend` has it, with its
// files below `scratch` ("": where they cost least). INVALID_ARGUMENT if this
// build has no such world; else why it cannot be opened here.
absl::StatusOr<OpenedWorld> OpenWorld(const std::string& port,
                                      const std::string& scratch);

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_OPEN_WORLD_H_
