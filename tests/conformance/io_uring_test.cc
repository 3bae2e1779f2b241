// The suite on the machine's own io_uring, for each way to set a ring up.

#include <memory>
#include <string_view>

#include "tests/conformance/io_uring_world.h"
#include "tests/conformance/suite.h"

namespace wharf::conformance {
namespace {

template <RingKind kKind>
struct OnRing {
  // Nothing is missing on the kernels that Wharf is tested on.
  static constexpr int kLeastPercent = 100;
  static std::unique_ptr<World> NewWorld() {
    return std::make_unique<IoUringWorld>(kKind);
  }
};
struct Plain : OnRing<RingKind::kPlain> {
  static constexpr std::string_view kName = "Plain";
};
struct DeferTaskrun : OnRing<RingKind::kDeferTaskrun> {
  static constexpr std::string_view kName = "DeferTaskrun";
};
struct SqPoll : OnRing<RingKind::kSqPoll> {
  static constexpr std::string_view kName = "SqPoll";
};

using IoUringInstances = testing::Types<Plain, DeferTaskrun, SqPoll>;
WHARF_CONFORMANCE(IoUring, IoUringInstances);

}  // namespace
}  // namespace wharf::conformance
