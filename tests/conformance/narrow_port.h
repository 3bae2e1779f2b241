// NarrowPort: a port that says it takes less in one operation than it does, so
// that the engine's splitting is seen on every kernel without gigabytes.

#ifndef WHARF_TESTS_CONFORMANCE_NARROW_PORT_H_
#define WHARF_TESTS_CONFORMANCE_NARROW_PORT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "engine/port.h"

namespace wharf::conformance {

// Limits of a port that are to be lower than they are.
struct PortLimits {
  uint32_t max_vectors = ~uint32_t{0};
  uint64_t max_operation_bytes = ~uint64_t{0};
  // Bits that it is not to have.
  uint32_t without_features = 0;
};

// Passes everything on.
class NarrowPort final : public CompletionPort {
 public:
  NarrowPort(std::unique_ptr<CompletionPort> port, const PortLimits& limits)
      : port_(std::move(port)), capabilities_(port_->Capabilities()) {
    capabilities_.max_vectors =
        std::min(capabilities_.max_vectors, limits.max_vectors);
    capabilities_.max_operation_bytes =
        std::min(capabilities_.max_operation_bytes, limits.max_operation_bytes);
    capabilities_.features &= ~limits.without_features;
  }

  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }
  std::size_t Submit(std::span<const Operation> operations) override {
    return port_->Submit(operations);
  }
  void Cancel(OperationId id) override { port_->Cancel(id); }
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override {
    return port_->Reap(completions, wait);
  }
  void Wake() override { port_->Wake(); }
  Time Now() override { return port_->Now(); }
  CloseReport Close() override { return port_->Close(); }

 private:
  std::unique_ptr<CompletionPort> port_;
  PortCapabilities capabilities_;
};

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_NARROW_PORT_H_
