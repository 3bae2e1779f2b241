#include "tools/cp/options.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf::cp {
namespace {

using ::testing::HasSubstr;

std::string Error(const CopyOptions& options) {
  return std::string(ValidateCopyOptions(options).message());
}

TEST(CopyOptionsTest, DefaultsAndLimitsAreValid) {
  EXPECT_TRUE(ValidateCopyOptions({}).ok());
  EXPECT_TRUE(ValidateCopyOptions({.depth = 1, .block_size = 4096}).ok());
  EXPECT_TRUE(
      ValidateCopyOptions({.depth = 64, .block_size = uint64_t{64} << 20})
          .ok());
  EXPECT_TRUE(ValidateCopyOptions({.deadline = std::chrono::hours(24)}).ok());
}

TEST(CopyOptionsTest, EachErrorNamesTheFlagTheValueAndTheLimits) {
  EXPECT_THAT(Error({.depth = 0}), HasSubstr("--depth=0: must be 1 to 1024"));
  EXPECT_THAT(Error({.depth = 1025}), HasSubstr("--depth=1025"));
  for (const uint64_t size : {0, 4095, 5000, (64 << 20) + 4096}) {
    EXPECT_THAT(Error({.block_size = size}),
                HasSubstr("--block-size=" + std::to_string(size)));
  }
  EXPECT_THAT(Error({.depth = 65, .block_size = uint64_t{64} << 20}),
              HasSubstr("4G of memory"));
  EXPECT_THAT(Error({.deadline = Duration::zero()}), HasSubstr("--deadline"));
  EXPECT_THAT(Error({.deadline = std::chrono::hours(25)}), HasSubstr("24h"));
}

}  // namespace
}  // namespace wharf::cp
