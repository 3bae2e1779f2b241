#include "tests/conformance/broken_port.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <tuple>
#include <utility>

#include "engine/error.h"

namespace wharf::conformance {
namespace {

constexpr std::array<std::string_view, kLieCount> kNames = {
    "none",
    "completes_twice",
    "loses_completions",
    "forgets_refusals",
    "over_reports",
    "corrupts",
    "loses_bytes_of_cancelled",
    "loses_cancels",
    "loses_cancels_when_full",
    "cancels_by_itself",
    "reports_acknowledgements",
    "cancels_somebody_else",
    "forgets_wakes",
    "forgets_wakes_when_busy",
    "reports_interruptions",
    "takes_a_suffix",
    "takes_too_much",
    "takes_nothing",
    "ignores_room",
    "sleeps_for_none",
    "oversleeps",
    "never_sleeps",
    "drops_without_room",
    "clock_goes_back",
    "drops_handles",
    "spares_handles",
    "leaves_everything",
    "forgets_its_report",
    "hides_native_errors",
};

constexpr Duration kTooLong = std::chrono::seconds(60);

}  // namespace

std::string_view LieName(Lie lie) {
  return kNames[static_cast<std::size_t>(lie)];
}

std::optional<Lie> LieFromName(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Lie>(found - kNames.begin());
}

BrokenPort::BrokenPort(Lie lie, std::unique_ptr<CompletionPort> port,
                       uint32_t max_in_flight)
    : lie_(lie), port_(std::move(port)), capabilities_(port_->Capabilities()) {
  capabilities_.max_in_flight = max_in_flight;
}

std::size_t BrokenPort::Submit(std::span<const Operation> operations) {
  if (Is(Lie::kTakesNothing) && operations.size() > 1) return 0;
  std::span<const Operation> offered = operations;
  if (Is(Lie::kTakesASuffix)) {
    const std::size_t room = capabilities_.max_in_flight - in_flight_.size();
    offered = operations.last(std::min(operations.size(), room));
  }
  const std::size_t taken = port_->Submit(offered);
  for (const Operation& operation : offered.first(taken)) {
    in_flight_[operation.id] = operation;
  }
  return taken;
}

void BrokenPort::Cancel(OperationId id) {
  switch (lie_) {
    case Lie::kLosesBytesOfCancelled:
      cancelled_.insert(id);
      break;
    case Lie::kLosesCancels:
      return;
    case Lie::kLosesCancelsWhenFull:
      if (in_flight_.size() == capabilities_.max_in_flight) return;
      break;
    case Lie::kCancelsByItself:
      if (in_flight_.contains(id)) {
        queue_.push_back({.id = id,
                          .result = -static_cast<int64_t>(Error::kCancelled),
                          .native_error = 125});
      }
      break;
    case Lie::kReportsAcknowledgements:
      queue_.push_back({.id = id});
      break;
    case Lie::kCancelsSomebodyElse:
      if (!in_flight_.empty()) id = in_flight_.rbegin()->first;
      break;
    default:
      break;
  }
  port_->Cancel(id);
}

absl::StatusOr<std::size_t> BrokenPort::Reap(std::span<Completion> completions,
                                             Wait wait) {
  ++reaps_;
  if (Is(Lie::kReportsInterruptions) && reaps_ % 7 == 0) {
    return absl::UnavailableError("interrupted system call");
  }
  if (Is(Lie::kNeverSleeps)) wait = Wait::None();
  if (Is(Lie::kSleepsForNone) && wait.until == Time::min()) {
    wait = Wait::Until(port_->Now() + kTooLong);
  }
  if (Is(Lie::kOversleeps) && wait.until != Time::min()) {
    wait.until = SaturatingAdd(wait.until, kTooLong);
  }
  std::size_t room = completions.size();
  if (!queue_.empty()) wait = Wait::None();
  if (Is(Lie::kIgnoresRoom)) ++room;
  const bool drops = Is(Lie::kDropsWithoutRoom) && room == 0;
  if (absl::Status status = Fetch(drops ? 1 : room, wait); !status.ok()) {
    return status;
  }
  if (drops) queue_.clear();
  const std::size_t count = std::min(room, queue_.size());
  std::copy_n(queue_.begin(), count, completions.data());
  queue_.erase(queue_.begin(),
               queue_.begin() + static_cast<std::ptrdiff_t>(count));
  idle_ = count == 0;
  return count;
}

absl::Status BrokenPort::Fetch(std::size_t most, Wait wait) {
  std::array<Completion, 64> fetched;
  const absl::StatusOr<std::size_t> count =
      port_->Reap({fetched.data(), std::min(most, fetched.size())}, wait);
  if (!count.ok()) return count.status();
  for (std::size_t i = 0; i < *count; ++i) Alter(fetched[i]);
  return absl::OkStatus();
}

void BrokenPort::Alter(Completion completion) {
  ++completions_;
  const auto found = in_flight_.find(completion.id);
  if (found == in_flight_.end()) return;
  const Operation operation = found->second;
  in_flight_.erase(found);
  switch (lie_) {
    case Lie::kLosesCompletions:
      if (completions_ % 5 == 0) return;
      break;
    case Lie::kForgetsRefusals:
      if (completion.result == -static_cast<int64_t>(Error::kBadHandle)) return;
      break;
    case Lie::kOverReports:
      if (completion.result > 0 && !MakesHandle(operation.opcode)) {
        completion.result = static_cast<int64_t>(operation.length) + 1;
      }
      break;
    case Lie::kCorrupts:
      if (completion.result > 0 && (operation.opcode == Opcode::kRead ||
                                    operation.opcode == Opcode::kReceive)) {
        static_cast<std::byte*>(operation.data)[completion.result - 1] ^=
            std::byte{1};
      }
      break;
    case Lie::kLosesBytesOfCancelled:
      if (cancelled_.erase(completion.id) != 0 && completion.result > 0) {
        completion.result = -static_cast<int64_t>(Error::kCancelled);
        completion.native_error = 125;
      }
      break;
    case Lie::kHidesNativeErrors:
      completion.native_error = 0;
      break;
    default:
      break;
  }
  queue_.push_back(completion);
  if (Is(Lie::kCompletesTwice)) queue_.push_back(completion);
}

void BrokenPort::Wake() {
  if (Is(Lie::kForgetsWakes)) return;
  if (Is(Lie::kForgetsWakesWhenBusy) && !idle_) return;
  port_->Wake();
}

Time BrokenPort::Now() {
  const Time now = port_->Now();
  if (Is(Lie::kClockGoesBack) && ++reads_ % 4 == 0) {
    return now - std::chrono::milliseconds(1);
  }
  return now;
}

CloseReport BrokenPort::Close() {
  if (Is(Lie::kDropsHandles) && !closed_) {
    std::ignore = Fetch(64, Wait::None());
  }
  if (Is(Lie::kSparesHandles) && !closed_) {
    // As if it had been cancelled in time: the honest port must not see it.
    for (const auto& [id, operation] : in_flight_) {
      if (operation.opcode == Opcode::kClose) return CloseReport{};
    }
  }
  CloseReport report = port_->Close();
  if (Is(Lie::kLeavesEverything) || Is(Lie::kForgetsItsReport)) {
    for (const auto& [id, operation] : in_flight_) {
      report.operations_left.push_back(id);
    }
  }
  if (Is(Lie::kForgetsItsReport) && closed_) report = {};
  closed_ = true;
  return report;
}

}  // namespace wharf::conformance
