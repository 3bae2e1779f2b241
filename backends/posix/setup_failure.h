// How a backend says that its kernel interface cannot be had.

#ifndef WHARF_BACKENDS_POSIX_SETUP_FAILURE_H_
#define WHARF_BACKENDS_POSIX_SETUP_FAILURE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace wharf::posix {

// A failure and what to do about it.
struct Explanation {
  std::string cause;
  std::string way_out;
};

// `explanation` as a Status: `call` (io_setup) answered `error` (an errno,
// positive) when `what` ("an io_uring") was opened. UNIMPLEMENTED if there is
// no such call, PERMISSION_DENIED, RESOURCE_EXHAUSTED for lack of descriptors,
// memory or quota, else INTERNAL.
absl::Status SetupFailure(std::string_view what, std::string_view call,
                          int error, const Explanation& explanation);

}  // namespace wharf::posix

#endif  // WHARF_BACKENDS_POSIX_SETUP_FAILURE_H_
