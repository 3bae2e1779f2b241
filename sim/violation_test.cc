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

TEST(ViolationTest, TheHistoryStandsBelowIndented) {
  EXPECT_EQ(Describe({{ViolationKind::kScript, OperationId{7}, "one", "a\nb\n"},
                      {ViolationKind::kScript, OperationId{8}, "two", "c"}}),
            "Script #7: one\n    a\n    b\nScript #8: two\n    c\n");
}

TEST(ViolationTest, EveryKindHasAnameOfItsOwn) {
  std::set<std::string_view> names;
  for (int i = 0; i < kViolationKindCount; ++i) {
    names.insert(ViolationKindName(static_cast<ViolationKind>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kViolationKindCount));
  EXPECT_FALSE(names.contains("Unknown"));
}

}  // namespace
}  // namespace wharf::sim
