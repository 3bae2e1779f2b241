#include "tests/differential/open_world.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace wharf::differential {
namespace {

TEST(OpenWorldTest, ThisBuildHasThePortThatIsMeantIfNobodySaysWhich) {
  const absl::StatusOr<OpenedWorld> opened = OpenWorld(DefaultPort(), "");
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(sim::PersonalityName(opened->personality), DefaultPort());
  EXPECT_EQ(opened->world->port().Capabilities().name, DefaultPort());
}

TEST(OpenWorldTest, NamesWhatItDoesNotHaveAndWhatItHas) {
  const absl::Status status = OpenWorld("abacus", "").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(status.message(), "abacus")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), DefaultPort())) << status;
}

}  // namespace
}  // namespace wharf::differential
