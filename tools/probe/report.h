// A BackendProbe in words and as JSON.

#ifndef WHARF_TOOLS_PROBE_REPORT_H_
#define WHARF_TOOLS_PROBE_REPORT_H_

#include <string>

#include "backends/open.h"

namespace wharf::probe {

// For people: the choice first, then every backend with its abilities.
std::string TextReport(const BackendProbe& probe);

// For programs: {"kernel", "chosen" (null if none), "reason", "backends": [
// {"name", "available", "explanation", "way_out", "features", "operations"}]};
// features and operations are lists of {"name", "available", "explanation",
// "way_out"}. One object, indented, with a newline behind it.
std::string JsonReport(const BackendProbe& probe);

}  // namespace wharf::probe

#endif  // WHARF_TOOLS_PROBE_REPORT_H_
