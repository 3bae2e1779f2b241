// NarrowPort: a port that says it takes less in one operation than it does, so
// that the engine's splitting is seen on every kernel without gigabytes.

#ifndef WHARF_TESTS_CONFORMANCE_NARROW_PORT_H_
#define WHARF_TESTS_CONFORMANCE_NARROW_PORT_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "engine/port.h"
#include "sim/forwarding_port.h"

namespace wharf::conformance {

// Limits of a port that are to be lower than they are.
struct PortLimits {
  uint32_t max_vectors = ~uint32_t{0};
  uint64_t max_operation_bytes = ~uint64_t{0};
  // Bits that it is not to have.
  uint32_t without_features = 0;
};

// Has lower limits than the port underneath.
class NarrowPort final : public sim::ForwardingPort {
 public:
  NarrowPort(std::unique_ptr<CompletionPort> port, const PortLimits& limits)
      : ForwardingPort(std::move(port)),
        capabilities_(ForwardingPort::Capabilities()) {
    capabilities_.max_vectors =
        std::min(capabilities_.max_vectors, limits.max_vectors);
    capabilities_.max_operation_bytes =
        std::min(capabilities_.max_operation_bytes, limits.max_operation_bytes);
    capabilities_.features &= ~limits.without_features;
  }

  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }

 private:
  PortCapabilities capabilities_;
};

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_NARROW_PORT_H_
