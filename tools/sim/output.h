// What the verbs of `wharf sim` say, and the files they keep runs in.

#ifndef WHARF_TOOLS_SIM_OUTPUT_H_
#define WHARF_TOOLS_SIM_OUTPUT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace wharf::simulate {

// Writes "wharf sim: `message`" and a line's end to standard error; returns
// `status`.
int Complain(int status, std::string_view message);

// Writes `text` to standard output, as it is.
void Put(std::string_view text);

// Makes `path` hold `text` and nothing else. UNKNOWN, naming path and reason,
// if it cannot; the file may then hold a part.
[[nodiscard]] absl::Status WriteFile(const std::string& path,
                                     const std::string& text);

// All of the file at `path`. NOT_FOUND if it cannot be opened, UNKNOWN if it
// cannot be read; both name the path.
[[nodiscard]] absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace wharf::simulate

#endif  // WHARF_TOOLS_SIM_OUTPUT_H_
