// What the words of `wharf cp SRC... DST` mean.

#ifndef WHARF_TOOLS_CP_PLAN_H_
#define WHARF_TOOLS_CP_PLAN_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/cp/tree_walk.h"

namespace wharf::cp {

// Which source becomes which destination.
struct Plan {
  std::vector<Root> roots;
  // The existing directory that all roots are made in.
  std::string parent;
  // Sources that cannot be copied there; the others can.
  std::vector<absl::Status> failures;
};

// Decides as cp(1) does: into `destination` if that is a directory, else to
// that name. An error if nothing at all can be copied: several sources and a
// destination that is no directory, two sources of one name, no directory to
// make the destination in. A directory that would be copied into itself or onto
// itself is one of the failures. Blocking system calls; changes nothing.
absl::StatusOr<Plan> MakePlan(std::vector<std::string> sources,
                              std::string destination);

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_PLAN_H_
