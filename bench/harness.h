// The measurement: two lanes in turn, round after round, so that both see the
// same machine. A ratio is taken within a round and the median over all rounds,
// which takes out most of what other tenants of the machine do.

#ifndef WHARF_BENCH_HARNESS_H_
#define WHARF_BENCH_HARNESS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "bench/lane.h"

namespace wharf::bench {

// How long to measure.
struct MeasureOptions {
  // Times that each lane runs, at least 1.
  int rounds = 15;
  // Time of one run, about, in seconds.
  double seconds = 0.1;
  // How often a row that misses its `max_ratio` is measured before that counts;
  // the best attempt is the result.
  int attempts = 2;
};

// What came out of one row.
struct Measurement {
  // Operations per run, the same for both lanes.
  uint64_t operations = 0;
  // Medians over the rounds, nanoseconds per operation; no value without a
  // base.
  std::optional<double> base_ns;
  double subject_ns = 0;
  // Median of subject's time / base's time, taken round by round, and how far
  // the rounds lay apart (see Spread). No value without a base.
  std::optional<double> ratio;
  double ratio_spread = 0;
  // The same for the CPU time that the process used, in user space and in the
  // kernel: what is left of a time when others use the machine too.
  std::optional<double> base_cpu_ns;
  double subject_cpu_ns = 0;
  std::optional<double> cpu_ratio;
  // Attempts that were made.
  int attempts = 0;
};

// Where the times come from, in seconds; tests bring their own.
struct Clocks {
  std::function<double()> wall;
  std::function<double()> cpu;
};

// The steady clock and the process's CPU clock.
Clocks RealClocks();

// Measures `row` on this thread: makes both lanes, runs each until it is warm,
// finds how many operations take `options.seconds`, and then alternates. Every
// second round begins with the other lane, so that what the first of a round
// leaves behind does not favour one of them.
Measurement Measure(const Row& row, const MeasureOptions& options,
                    const Clocks& clocks = RealClocks());

}  // namespace wharf::bench

#endif  // WHARF_BENCH_HARNESS_H_
