// Progress: one line for a person at a terminal: bytes, rate, time left.

#ifndef WHARF_TOOLS_CP_PROGRESS_H_
#define WHARF_TOOLS_CP_PROGRESS_H_

#include <cstdint>
#include <string>

#include "engine/time.h"

namespace wharf::cp {

// Works out what to show, from the times that it is given; shows nothing
// itself.
class Progress {
 public:
  // How often a line is worth showing.
  static constexpr Duration kInterval = std::chrono::milliseconds(200);

  // A copy of `total` bytes that starts now.
  Progress(uint64_t total, Time start)
      : total_(total), start_(start), next_(start + kInterval) {}

  // When the next line is due.
  Time next() const { return next_; }

  // The line for `done` bytes at `now`, for example
  // "1.50 GiB of 4.00 GiB (37%), 512 MiB/s, 5 s left"; puts the next one off by
  // kInterval. The rate is that of the last seconds.
  std::string Line(uint64_t done, Time now);

 private:
  const uint64_t total_;
  const Time start_;
  Time next_;
  Time last_ = Time::min();
  uint64_t last_done_ = 0;
  // Bytes in a second; negative until it was measured.
  double rate_ = -1;
};

// "0 s", "59 s", "2 min 05 s", "3 h 07 min". Rounded up.
std::string FormatSeconds(double seconds);

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_PROGRESS_H_
