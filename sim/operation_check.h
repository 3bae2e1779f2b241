// What a port may expect of an operation before it looks at any handle: the
// engine promises to hand over nothing else (engine/port.h,
// engine/capabilities.h). The simulated ports check it.

#ifndef WHARF_SIM_OPERATION_CHECK_H_
#define WHARF_SIM_OPERATION_CHECK_H_

#include <optional>

#include "engine/capabilities.h"
#include "engine/operation.h"
#include "sim/violation.h"

namespace wharf::sim {

// The first rule that `operation` breaks on a port with `capabilities`, or
// nothing. Does not look at memory other than the vector array
// and the path.
std::optional<Violation> CheckOperation(const Operation& operation,
                                        const PortCapabilities& capabilities);

}  // namespace wharf::sim

#endif  // WHARF_SIM_OPERATION_CHECK_H_
