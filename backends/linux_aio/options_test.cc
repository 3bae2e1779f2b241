#include "backends/linux_aio/options.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using ::testing::HasSubstr;

void ExpectRefused(const LinuxAioOptions& options, const std::string& what) {
  const absl::Status status = ValidateLinuxAioOptions(options);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << what;
  EXPECT_THAT(std::string(status.message()), HasSubstr(what));
}

TEST(LinuxAioOptions, DefaultsAndLimitsAreValid) {
  LinuxAioOptions options;
  EXPECT_TRUE(ValidateLinuxAioOptions(options).ok());
  options.entries = LinuxAioOptions::kMaxEntries;
  options.close_grace = Duration::zero();
  options.submit_failure_grace = Duration::zero();
  EXPECT_TRUE(ValidateLinuxAioOptions(options).ok());
  options.entries = 1;
  EXPECT_TRUE(ValidateLinuxAioOptions(options).ok());
}

TEST(LinuxAioOptions, RefusalsNameFieldAndValue) {
  LinuxAioOptions options;
  options.entries = 0;
  ExpectRefused(options, "entries is 0");
  options.entries = 262'145;
  ExpectRefused(options, "entries is 262145");
  options = {};
  options.close_grace = Duration(-1);
  ExpectRefused(options, "close_grace is -1");
  options = {};
  options.submit_failure_grace = Duration(-2);
  ExpectRefused(options, "submit_failure_grace is -2");
}

}  // namespace
}  // namespace wharf
