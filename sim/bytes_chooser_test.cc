#include "sim/bytes_chooser.h"

#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "sim/random.h"

namespace wharf::sim {
namespace {

TEST(BytesChooserTest, AByteDecidesBetweenUpTo256) {
  const std::vector<uint8_t> bytes = {1, 255, 7};
  BytesChooser chooser(bytes);
  EXPECT_EQ(chooser.Choose(2, "a"), 1u);
  EXPECT_EQ(chooser.Choose(256, "b"), 255u);
  EXPECT_EQ(chooser.Choose(5, "c"), 2u) << "modulo";
  EXPECT_EQ(chooser.used(), 3u);
}

TEST(BytesChooserTest, TakesNoMoreBytesThanTheDecisionNeeds) {
  const std::vector<uint8_t> bytes(10, 1);
  struct Case {
    uint32_t n;
    std::size_t bytes;
    uint32_t choice;
  };
  for (const Case& c :
       {Case{256, 1, 1}, Case{257, 2, 0x101 % 257}, Case{0x10000, 2, 0x101},
        Case{0x10001, 3, 0x10101 % 0x10001}, Case{0x1000000, 3, 0x10101},
        Case{std::numeric_limits<uint32_t>::max(), 4, 0x1010101}}) {
    BytesChooser chooser(bytes);
    EXPECT_EQ(chooser.Choose(c.n, "a"), c.choice) << c.n;
    EXPECT_EQ(chooser.used(), c.bytes) << c.n;
  }
}

TEST(BytesChooserTest, TheLowByteComesFirst) {
  const std::vector<uint8_t> bytes = {0x34, 0x12};
  BytesChooser chooser(bytes);
  EXPECT_EQ(chooser.Choose(0x10000, "a"), 0x1234u);
}

TEST(BytesChooserTest, OneOptionTakesNothing) {
  const std::vector<uint8_t> bytes = {1};
  BytesChooser chooser(bytes);
  EXPECT_EQ(chooser.Choose(1, "a"), 0u);
  EXPECT_EQ(chooser.used(), 0u);
}

TEST(BytesChooserTest, AfterTheEndEverythingIsPlain) {
  const std::vector<uint8_t> bytes = {0x34};
  BytesChooser chooser(bytes);
  EXPECT_FALSE(chooser.exhausted());
  EXPECT_EQ(chooser.Choose(0x10000, "a"), 0x34u) << "half of a number";
  EXPECT_TRUE(chooser.exhausted());
  EXPECT_EQ(chooser.Choose(2, "b"), 0u);
  EXPECT_EQ(BytesChooser({}).Choose(9, "c"), 0u);
}

TEST(BytesChooserTest, AnyInputIsASchedule) {
  Random random(1);
  for (int run = 0; run < 1000; ++run) {
    std::vector<uint8_t> bytes(random.Below(20));
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.Below(256));
    BytesChooser chooser(bytes);
    for (int i = 0; i < 30; ++i) {
      const uint32_t n = 1 + random.Below(100000);
      ASSERT_LT(chooser.Choose(n, "a"), n);
    }
    EXPECT_TRUE(chooser.exhausted());
  }
}

}  // namespace
}  // namespace wharf::sim
