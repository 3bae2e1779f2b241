// What the tests of TimerWheel share.

#ifndef WHARF_ENGINE_TIMER_WHEEL_TEST_UTIL_H_
#define WHARF_ENGINE_TIMER_WHEEL_TEST_UTIL_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "engine/timer_wheel.h"
#include "gtest/gtest.h"

namespace wharf {

constexpr uint64_t kMaxTick = std::numeric_limits<uint64_t>::max();

using Indices = std::vector<uint32_t>;

// Advances and gives what expired, in that order.
inline Indices AdvanceTo(TimerWheel& wheel, uint64_t now) {
  Indices expired;
  wheel.Advance(now, [&](uint32_t index) {
    EXPECT_FALSE(wheel.IsScheduled(index));
    expired.push_back(index);
  });
  return expired;
}

}  // namespace wharf

#endif  // WHARF_ENGINE_TIMER_WHEEL_TEST_UTIL_H_
