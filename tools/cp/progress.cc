#include "tools/cp/progress.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/cli/byte_size.h"

namespace wharf::cp {
namespace {

// How many seconds the rate remembers.
constexpr double kMemory = 3;

double Seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

std::string Progress::Line(uint64_t done, Time now) {
  const Time since = last_ == Time::min() ? start_ : last_;
  const double elapsed = Seconds(now - since);
  if (elapsed > 0) {
    const double current = static_cast<double>(done - last_done_) / elapsed;
    const double weight = std::exp(-elapsed / kMemory);
    rate_ = rate_ < 0 ? current : weight * rate_ + (1 - weight) * current;
    last_ = now;
    last_done_ = done;
  }
  next_ = now + kInterval;

  std::string line = FormatBytes(done);
  const uint64_t total = std::max(total_, done);
  if (total > 0) {
    const double percent =
        100 * static_cast<double>(done) / static_cast<double>(total);
    absl::StrAppend(&line, " of ", FormatBytes(total), " (",
                    static_cast<int>(percent), "%)");
  }
  if (rate_ >= 1) {
    absl::StrAppend(
        &line, ", ", FormatBytes(static_cast<uint64_t>(rate_)), "/s, ",
        FormatSeconds(static_cast<double>(total - done) / rate_), " left");
  }
  return line;
}

std::string FormatSeconds(double seconds) {
  // Past 99 days nobody wants to know.
  const auto whole = static_cast<int64_t>(std::ceil(std::min(seconds, 8.6e6)));
  if (whole < 60) return absl::StrCat(whole, " s");
  if (whole < 3600) {
    return absl::StrFormat("%d min %02d s", whole / 60, whole % 60);
  }
  return absl::StrFormat("%d h %02d min", whole / 3600, whole / 60 % 60);
}

}  // namespace wharf::cp
