#include "bench/harness.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "bench/statistics.h"

namespace wharf::bench {
namespace {

double Time(Lane& lane, uint64_t operations, const Clock& clock) {
  const double start = clock();
  lane.Run(operations);
  return clock() - start;
}

// Doubles the work until it takes long enough to be scaled to `seconds`; warms
// the lane up on the way.
uint64_t Calibrate(Lane& lane, double seconds, const Clock& clock) {
  constexpr uint64_t kMost = uint64_t{1} << 40;
  uint64_t operations = 256;
  for (;;) {
    const double taken = Time(lane, operations, clock);
    if (taken >= seconds / 4 || operations >= kMost) {
      const double scale = taken > 0 ? seconds / taken : 1;
      return std::max<uint64_t>(
          static_cast<uint64_t>(static_cast<double>(operations) * scale), 1);
    }
    operations *= 2;
  }
}

Measurement MeasureOnce(Lane* base, Lane& subject, uint64_t operations,
                        int rounds, const Clock& clock) {
  std::vector<double> base_ns;
  std::vector<double> subject_ns;
  std::vector<double> ratios;
  const double scale = 1e9 / static_cast<double>(operations);
  for (int round = 0; round < rounds; ++round) {
    double base_time = 0;
    const bool base_first = round % 2 == 0;
    if (base != nullptr && base_first) {
      base_time = Time(*base, operations, clock);
    }
    const double subject_time = Time(subject, operations, clock);
    if (base != nullptr && !base_first) {
      base_time = Time(*base, operations, clock);
    }
    subject_ns.push_back(subject_time * scale);
    if (base == nullptr) continue;
    base_ns.push_back(base_time * scale);
    ratios.push_back(subject_time / base_time);
  }
  Measurement result;
  result.operations = operations;
  result.subject_ns = Median(subject_ns);
  if (base != nullptr) {
    result.base_ns = Median(base_ns);
    result.ratio = Median(ratios);
    result.ratio_spread = Spread(ratios);
  }
  return result;
}

}  // namespace

double SteadySeconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Measurement Measure(const Row& row, const MeasureOptions& options,
                    const Clock& clock) {
  const std::unique_ptr<Lane> base = row.base ? row.base() : nullptr;
  const std::unique_ptr<Lane> subject = row.subject();
  const uint64_t operations =
      Calibrate(base != nullptr ? *base : *subject, options.seconds, clock);
  subject->Run(operations);
  Measurement best;
  for (int attempt = 1; attempt <= std::max(options.attempts, 1); ++attempt) {
    Measurement measured =
        MeasureOnce(base.get(), *subject, operations, options.rounds, clock);
    if (attempt == 1 || measured.ratio < best.ratio) best = measured;
    best.attempts = attempt;
    if (!row.max_ratio || !best.ratio || *best.ratio <= *row.max_ratio) break;
  }
  return best;
}

}  // namespace wharf::bench
