#include "backends/posix/setup_failure.h"

#include <cerrno>

#include "gtest/gtest.h"

namespace wharf::posix {
namespace {

TEST(SetupFailure, SaysWhatWhyAndTheWayOut) {
  EXPECT_EQ(SetupFailure("a thing", "io_thing", ENOMEM,
                         {"there is none", "make some"}),
            absl::ResourceExhaustedError("cannot open a thing: there is none "
                                         "(io_thing: errno 12). Way out: make "
                                         "some"));
}

TEST(SetupFailure, TheCodeSaysWhatKindOfFailureItIs) {
  struct Row {
    int error;
    absl::StatusCode code;
  };
  for (const Row& row : {Row{ENOSYS, absl::StatusCode::kUnimplemented},
                         Row{EPERM, absl::StatusCode::kPermissionDenied},
                         Row{EACCES, absl::StatusCode::kPermissionDenied},
                         Row{EAGAIN, absl::StatusCode::kResourceExhausted},
                         Row{EMFILE, absl::StatusCode::kResourceExhausted},
                         Row{ENFILE, absl::StatusCode::kResourceExhausted},
                         Row{EINVAL, absl::StatusCode::kInternal}}) {
    EXPECT_EQ(SetupFailure("", "", row.error, {}).code(), row.code)
        << row.error;
  }
}

}  // namespace
}  // namespace wharf::posix
