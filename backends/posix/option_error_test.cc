#include "backends/posix/option_error.h"

#include "gtest/gtest.h"

namespace wharf::posix {
namespace {

TEST(InvalidOption, NamesTheValueTheLimitAndTheWayOut) {
  const absl::Status status =
      InvalidOption("Options::entries", 0, "1 to 9", "take 1");
  EXPECT_EQ(status, absl::InvalidArgumentError(
                        "Options::entries is 0, but must be 1 to 9; take 1"));
}

}  // namespace
}  // namespace wharf::posix
