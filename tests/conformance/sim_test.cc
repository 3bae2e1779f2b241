// The suite on the simulated kernel, as each of the kernels that it stands for.

#include <memory>
#include <string_view>

#include "tests/conformance/sim_world.h"
#include "tests/conformance/suite.h"

namespace wharf::conformance {
namespace {

struct SimIoUring {
  static constexpr std::string_view kName = "SimIoUring";
  static constexpr int kLeastPercent = 95;
  static std::unique_ptr<World> NewWorld() {
    return std::make_unique<SimWorld>(sim::Personality::kIoUring);
  }
};

struct SimLinuxAio {
  static constexpr std::string_view kName = "SimLinuxAio";
  static constexpr int kLeastPercent = 95;
  static std::unique_ptr<World> NewWorld() {
    return std::make_unique<SimWorld>(sim::Personality::kLinuxAio);
  }
};

// Its port has no polls, and makes no files.
struct SimIocp {
  static constexpr std::string_view kName = "SimIocp";
  static constexpr int kLeastPercent = 70;
  static std::unique_ptr<World> NewWorld() {
    return std::make_unique<SimWorld>(sim::Personality::kIocp);
  }
};

using SimInstances = testing::Types<SimIoUring, SimLinuxAio, SimIocp>;
WHARF_CONFORMANCE(Sim, SimInstances);

}  // namespace
}  // namespace wharf::conformance
