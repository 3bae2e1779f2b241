#include "engine/engine_options.h"

#include <chrono>
#include <cstdint>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string Refusal(const EngineOptions& options) {
  const absl::Status status = ValidateOptions(options);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(EngineOptionsTest, DefaultsAreValid) {
  EXPECT_EQ(ValidateOptions(EngineOptions{}), absl::OkStatus());
}

TEST(EngineOptionsTest, LimitsThemselvesAreValid) {
  EXPECT_EQ(ValidateOptions({.in_flight_capacity = 1,
                             .max_requests = 1,
                             .max_remote_requests = 0,
                             .tick = std::chrono::microseconds(1),
                             .max_transient_retries = 0}),
            absl::OkStatus());
  EXPECT_EQ(ValidateOptions({.in_flight_capacity = 1 << 20,
                             .max_requests = 1 << 24,
                             .max_remote_requests = 1 << 20,
                             .tick = std::chrono::hours(1),
                             .max_transient_retries = uint32_t{1} << 31}),
            absl::OkStatus());
}

// Each refusal names the field, its value and both limits.
TEST(EngineOptionsTest, InFlightCapacityHasLimits) {
  EXPECT_THAT(Refusal({.in_flight_capacity = 0}),
              AllOf(HasSubstr("EngineOptions::in_flight_capacity is 0"),
                    HasSubstr("must be 1 to 1048576")));
  EXPECT_THAT(Refusal({.in_flight_capacity = (1 << 20) + 1}),
              AllOf(HasSubstr("EngineOptions::in_flight_capacity is 1048577"),
                    HasSubstr("must be 1 to 1048576")));
}

TEST(EngineOptionsTest, MaxRequestsHasLimits) {
  EXPECT_THAT(Refusal({.max_requests = 0}),
              AllOf(HasSubstr("EngineOptions::max_requests is 0"),
                    HasSubstr("must be 1 to 16777216")));
  EXPECT_THAT(Refusal({.max_requests = (1 << 24) + 1}),
              HasSubstr("EngineOptions::max_requests is 16777217"));
}

TEST(EngineOptionsTest, MaxRemoteRequestsHasALimit) {
  EXPECT_THAT(Refusal({.max_remote_requests = (1 << 20) + 1}),
              AllOf(HasSubstr("EngineOptions::max_remote_requests is 1048577"),
                    HasSubstr("must be 0 to 1048576")));
}

TEST(EngineOptionsTest, TickHasLimits) {
  EXPECT_THAT(Refusal({.tick = Duration(999)}),
              AllOf(HasSubstr("EngineOptions::tick (ns) is 999"),
                    HasSubstr("must be 1000 to 3600000000000")));
  EXPECT_THAT(Refusal({.tick = Duration::zero()}), HasSubstr("is 0;"));
  EXPECT_THAT(Refusal({.tick = Duration::min()}),
              HasSubstr("is -9223372036854775808;"));
  EXPECT_THAT(Refusal({.tick = std::chrono::hours(1) + Duration(1)}),
              HasSubstr("is 3600000000001;"));
}

TEST(EngineOptionsTest, TransientRetriesHaveALimit) {
  EXPECT_THAT(
      Refusal({.max_transient_retries = (uint32_t{1} << 31) + 1}),
      AllOf(HasSubstr("EngineOptions::max_transient_retries is 2147483649"),
            HasSubstr("must be 0 to 2147483648")));
}

}  // namespace
}  // namespace wharf
