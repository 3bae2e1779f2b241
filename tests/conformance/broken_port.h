// BrokenPort: a port that keeps the contract but for one lie. The suite must
// find each (broken_ports_test.py); a suite that believes a liar proves nothing
// about honest ports.

#ifndef WHARF_TESTS_CONFORMANCE_BROKEN_PORT_H_
#define WHARF_TESTS_CONFORMANCE_BROKEN_PORT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "engine/port.h"

namespace wharf::conformance {

// Each is a mistake that a port was seen to make, or nearly made.
enum class Lie : uint8_t {
  kNone,
  // Reports a completion a second time.
  kCompletesTwice,
  // Drops every fifth completion.
  kLosesCompletions,
  // What the kernel refuses is never heard of again.
  kForgetsRefusals,
  // Says that more bytes were transferred than asked for.
  kOverReports,
  // Damages the last byte that is read or received.
  kCorrupts,
  // Says "cancelled" where bytes were transferred before.
  kLosesBytesOfCancelled,
  // Ignores cancels.
  kLosesCancels,
  // Ignores cancels while it is full.
  kLosesCancelsWhenFull,
  // Ends an operation by itself when it is cancelled, ahead of the kernel.
  kCancelsByItself,
  // Reports the kernel's acknowledgement of a cancel.
  kReportsAcknowledgements,
  // A cancel hits the oldest operation in flight.
  kCancelsSomebodyElse,
  // Forgets a Wake.
  kForgetsWakes,
  // Forgets a Wake unless the Reap before it has slept for nothing.
  kForgetsWakesWhenBusy,
  // An interrupted wait is an error.
  kReportsInterruptions,
  // Takes the last of what it is offered instead of the first.
  kTakesASuffix,
  // Takes more than its own limit.
  kTakesTooMuch,
  // Takes nothing, although it is empty, when offered much.
  kTakesNothing,
  // Gives more completions than there is room for.
  kIgnoresRoom,
  // Sleeps when it was told not to.
  kSleepsForNone,
  // Sleeps longer than it was told to.
  kOversleeps,
  // Never sleeps.
  kNeverSleeps,
  // Loses what it has when there is no room for it.
  kDropsWithoutRoom,
  // Its clock goes back now and then.
  kClockGoesBack,
  // Drops the handle of an open or accept at Close without closing it.
  kDropsHandles,
  // A close that Close brings back leaves its handle open.
  kSparesHandles,
  // Leaves at Close what could be brought back.
  kLeavesEverything,
  // Tells only the first Close what is left.
  kForgetsItsReport,
  // Gives no native code beside an error.
  kHidesNativeErrors,
};
inline constexpr int kLieCount = 29;

// "none", "completes_twice": the enumerator in words. Static lifetime.
std::string_view LieName(Lie lie);
std::optional<Lie> LieFromName(std::string_view name);

// See the top of the file. Owns the honest port, which was opened with
// `max_in_flight`, or with more if it takes too much (see RoomFor).
class BrokenPort final : public CompletionPort {
 public:
  BrokenPort(Lie lie, std::unique_ptr<CompletionPort> port,
             uint32_t max_in_flight);

  // What the honest port is to be opened with.
  static uint32_t RoomFor(Lie lie, uint32_t max_in_flight) {
    return lie == Lie::kTakesTooMuch ? 4 * max_in_flight : max_in_flight;
  }

  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }
  std::size_t Submit(std::span<const Operation> operations) override;
  void Cancel(OperationId id) override;
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override;
  void Wake() override;
  Time Now() override;
  CloseReport Close() override;

 private:
  bool Is(Lie lie) const { return lie_ == lie; }
  // Takes completions from the honest port into queue_.
  absl::Status Fetch(std::size_t most, Wait wait);
  void Alter(Completion completion);

  const Lie lie_;
  std::unique_ptr<CompletionPort> port_;
  PortCapabilities capabilities_;
  std::map<OperationId, Operation> in_flight_;
  std::set<OperationId> cancelled_;
  std::vector<Completion> queue_;
  uint64_t completions_ = 0;
  uint64_t reaps_ = 0;
  uint64_t reads_ = 0;
  bool idle_ = false;
  bool closed_ = false;
};

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_BROKEN_PORT_H_
