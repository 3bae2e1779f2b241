#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tests/differential/open_world.h"

namespace wharf::differential {

absl::StatusOr<OpenedWorld> OpenWorld(const std::string& port,
                                      const std::string&) {
  return absl::InvalidArgumentError(
      absl::StrCat(port,
                   ": programs can be run on Linux only; build there, and give "
                   "io_uring"));
}

}  // namespace wharf::differential
