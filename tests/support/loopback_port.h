// LoopbackPort: a deterministic kernel without memory of its own, for tests of
// what the engine itself costs. It completes operations at the next Reap, in
// full or as told, and never allocates after it was made.

#ifndef WHARF_TESTS_SUPPORT_LOOPBACK_PORT_H_
#define WHARF_TESTS_SUPPORT_LOOPBACK_PORT_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "engine/error.h"
#include "engine/io_vector.h"
#include "engine/port.h"

namespace wharf::testing_support {

// Every opcode and feature. Loop thread, except Wake (which does nothing: a
// Reap never sleeps, it moves the clock).
class LoopbackPort final : public CompletionPort {
 public:
  static constexpr std::size_t kMaxInFlight = 256;

  LoopbackPort() {
    for (int i = 0; i < kOpcodeCount; ++i) {
      capabilities_.Add(static_cast<Opcode>(i));
    }
    capabilities_.name = "loopback";
    capabilities_.features = ~uint32_t{0};
    capabilities_.max_vectors = 16;
    capabilities_.max_in_flight = kMaxInFlight;
  }

  // Operations wait for a Cancel instead of completing.
  void Hold(bool hold) { hold_ = hold; }
  // Transfers of more than one byte complete with half of it, rounded down.
  void Halve(bool halve) { halve_ = halve; }
  // Every other receive and send first says "would block".
  void Block(bool block) { block_ = block; }

  // Operations accepted so far.
  uint64_t submitted() const { return submitted_; }

  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }

  std::size_t Submit(std::span<const Operation> operations) override {
    const std::size_t taken =
        std::min(operations.size(), kMaxInFlight - count_);
    for (std::size_t i = 0; i < taken; ++i) {
      entries_[count_++] = {operations[i], false};
    }
    submitted_ += taken;
    return taken;
  }

  void Cancel(OperationId id) override {
    for (std::size_t i = 0; i < count_; ++i) {
      if (entries_[i].operation.id == id) entries_[i].cancelled = true;
    }
  }

  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override {
    std::size_t done = 0;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const Entry entry = entries_[i];
      if (done == completions.size() || (hold_ && !entry.cancelled)) {
        entries_[kept++] = entry;
        continue;
      }
      completions[done++] = {.id = entry.operation.id,
                             .result = ResultOf(entry)};
    }
    count_ = kept;
    if (done == 0 && wait.until != kNever) now_ = std::max(now_, wait.until);
    return done;
  }

  void Wake() override {}
  Time Now() override { return now_; }
  CloseReport Close() override { return {}; }

 private:
  struct Entry {
    Operation operation;
    bool cancelled = false;
  };

  int64_t ResultOf(const Entry& entry) {
    const Operation& operation = entry.operation;
    if (entry.cancelled) return -static_cast<int64_t>(Error::kCancelled);
    switch (operation.opcode) {
      case Opcode::kNop:
      case Opcode::kSync:
      case Opcode::kAllocate:
      case Opcode::kClose:
      case Opcode::kShutdown:
      case Opcode::kConnect:
        return 0;
      case Opcode::kOpen:
      case Opcode::kAccept:
        return 1;
      case Opcode::kPoll:
        return operation.mode;
      case Opcode::kReceive:
      case Opcode::kSend:
        if (block_ && (blocked_ = !blocked_)) {
          return -static_cast<int64_t>(Error::kWouldBlock);
        }
        return Part(operation.length);
      case Opcode::kReadVectored:
      case Opcode::kWriteVectored:
      case Opcode::kSendVectored: {
        uint64_t sum = 0;
        const auto* vectors = static_cast<const IoVector*>(operation.data);
        for (uint64_t i = 0; i < operation.length; ++i) {
          sum += vectors[i].length;
        }
        return Part(sum);
      }
      default:
        return Part(operation.length);
    }
  }

  int64_t Part(uint64_t bytes) const {
    return static_cast<int64_t>(halve_ && bytes > 1 ? bytes / 2 : bytes);
  }

  PortCapabilities capabilities_;
  std::array<Entry, kMaxInFlight> entries_;
  std::size_t count_ = 0;
  uint64_t submitted_ = 0;
  Time now_;
  bool hold_ = false;
  bool halve_ = false;
  bool block_ = false;
  bool blocked_ = false;
};

}  // namespace wharf::testing_support

#endif  // WHARF_TESTS_SUPPORT_LOOPBACK_PORT_H_
