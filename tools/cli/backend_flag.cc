#include "tools/cli/backend_flag.h"

#include <optional>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"

ABSL_FLAG(wharf::BackendFlag, backend, wharf::BackendFlag{},
          "The kernel interface: auto (the best one here; `wharf probe` says "
          "which), or one by its name: io_uring, linux_aio, iocp.");

namespace wharf {

bool AbslParseFlag(absl::string_view text, BackendFlag* backend,
                   std::string* error) {
  const std::optional<BackendChoice> choice = BackendFromName(text);
  if (!choice.has_value()) {
    *error = absl::StrCat("a backend is one of ", BackendNames());
    return false;
  }
  backend->choice = *choice;
  return true;
}

std::string AbslUnparseFlag(BackendFlag backend) {
  return std::string(BackendName(backend.choice));
}

}  // namespace wharf
