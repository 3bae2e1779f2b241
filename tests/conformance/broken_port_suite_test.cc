// The suite on a port that lies as the environment says: see
// broken_port_test.cc.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "tests/conformance/broken_port.h"
#include "tests/conformance/port_suite.h"
#include "tests/conformance/sim_world.h"

namespace wharf::conformance {
namespace {

class BrokenWorld final : public SimWorld {
 public:
  explicit BrokenWorld(Lie lie)
      : SimWorld(sim::Personality::kIoUring), lie_(lie) {}

  absl::StatusOr<std::unique_ptr<CompletionPort>> OpenPort(
      uint32_t max_in_flight) override {
    absl::StatusOr<std::unique_ptr<CompletionPort>> honest =
        SimWorld::OpenPort(BrokenPort::RoomFor(lie_, max_in_flight));
    if (!honest.ok()) return honest;
    return std::make_unique<BrokenPort>(lie_, *std::move(honest),
                                        max_in_flight);
  }

 private:
  const Lie lie_;
};

struct Broken {
  static constexpr std::string_view kName = "Broken";
  static constexpr int kLeastPercent = 90;
  static std::unique_ptr<World> NewWorld() {
    const char* name = std::getenv("WHARF_LIE");
    const std::optional<Lie> lie = LieFromName(name == nullptr ? "none" : name);
    if (!lie) std::abort();
    return std::make_unique<BrokenWorld>(*lie);
  }
};

using BrokenInstances = testing::Types<Broken>;
WHARF_CONFORMANCE_OF_PORT(Port, BrokenInstances);

}  // namespace
}  // namespace wharf::conformance
