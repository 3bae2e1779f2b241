#include "backends/linux_aio/setup_error.h"

#include <cerrno>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf::aio {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const KernelFacts kFull{"6.1.0", 65'536, 65'500, 257};

TEST(SetupError, AnExhaustedQuotaSaysNeededAvailableAndHowToRaise_A06) {
  const absl::Status status = SetupErrorStatus(EAGAIN, kFull);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(
      std::string(status.message()),
      AllOf(HasSubstr("257 AIO events are needed"),
            HasSubstr("only 36 are available"),
            HasSubstr("fs.aio-max-nr is 65536"),
            HasSubstr("sysctl fs.aio-max-nr=131293"), HasSubstr("errno 11")));
}

TEST(SetupError, MoreTakenThanThereAreIsNoneAvailable) {
  EXPECT_THAT(ExplainSetupError(EAGAIN, {"", 100, 200, 5}).cause,
              HasSubstr("only 0 are available"));
}

TEST(SetupError, AnUnknownQuotaIsStillExplained) {
  const Explanation explanation = ExplainSetupError(EAGAIN, {"", -1, -1, 257});
  EXPECT_THAT(explanation.cause, HasSubstr("257"));
  EXPECT_THAT(explanation.way_out, HasSubstr("fs.aio-max-nr"));
}

TEST(SetupError, EveryErrorHasItsCodeAndAWayOut) {
  struct Row {
    int error;
    absl::StatusCode code;
    const char* text;
  };
  for (const Row& row :
       {Row{ENOSYS, absl::StatusCode::kUnimplemented, "6.1.0"},
        Row{EPERM, absl::StatusCode::kPermissionDenied, "seccomp"},
        Row{ENOMEM, absl::StatusCode::kResourceExhausted, "257"},
        Row{EINVAL, absl::StatusCode::kInternal, "io_setup(2)"}}) {
    const absl::Status status = SetupErrorStatus(row.error, kFull);
    EXPECT_EQ(status.code(), row.code) << row.error;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(row.text), HasSubstr("Way out: ")));
  }
}

TEST(SetupError, AnOldKernelIsToldFromAFailure) {
  const absl::Status status = TooOldStatus({"4.14.0", 65'536, 0, 257});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("4.14.0"), HasSubstr("4.19")));
}

}  // namespace
}  // namespace wharf::aio
