// Profiles: how rough the simulated kernel is, by name. Weights for the labels
// of sim/kernel; a program's own decisions are drawn evenly unless a profile is
// given an entry for them. In "plain" that goes for labels that begin with
// "program.", as those of sim/scenario do; others take option 0.

#ifndef WHARF_SIM_PROFILES_H_
#define WHARF_SIM_PROFILES_H_

#include <optional>
#include <string_view>
#include <vector>

#include "sim/random_chooser.h"

namespace wharf::sim {

// The names that FindProfile knows, from the calmest to the roughest:
//   plain  nothing ever goes wrong, everything is at once and in order
//   calm   orders and latencies vary, faults are rare
//   rough  faults of all kinds in a few percent of all cases
//   storm  faults in a third of all cases
//   swarm  rough, but every run draws its own subset and rates (the best
//          default for a search)
//   crash  swarm, with power failures where the kernel may crash
std::vector<std::string_view> ProfileNames();

// The profile of that name, or nothing.
std::optional<Profile> FindProfile(std::string_view name);

}  // namespace wharf::sim

#endif  // WHARF_SIM_PROFILES_H_
