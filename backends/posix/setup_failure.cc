#include "backends/posix/setup_failure.h"

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace wharf::posix {
namespace {

absl::StatusCode CodeFor(int error) {
  switch (error) {
    case ENOSYS:
      return absl::StatusCode::kUnimplemented;
    case EPERM:
    case EACCES:
      return absl::StatusCode::kPermissionDenied;
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return absl::StatusCode::kResourceExhausted;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status SetupFailure(std::string_view what, std::string_view call,
                          int error, const Explanation& explanation) {
  return absl::Status(
      CodeFor(error),
      absl::StrCat("cannot open ", what, ": ", explanation.cause, " (", call,
                   ": errno ", error, "). Way out: ", explanation.way_out));
}

}  // namespace wharf::posix
