// MakePlan where a name is a symbolic link, which tests cannot make on Windows.

#include "gtest/gtest.h"
#include "tools/cp/plan.h"
#include "tools/cp/scratch.h"

namespace wharf::cp {
namespace {

TEST(PlanLinkTest, ADirectoryIsNotCopiedIntoItselfThroughALink) {
  Scratch scratch;
  scratch.MakeFolder("tree/sub");
  scratch.Link("tree/sub", "alias");
  const absl::StatusOr<Plan> plan =
      MakePlan({scratch.Path("tree")}, scratch.Path("alias"));
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->failures.size(), 1u);
  EXPECT_NE(plan->failures[0].message().find("into itself"),
            absl::string_view::npos);
}

}  // namespace
}  // namespace wharf::cp
