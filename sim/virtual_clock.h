// VirtualClock: simulated monotonic time. It stands still until someone moves
// it.

#ifndef WHARF_SIM_VIRTUAL_CLOCK_H_
#define WHARF_SIM_VIRTUAL_CLOCK_H_

#include <algorithm>

#include "engine/time.h"

namespace wharf::sim {

// Not for concurrent use. Several ports may share one, and then agree on Now().
class VirtualClock {
 public:
  // Starts at time 0 of the port's clock.
  VirtualClock() = default;
  // Starts at `start`.
  explicit VirtualClock(Time start) : now_(start) {}

  // The current virtual time.
  Time Now() const { return now_; }

  // Moves to `time`; a time that has passed leaves the clock where it is, so
  // the clock never goes back.
  void AdvanceTo(Time time) { now_ = std::max(now_, time); }

  // Moves on by `step`, which may be zero; a negative one has no effect. Stops
  // at kNever.
  void Advance(Duration step) { AdvanceTo(SaturatingAdd(now_, step)); }

 private:
  Time now_ = Time();
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_VIRTUAL_CLOCK_H_
