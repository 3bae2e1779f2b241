// The suite on the simulated kernel, as each of the kernels that it stands for:
// where nothing ever goes wrong, and where nothing is in order or in one piece.
//
//   bazel run //tests/conformance:sim_test -- --gtest_repeat=100
//
// runs the latter with other choices each time.

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/random.h"
#include "tests/conformance/restless_chooser.h"
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

// The same for a test whichever others run; another one for each of its worlds,
// and each time that it is repeated.
uint64_t NextSeed() {
  static auto* const worlds = new std::map<const testing::TestInfo*, uint64_t>;
  const testing::TestInfo* test =
      testing::UnitTest::GetInstance()->current_test_info();
  const uint64_t seed =
      sim::HashName(absl::StrCat(test->test_suite_name(), ".", test->name()));
  return seed + (*worlds)[test]++;
}

// A port passes short and transient answers on; an engine makes them good.
template <class Plain, sim::Personality kPersonality, bool kForEngine>
struct Restless {
  static constexpr int kLeastPercent = Plain::kLeastPercent;
  static std::unique_ptr<World> NewWorld() {
    return std::make_unique<SimWorld>(
        kPersonality, std::make_unique<RestlessChooser>(
                          NextSeed(), kPersonality, kForEngine));
  }
};
template <bool kForEngine>
struct RestlessIoUring
    : Restless<SimIoUring, sim::Personality::kIoUring, kForEngine> {
  static constexpr std::string_view kName = "RestlessIoUring";
};
template <bool kForEngine>
struct RestlessLinuxAio
    : Restless<SimLinuxAio, sim::Personality::kLinuxAio, kForEngine> {
  static constexpr std::string_view kName = "RestlessLinuxAio";
};
template <bool kForEngine>
struct RestlessIocp : Restless<SimIocp, sim::Personality::kIocp, kForEngine> {
  static constexpr std::string_view kName = "RestlessIocp";
};

template <bool kForEngine>
using SimInstances =
    testing::Types<SimIoUring, SimLinuxAio, SimIocp,
                   RestlessIoUring<kForEngine>, RestlessLinuxAio<kForEngine>,
                   RestlessIocp<kForEngine>>;
using SimPorts = SimInstances</*kForEngine=*/false>;
using SimEngines = SimInstances</*kForEngine=*/true>;
WHARF_CONFORMANCE_OF_PORT(Sim, SimPorts);
WHARF_CONFORMANCE_OF_ENGINE(Sim, SimEngines);

}  // namespace
}  // namespace wharf::conformance
