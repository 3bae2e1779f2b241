#include "backends/io_uring/setup_error.h"

#include <cerrno>
#include <string>

#include "gtest/gtest.h"

namespace wharf::uring {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ExplainSetupError, NamesTheSysctlThatForbids) {
  for (int value : {1, 2}) {
    const Explanation explanation =
        ExplainSetupError(EPERM, {"6.6.0", value, 0});
    EXPECT_TRUE(Contains(explanation.cause, "kernel.io_uring_disabled is " +
                                                std::to_string(value)));
    EXPECT_TRUE(Contains(explanation.way_out, "io_uring_disabled=0"));
  }
}

TEST(ExplainSetupError, SuspectsSeccompWhenNoSysctlForbids) {
  for (int value : {-1, 0}) {
    EXPECT_TRUE(Contains(ExplainSetupError(EPERM, {"6.6.0", value, 0}).cause,
                         "seccomp"));
  }
}

TEST(ExplainSetupError, NamesTheMemoryLimit) {
  const Explanation explanation =
      ExplainSetupError(ENOMEM, {"5.10.0", -1, 65536});
  EXPECT_TRUE(Contains(explanation.cause, "RLIMIT_MEMLOCK is 64 KiB"));
  EXPECT_TRUE(Contains(explanation.way_out, "ulimit -l"));
}

TEST(ExplainSetupError, EveryErrorHasACauseAndAWayOut) {
  for (int error = 1; error < 134; ++error) {
    const Explanation explanation = ExplainSetupError(error, {});
    EXPECT_FALSE(explanation.cause.empty()) << error;
    EXPECT_FALSE(explanation.way_out.empty()) << error;
  }
}

TEST(SetupErrorStatus, HasTheCodeAndTheErrno) {
  EXPECT_EQ(SetupErrorStatus(ENOSYS, {}).code(),
            absl::StatusCode::kUnimplemented);
  EXPECT_EQ(SetupErrorStatus(EPERM, {}).code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(SetupErrorStatus(ENOMEM, {}).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(SetupErrorStatus(EIO, {}).code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(
      Contains(std::string(SetupErrorStatus(EIO, {}).message()), "errno 5"));
}

}  // namespace
}  // namespace wharf::uring
