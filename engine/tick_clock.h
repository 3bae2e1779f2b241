// TickClock: between Times on the port's clock and the timer wheel's ticks. A
// deadline is rounded up and now is rounded down, so that nothing expires early
// and nothing expires more than one tick late (guarantee G6).

#ifndef WHARF_ENGINE_TICK_CLOCK_H_
#define WHARF_ENGINE_TICK_CLOCK_H_

#include <cassert>
#include <cstdint>

#include "engine/time.h"

namespace wharf {

// Tick n begins at start + n * tick. An immutable value; any thread. Every Time
// has a tick that fits uint64_t, whatever the start and the tick's length.
class TickClock {
 public:
  // `tick` is positive.
  TickClock(Time start, Duration tick)
      : start_(Unsigned(start)),
        tick_(static_cast<uint64_t>(tick.count())),
        last_tick_((Unsigned(kNever) - start_) / tick_) {
    assert(tick > Duration::zero());
  }

  // The first tick that begins at or after `deadline`; 0 for a deadline before
  // the start. kNever is not a deadline: the caller schedules nothing for it.
  uint64_t DeadlineTick(Time deadline) const {
    const uint64_t elapsed = Elapsed(deadline);
    const uint64_t whole = elapsed / tick_;
    return whole + (whole * tick_ != elapsed ? 1 : 0);
  }

  // The last tick that begins at or before `now`; 0 before the start.
  uint64_t NowTick(Time now) const { return Elapsed(now) / tick_; }

  // When `tick` begins, or kNever if that is beyond the range of Time.
  // NowTick(TimeOfTick(t)) == t for all that is within it.
  Time TimeOfTick(uint64_t tick) const {
    if (tick > last_tick_) return kNever;
    return Time(Duration(static_cast<int64_t>(start_ + tick * tick_)));
  }

 private:
  // Modulo 2^64, in which differences of Times do not overflow.
  static uint64_t Unsigned(Time time) {
    return static_cast<uint64_t>(time.time_since_epoch().count());
  }

  uint64_t Elapsed(Time time) const {
    const int64_t start = static_cast<int64_t>(start_);
    if (time.time_since_epoch().count() <= start) return 0;
    return Unsigned(time) - start_;
  }

  uint64_t start_;
  uint64_t tick_;
  // The last one that begins within the range of Time.
  uint64_t last_tick_;
};

}  // namespace wharf

#endif  // WHARF_ENGINE_TICK_CLOCK_H_
