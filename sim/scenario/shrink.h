// Shrinking: a failing run's choices, made fewer and smaller as long as it
// fails. Option 0 is always the plainest (sim/chooser.h), and what follows the
// last choice is answered with 0, so less is simpler.

#ifndef WHARF_SIM_SCENARIO_SHRINK_H_
#define WHARF_SIM_SCENARIO_SHRINK_H_

#include <cstdint>
#include <functional>
#include <vector>

namespace wharf::sim {

// True if a run with these choices still fails in the way looked for.
using StillFails = std::function<bool(const std::vector<uint32_t>& choices)>;

// The simplest list found with at most `max_runs` calls of `still_fails`;
// `choices` itself, without trailing zeros, if none is simpler. The same list
// and the same answers give the same result.
std::vector<uint32_t> Shrink(std::vector<uint32_t> choices, uint64_t max_runs,
                             const StillFails& still_fails);

}  // namespace wharf::sim

#endif  // WHARF_SIM_SCENARIO_SHRINK_H_
