// Time as the engine sees it: nanoseconds on the port's own monotonic clock.
// The engine has no clock; CompletionPort::Now() is the only source of a Time.

#ifndef WHARF_ENGINE_TIME_H_
#define WHARF_ENGINE_TIME_H_

#include <chrono>
#include <cstdint>
#include <limits>

namespace wharf {

// A span of time, signed, in nanoseconds.
using Duration = std::chrono::nanoseconds;

// The tag of the port's clock. It has no now(): only a port can tell the time.
struct PortClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<PortClock, Duration>;
  static constexpr bool is_steady = true;
};

// A point on the port's monotonic clock. Times of different ports do not
// compare.
using Time = PortClock::time_point;

// Later than every time: "no deadline", "wait for ever".
inline constexpr Time kNever = Time(Duration::max());

// `time + delay`, where a sum beyond the range becomes kNever and a negative
// overflow becomes the earliest Time. Never undefined.
constexpr Time SaturatingAdd(Time time, Duration delay) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  const int64_t base = time.time_since_epoch().count();
  const int64_t step = delay.count();
  if (step > 0 && base > kMax - step) return kNever;
  if (step < 0 && base < kMin - step) return Time(Duration(kMin));
  return time + delay;
}

}  // namespace wharf

#endif  // WHARF_ENGINE_TIME_H_
