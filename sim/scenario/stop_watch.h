// StopWatch: whether an engine issues an operation for a request that was
// stopped (G5). A program tells it of its requests' slots, and a port in front
// of the kernel's tells it of the operations.

#ifndef WHARF_SIM_SCENARIO_STOP_WATCH_H_
#define WHARF_SIM_SCENARIO_STOP_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/ids.h"
#include "engine/operation.h"
#include "engine/port.h"
#include "engine/time.h"
#include "sim/forwarding_port.h"

namespace wharf::sim {

// Knows the requests that Begin named; of others it says nothing. Not for
// concurrent use.
class StopWatch {
 public:
  // For slots [0, slots), and an engine with that tick: a deadline may be seen
  // to have passed so much later.
  StopWatch(uint32_t slots, Duration tick) : slots_(slots), tick_(tick) {}

  // From now on `slot` is that of a request with this deadline.
  void Begin(uint32_t slot, Time deadline) {
    slots_[slot] = {.stops = SaturatingAdd(deadline, tick_), .known = true};
  }
  // The slot's request is to be cancelled; or all are.
  void Stop(uint32_t slot) { slots_[slot].stops = Time::min(); }
  void StopAll() {
    for (Slot& slot : slots_) slot.stops = Time::min();
  }
  // Nothing is known of the slot any more.
  void End(uint32_t slot) { slots_[slot] = Slot{}; }

  // The engine has collected completions at `now`. Before it issues anything
  // else it looks at the clock, which does not go back.
  void OnReaped(Time now) { reaped_ = now; }
  // An operation was issued.
  void OnIssued(const Operation& operation) {
    const Slot& slot = slots_[operation.id.index()];
    if (!slot.known || slot.stops > reaped_ || !problem_.empty()) return;
    problem_ = "a " + std::string(OpcodeName(operation.opcode)) +
               " was issued for a request that was stopped (G5)";
  }
  // The first broken promise; "" if there is none.
  const std::string& problem() const { return problem_; }

 private:
  struct Slot {
    // What has reaped at this time must know of it.
    Time stops = kNever;
    bool known = false;
  };

  std::vector<Slot> slots_;
  const Duration tick_;
  Time reaped_ = Time::min();
  std::string problem_;
};

// Tells the watch, which outlives it, what crosses it.
class WatchedPort final : public ForwardingPort {
 public:
  WatchedPort(std::unique_ptr<CompletionPort> port, StopWatch* watch)
      : ForwardingPort(std::move(port)), watch_(watch) {}

  std::size_t Submit(std::span<const Operation> operations) override {
    const std::size_t accepted = ForwardingPort::Submit(operations);
    for (const Operation& operation : operations.first(accepted)) {
      watch_->OnIssued(operation);
    }
    return accepted;
  }
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override {
    absl::StatusOr<std::size_t> reaped =
        ForwardingPort::Reap(completions, wait);
    watch_->OnReaped(Now());
    return reaped;
  }

 private:
  StopWatch* const watch_;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_SCENARIO_STOP_WATCH_H_
