// The flags of `wharf sim`, and what they say.

#ifndef WHARF_TOOLS_SIM_FLAGS_H_
#define WHARF_TOOLS_SIM_FLAGS_H_

#include <cstdint>
#include <string>

#include "absl/flags/declare.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sim/scenario/scenario.h"
#include "tools/sim/search.h"

ABSL_DECLARE_FLAG(uint64_t, seed);
ABSL_DECLARE_FLAG(std::string, seeds);
ABSL_DECLARE_FLAG(std::string, profile);
ABSL_DECLARE_FLAG(uint32_t, size);
ABSL_DECLARE_FLAG(std::string, personality);
ABSL_DECLARE_FLAG(bool, trace);
ABSL_DECLARE_FLAG(std::string, save);
ABSL_DECLARE_FLAG(uint32_t, jobs);
ABSL_DECLARE_FLAG(uint32_t, seconds);
ABSL_DECLARE_FLAG(bool, rows);
ABSL_DECLARE_FLAG(uint64_t, min_row_count);

namespace wharf::simulate {

// The kind of run that --size and --personality ask for. INVALID_ARGUMENT,
// naming flag, value and limit, if there is none such.
[[nodiscard]] absl::StatusOr<sim::ScenarioOptions> ScenarioFromFlags();

// Which runs --seeds, --profile, --jobs and --seconds ask for, each like
// ScenarioFromFlags. INVALID_ARGUMENT as there; a --profile that does not exist
// is found by Search.
[[nodiscard]] absl::StatusOr<SearchOptions> SearchFromFlags();

// The command that runs `seed` again as these flags had it.
std::string ReplayLine(uint64_t seed);

}  // namespace wharf::simulate

#endif  // WHARF_TOOLS_SIM_FLAGS_H_
