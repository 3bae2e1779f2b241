#include "sim/violation.h"

#include <set>
#include <string_view>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

TEST(ViolationTest, DescribesNothingAsNothing) { EXPECT_EQ(Describe({}), ""); }

TEST(ViolationTest, DescribesEachOnItsOwnLineWithItsOperation) {
  EXPECT_EQ(Describe({{ViolationKind::kScript, OperationId{7}, "one"},
                      {ViolationKind::kDeadPort, OperationId{}, "two"}}),
            "Script #7: one\nDeadPort: two\n");
}

TEST(ViolationTest, EveryKindHasAnameOfItsOwn) {
  std::set<std::string_view> names;
  const int last = static_cast<int>(ViolationKind::kScript);
  for (int i = 0; i <= last; ++i) {
    names.insert(ViolationKindName(static_cast<ViolationKind>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last + 1));
  EXPECT_FALSE(names.contains("Unknown"));
}

}  // namespace
}  // namespace wharf::sim
