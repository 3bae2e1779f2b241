// What many rounds say together.

#ifndef WHARF_BENCH_STATISTICS_H_
#define WHARF_BENCH_STATISTICS_H_

#include <vector>

namespace wharf::bench {

// The value that `fraction` (0 to 1) of `values` do not exceed, interpolated
// between neighbours. Requires at least one value.
double Quantile(std::vector<double> values, double fraction);

// The middle value. Requires at least one.
double Median(const std::vector<double>& values);

// Half the width of the middle half, in terms of the median: 0.05 means that
// half of the rounds lay within about 5 % of the median. 0 if the median is 0.
double Spread(const std::vector<double>& values);

}  // namespace wharf::bench

#endif  // WHARF_BENCH_STATISTICS_H_
