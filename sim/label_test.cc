#include "sim/label.h"

#include <string_view>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

TEST(LabelTest, IsItsTextAndTheTextsFixedHash) {
  constexpr Label kLabel = "order.next";
  EXPECT_EQ(kLabel.name, "order.next");
  EXPECT_EQ(kLabel.hash, HashName("order.next"));
  EXPECT_NE(kLabel.hash, Label("order.nexu").hash);
}

// A Label of any other text does not compile.
TEST(LabelTest, ANameCanBeReadBackFromATrace) {
  for (const std::string_view name : {"", "x", "order.next", "~!/"}) {
    EXPECT_TRUE(IsLabelName(name)) << name;
  }
  for (const std::string_view text :
       {" ", "a b", "a\n", "a\x7f", "\xc3\xa4", "1", "9x", "-x", "#x"}) {
    EXPECT_FALSE(IsLabelName(text)) << text;
  }
}

}  // namespace
}  // namespace wharf::sim
