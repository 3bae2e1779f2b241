// Errors of `wharf cp`, all of one shape: "<path>: <reason>; <way out>".
//
// The status code says what a failure means for the rest of the copy, see
// StopsEverything.

#ifndef WHARF_TOOLS_CP_ERRORS_H_
#define WHARF_TOOLS_CP_ERRORS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "engine/outcome.h"

namespace wharf::cp {

// A path for a message: control characters are escaped, so that a message
// stays one line.
std::string ShowPath(std::string_view path);

// The error in so many words. `way_out` may be empty.
absl::Status PathError(absl::StatusCode code, std::string_view path,
                       std::string_view reason, std::string_view way_out);

// What a system call's `code` (an errno, or what GetLastError says) means for
// `path`. `action` says what was tried: "cannot open it".
absl::Status SystemError(int code, std::string_view path,
                         std::string_view action);

// The same for a request that did not end as it should (not kOk); `action`
// also says where: "cannot read bytes 4096 to 8191".
absl::Status RequestError(const Outcome& outcome, std::string_view path,
                          std::string_view action);

// True for failures after which no other file has a chance, so that the whole
// copy ends: no space (RESOURCE_EXHAUSTED), an interrupt (CANCELLED) and a dead
// kernel interface (INTERNAL).
bool StopsEverything(const absl::Status& status);

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_ERRORS_H_
