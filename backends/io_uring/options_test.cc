#include "backends/io_uring/options.h"

#include <string>

#include "engine/operation.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

void ExpectRefused(const IoUringOptions& options, const std::string& field,
                   const std::string& value) {
  const absl::Status status = ValidateIoUringOptions(options);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << field;
  const std::string message(status.message());
  EXPECT_NE(message.find(field + " is " + value), std::string::npos) << message;
  EXPECT_NE(message.find("must be"), std::string::npos) << message;
}

TEST(IoUringOptions, DefaultsAreValid) {
  EXPECT_TRUE(ValidateIoUringOptions({}).ok());
}

TEST(IoUringOptions, LimitsAreValid) {
  IoUringOptions options;
  options.entries = IoUringOptions::kMaxEntries;
  options.completion_factor = IoUringOptions::kMaxCompletionFactor;
  options.allowed_opcodes = (uint64_t{1} << kOpcodeCount) - 1;
  options.close_grace = Duration::zero();
  EXPECT_TRUE(ValidateIoUringOptions(options).ok());
}

TEST(IoUringOptions, RefusalsNameFieldAndValue) {
  IoUringOptions options;
  options.entries = 0;
  ExpectRefused(options, "entries", "0");
  options.entries = 262'145;
  ExpectRefused(options, "entries", "262145");
  options = {};
  options.completion_factor = 17;
  ExpectRefused(options, "completion_factor", "17");
  options.completion_factor = 0;
  ExpectRefused(options, "completion_factor", "0");
  options = {};
  options.sq_poll_idle = std::chrono::milliseconds(0);
  EXPECT_TRUE(ValidateIoUringOptions(options).ok());
  options.sq_poll = true;
  ExpectRefused(options, "sq_poll_idle", "0");
  options = {};
  options.allowed_opcodes = uint64_t{1} << kOpcodeCount;
  ExpectRefused(options, "allowed_opcodes",
                std::to_string(options.allowed_opcodes));
  options = {};
  options.close_grace = Duration(-1);
  ExpectRefused(options, "close_grace", "-1");
  options = {};
  options.enter_failure_grace = Duration(-2);
  ExpectRefused(options, "enter_failure_grace", "-2");
}

}  // namespace
}  // namespace wharf
