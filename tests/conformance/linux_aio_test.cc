// The suite on the machine's own Linux AIO, with streams of either kind.

#include <memory>
#include <string_view>

#include "tests/conformance/linux_aio_world.h"
#include "tests/conformance/suite.h"

namespace wharf::conformance {
namespace {

template <bool kNonblocking>
struct OnAio {
  // The port has everything, whatever the kernel leaves to it.
  static constexpr int kLeastPercent = 100;
  static std::unique_ptr<World> NewWorld() {
    return std::make_unique<LinuxAioWorld>(kNonblocking);
  }
};
struct Blocking : OnAio<false> {
  static constexpr std::string_view kName = "Blocking";
};
struct NonBlocking : OnAio<true> {
  static constexpr std::string_view kName = "NonBlocking";
};

using LinuxAioInstances = testing::Types<Blocking, NonBlocking>;
WHARF_CONFORMANCE(LinuxAio, LinuxAioInstances);

}  // namespace
}  // namespace wharf::conformance
