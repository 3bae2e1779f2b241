// BlockingPort: a port whose Reap really sleeps and whose Wake really wakes,
// for tests with threads. Every operation completes in full at the next Reap,
// except polls, which end only when they are cancelled.

#ifndef WHARF_TESTS_SUPPORT_BLOCKING_PORT_H_
#define WHARF_TESTS_SUPPORT_BLOCKING_PORT_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/error.h"
#include "engine/port.h"
#include "tests/support/sleeper.h"

namespace wharf::testing_support {

// Loop thread, except Wake and the counters.
class BlockingPort final : public CompletionPort {
 public:
  // A Reap that nobody wakes for this long has lost its wake-up: it fails, and
  // with it the engine and the test.
  static constexpr std::chrono::seconds kLost{30};

  BlockingPort() {
    capabilities_.name = "blocking";
    for (int i = 0; i < kOpcodeCount; ++i) {
      capabilities_.Add(static_cast<Opcode>(i));
    }
    capabilities_.features = kFeatureCancel;
    capabilities_.max_in_flight = 64;
  }

  // Calls of Wake so far; true while a Reap sleeps. Any thread.
  uint64_t wakes() const { return wakes_.load(); }
  bool asleep() const { return asleep_.load(); }

  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }

  std::size_t Submit(std::span<const Operation> operations) override {
    for (const Operation& operation : operations) {
      if (operation.opcode == Opcode::kPoll) {
        polls_.push_back(operation.id);
      } else {
        ready_.push_back({.id = operation.id,
                          .result = static_cast<int64_t>(operation.length)});
      }
    }
    return operations.size();
  }

  void Cancel(OperationId id) override {
    if (std::erase(polls_, id) == 0) return;
    ready_.push_back(
        {.id = id, .result = -static_cast<int64_t>(Error::kCancelled)});
  }

  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override {
    if (ready_.empty() && wait.until > Now()) {
      if (!Sleep(wait)) return absl::InternalError("a wake-up was lost");
    }
    const std::size_t count = std::min(ready_.size(), completions.size());
    std::copy_n(ready_.begin(), count, completions.begin());
    ready_.erase(ready_.begin(),
                 ready_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }

  void Wake() override {
    wakes_.fetch_add(1);
    sleeper_.Wake();
  }

  Time Now() override {
    return Time(std::chrono::steady_clock::now().time_since_epoch());
  }

  CloseReport Close() override { return {.operations_left = polls_}; }

 private:
  // False if it was to sleep for ever and slept for too long.
  bool Sleep(Wait wait) {
    const Duration most = std::min<Duration>(kLost, wait.until - Now());
    asleep_ = true;
    const bool woken = sleeper_.Sleep(most);
    asleep_ = false;
    return woken || most < kLost;
  }

  PortCapabilities capabilities_;
  std::vector<Completion> ready_;
  std::vector<OperationId> polls_;
  Sleeper sleeper_;
  std::atomic<bool> asleep_{false};
  std::atomic<uint64_t> wakes_{0};
};

}  // namespace wharf::testing_support

#endif  // WHARF_TESTS_SUPPORT_BLOCKING_PORT_H_
