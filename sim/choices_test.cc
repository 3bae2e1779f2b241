#include "sim/choices.h"

#include <chrono>
#include <cstdint>
#include <limits>
#include <string_view>

#include "gtest/gtest.h"
#include "sim/recorded_chooser.h"

namespace wharf::sim {
namespace {

class ChoicesTest : public testing::Test {
 protected:
  Trace trace_{Trace::Keep::kEntries};
  VirtualClock clock_;
};

TEST_F(ChoicesTest, EveryAnswerIsInTheTraceWithItsTime) {
  RecordedChooser chooser({2});
  Choices choices(&chooser, &trace_, &clock_);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(choices.Pick(3, "what"), 2u);
  ASSERT_EQ(trace_.entries().size(), 1u);
  EXPECT_EQ(Describe(trace_.entries()[0]), "1.000000000 choice what 2/3");
}

TEST_F(ChoicesTest, OneOptionIsNotAsked) {
  RecordedChooser chooser({1});
  Choices choices(&chooser, &trace_, &clock_);
  EXPECT_EQ(choices.Pick(1, "what"), 0u);
  EXPECT_EQ(chooser.used(), 0u);
  EXPECT_TRUE(trace_.entries().empty());
}

TEST_F(ChoicesTest, WithoutAChooserEverythingIsPlain) {
  Choices choices(nullptr, &trace_, &clock_);
  EXPECT_EQ(choices.Pick(9, "what"), 0u);
  EXPECT_FALSE(choices.Happens("what"));
  EXPECT_EQ(choices.UpTo(100, "what"), 100u);
  EXPECT_TRUE(trace_.entries().empty());
}

TEST_F(ChoicesTest, AmountsGoFromAllDownToOne) {
  RecordedChooser chooser({0, 1, 99});
  Choices choices(&chooser, &trace_, &clock_);
  EXPECT_EQ(choices.UpTo(100, "bytes"), 100u);
  EXPECT_EQ(choices.UpTo(100, "bytes"), 99u);
  EXPECT_EQ(choices.UpTo(100, "bytes"), 1u);
  EXPECT_EQ(choices.UpTo(1, "bytes"), 1u);
  EXPECT_TRUE(chooser.exact());
}

TEST_F(ChoicesTest, HugeAmountsStayInRange) {
  constexpr uint64_t kHuge = std::numeric_limits<uint64_t>::max();
  RecordedChooser chooser({0xfffffffe});
  Choices choices(&chooser, &trace_, &clock_);
  EXPECT_EQ(choices.UpTo(kHuge, "bytes"), kHuge - 0xfffffffe);
}

// A chooser that answers out of range.
class Liar : public Chooser {
 public:
  uint32_t Choose(uint32_t n, std::string_view) override { return n; }
};

TEST_F(ChoicesTest, AnAnswerOutOfRangeIsOptionZero) {
  Liar liar;
  Choices choices(&liar, &trace_, &clock_);
  EXPECT_EQ(choices.Pick(3, "what"), 0u);
  EXPECT_EQ(trace_.entries()[0].a, 0);
}

}  // namespace
}  // namespace wharf::sim
