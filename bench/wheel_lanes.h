// The timer wheel by itself: what a deadline costs without a request around it.

#ifndef WHARF_BENCH_WHEEL_LANES_H_
#define WHARF_BENCH_WHEEL_LANES_H_

#include <cstdint>
#include <memory>

#include "bench/lane.h"

namespace wharf::bench {

// One operation sets a deadline, the same for all, and takes it back: a
// deadline that is never hit. `pending` others wait meanwhile.
std::unique_ptr<Lane> WheelRemove(uint32_t pending);

// One operation is an expiry and the setting of that node's next deadline.
// `pending` deadlines lie at random within the next 1,000 ticks at any time. A
// run ends with a tick, so it may do some operations of the next run already.
std::unique_ptr<Lane> WheelExpire(uint32_t pending);

}  // namespace wharf::bench

#endif  // WHARF_BENCH_WHEEL_LANES_H_
