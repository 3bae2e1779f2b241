#include "bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace wharf::bench {

double Quantile(std::vector<double> values, double fraction) {
  std::sort(values.begin(), values.end());
  const double place = fraction * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double weight = place - static_cast<double>(below);
  return values[below] * (1 - weight) + values[above] * weight;
}

double Median(const std::vector<double>& values) {
  return Quantile(values, 0.5);
}

double Spread(const std::vector<double>& values) {
  const double median = Median(values);
  if (median == 0) return 0;
  return (Quantile(values, 0.75) - Quantile(values, 0.25)) / 2 / median;
}

}  // namespace wharf::bench
