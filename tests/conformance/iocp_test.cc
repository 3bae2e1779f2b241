// The suite on the machine's own completion ports: Wine's, or Windows' own.

#include <memory>
#include <string_view>

#include "tests/conformance/iocp_world.h"
#include "tests/conformance/suite.h"

namespace wharf::conformance {
namespace {

template <bool kSkip>
struct OnCompletionPort {
  // There is no poll, no allocation, no current position.
  static constexpr int kLeastPercent = 88;
  static std::unique_ptr<World> NewWorld() {
    return std::make_unique<IocpWorld>(kSkip);
  }
};
struct Plain : OnCompletionPort<false> {
  static constexpr std::string_view kName = "Plain";
};
struct SkipOnSuccess : OnCompletionPort<true> {
  static constexpr std::string_view kName = "SkipOnSuccess";
};

using IocpInstances = testing::Types<Plain, SkipOnSuccess>;
WHARF_CONFORMANCE(Iocp, IocpInstances);

}  // namespace
}  // namespace wharf::conformance
