// --backend: the kernel interface, as a flag of every command that opens one.

#ifndef WHARF_TOOLS_CLI_BACKEND_FLAG_H_
#define WHARF_TOOLS_CLI_BACKEND_FLAG_H_

#include <string>

#include "absl/flags/declare.h"
#include "absl/strings/string_view.h"
#include "backends/open.h"

namespace wharf {

// A flag's value.
struct BackendFlag {
  BackendChoice choice = BackendChoice::kAuto;
};

// For absl::flags: true and `*backend` set, or false and `*error` lists the
// names.
bool AbslParseFlag(absl::string_view text, BackendFlag* backend,
                   std::string* error);
// For absl::flags: the name.
std::string AbslUnparseFlag(BackendFlag backend);

}  // namespace wharf

ABSL_DECLARE_FLAG(wharf::BackendFlag, backend);

#endif  // WHARF_TOOLS_CLI_BACKEND_FLAG_H_
