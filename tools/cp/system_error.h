// The system's error codes, as its calls give them: one file for each system.

#ifndef WHARF_TOOLS_CP_SYSTEM_ERROR_H_
#define WHARF_TOOLS_CP_SYSTEM_ERROR_H_

#include <string>

#include "engine/error.h"

namespace wharf::cp {

// What `code` (an errno, or what GetLastError says) is in portable terms;
// kUnknown if it is none of those.
Error PortableError(int code);

// The system's own words for it, in one line.
std::string SystemWords(int code);

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_SYSTEM_ERROR_H_
