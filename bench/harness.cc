#include "bench/harness.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <vector>

#include "bench/statistics.h"

namespace wharf::bench {
namespace {

struct Taken {
  double wall;
  double cpu;
};

Taken Time(Lane& lane, uint64_t operations, const Clocks& clocks) {
  const Taken start{clocks.wall(), clocks.cpu()};
  lane.Run(operations);
  return {clocks.wall() - start.wall, clocks.cpu() - start.cpu};
}

// The rounds of one lane, or of the ratio.
struct Rounds {
  std::vector<double> wall;
  std::vector<double> cpu;

  void Add(const Taken& taken, double scale) {
    wall.push_back(taken.wall * scale);
    cpu.push_back(taken.cpu * scale);
  }
};

// Doubles the work until it takes long enough to be scaled to `seconds`; warms
// the lane up on the way.
uint64_t Calibrate(Lane& lane, double seconds, const Clocks& clocks) {
  constexpr uint64_t kMost = uint64_t{1} << 40;
  uint64_t operations = 256;
  for (;;) {
    const double taken = Time(lane, operations, clocks).wall;
    if (taken >= seconds / 4 || operations >= kMost) {
      const double scale = taken > 0 ? seconds / taken : 1;
      return std::max<uint64_t>(
          static_cast<uint64_t>(static_cast<double>(operations) * scale), 1);
    }
    operations *= 2;
  }
}

Measurement MeasureOnce(Lane* base, Lane& subject, uint64_t operations,
                        int rounds, const Clocks& clocks) {
  Rounds base_ns;
  Rounds subject_ns;
  Rounds ratios;
  const double scale = 1e9 / static_cast<double>(operations);
  for (int round = 0; round < rounds; ++round) {
    Taken base_time{};
    const bool base_first = round % 2 == 0;
    if (base != nullptr && base_first) {
      base_time = Time(*base, operations, clocks);
    }
    const Taken subject_time = Time(subject, operations, clocks);
    if (base != nullptr && !base_first) {
      base_time = Time(*base, operations, clocks);
    }
    subject_ns.Add(subject_time, scale);
    if (base == nullptr) continue;
    base_ns.Add(base_time, scale);
    ratios.Add(
        {subject_time.wall / base_time.wall, subject_time.cpu / base_time.cpu},
        1);
  }
  Measurement result;
  result.operations = operations;
  result.subject_ns = Median(subject_ns.wall);
  result.subject_cpu_ns = Median(subject_ns.cpu);
  if (base != nullptr) {
    result.base_ns = Median(base_ns.wall);
    result.base_cpu_ns = Median(base_ns.cpu);
    result.ratio = Median(ratios.wall);
    result.ratio_spread = Spread(ratios.wall);
    result.cpu_ratio = Median(ratios.cpu);
  }
  return result;
}

}  // namespace

Clocks RealClocks() {
  return {
      .wall =
          [] {
            return std::chrono::duration<double>(
                       std::chrono::steady_clock::now().time_since_epoch())
                .count();
          },
      .cpu = [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; },
  };
}

Measurement Measure(const Row& row, const MeasureOptions& options,
                    const Clocks& clocks) {
  const std::unique_ptr<Lane> base = row.base ? row.base() : nullptr;
  const std::unique_ptr<Lane> subject = row.subject();
  const uint64_t operations =
      Calibrate(base != nullptr ? *base : *subject, options.seconds, clocks);
  subject->Run(operations);
  Measurement best;
  for (int attempt = 1; attempt <= std::max(options.attempts, 1); ++attempt) {
    Measurement measured =
        MeasureOnce(base.get(), *subject, operations, options.rounds, clocks);
    if (attempt == 1 || measured.ratio < best.ratio) best = measured;
    best.attempts = attempt;
    if (!row.max_ratio || !best.ratio || *best.ratio <= *row.max_ratio) break;
  }
  return best;
}

}  // namespace wharf::bench
