#include "backends/iocp/options.h"

#include <string>

#include "gtest/gtest.h"

namespace wharf {
namespace {

void ExpectRefused(const IocpOptions& options, const std::string& field,
                   const std::string& value) {
  const absl::Status status = ValidateIocpOptions(options);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << field;
  const std::string message(status.message());
  EXPECT_NE(message.find(field + " is " + value), std::string::npos) << message;
  EXPECT_NE(message.find("must be"), std::string::npos) << message;
}

TEST(IocpOptions, DefaultsAndLimitsAreValid) {
  EXPECT_TRUE(ValidateIocpOptions({}).ok());
  IocpOptions options;
  options.max_in_flight = IocpOptions::kMaxInFlight;
  options.batch = IocpOptions::kMaxBatch;
  options.close_grace = Duration::zero();
  EXPECT_TRUE(ValidateIocpOptions(options).ok());
}

TEST(IocpOptions, RefusalsNameFieldAndValue) {
  IocpOptions options;
  options.max_in_flight = 0;
  ExpectRefused(options, "max_in_flight", "0");
  options.max_in_flight = 65'537;
  ExpectRefused(options, "max_in_flight", "65537");
  options = {};
  options.batch = 0;
  ExpectRefused(options, "batch", "0");
  options.batch = 4'097;
  ExpectRefused(options, "batch", "4097");
  options = {};
  options.close_grace = Duration(-1);
  ExpectRefused(options, "close_grace", "-1");
}

}  // namespace
}  // namespace wharf
