// LoopbackPort: a port without a kernel. What it takes in Submit it answers in
// the next Reap, so that what is left to measure is the engine itself.

#ifndef WHARF_BENCH_LOOPBACK_PORT_H_
#define WHARF_BENCH_LOOPBACK_PORT_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/port.h"

namespace wharf::bench {

// Has every opcode; each operation transfers all of its bytes without touching
// them. Time stands still. Not for sleeping: a Reap with nothing to answer
// returns 0 at once.
class LoopbackPort final : public CompletionPort {
 public:
  // Room for `depth` operations.
  explicit LoopbackPort(uint32_t depth)
      : taken_(std::bit_ceil(depth)), mask_(taken_.size() - 1) {
    capabilities_.name = "loopback";
    capabilities_.opcodes = (uint64_t{1} << kOpcodeCount) - 1;
    capabilities_.features = kFeatureDurableWrite | kFeatureDataSync |
                             kFeatureCancel | kFeatureCurrentPosition;
    capabilities_.max_in_flight = depth;
  }

  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }

  std::size_t Submit(std::span<const Operation> operations) override {
    const std::size_t count = std::min<std::size_t>(
        operations.size(), capabilities_.max_in_flight - (end_ - begin_));
    for (std::size_t i = 0; i < count; ++i, ++end_) {
      const Operation& operation = operations[i];
      taken_[end_ & mask_] = {.id = operation.id,
                              .result = static_cast<int64_t>(operation.length)};
    }
    return count;
  }

  void Cancel(OperationId) override {}

  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait) override {
    const std::size_t count = std::min(completions.size(), end_ - begin_);
    for (std::size_t i = 0; i < count; ++i, ++begin_) {
      completions[i] = taken_[begin_ & mask_];
    }
    return count;
  }

  void Wake() override {}
  Time Now() override { return Time(); }
  CloseReport Close() override { return {}; }

 private:
  PortCapabilities capabilities_;
  std::vector<Completion> taken_;
  std::size_t mask_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace wharf::bench

#endif  // WHARF_BENCH_LOOPBACK_PORT_H_
