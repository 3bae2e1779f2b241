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

}  // namespace
}  // namespace wharf::sim
