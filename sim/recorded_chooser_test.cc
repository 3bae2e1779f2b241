#include "sim/recorded_chooser.h"

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

TEST(RecordedChooserTest, ReplaysItsList) {
  RecordedChooser chooser({2, 0, 1});
  EXPECT_EQ(chooser.Choose(3, "a"), 2u);
  EXPECT_EQ(chooser.Choose(3, "a"), 0u);
  EXPECT_FALSE(chooser.exact());
  EXPECT_EQ(chooser.Choose(2, "b"), 1u);
  EXPECT_TRUE(chooser.exact());
  EXPECT_EQ(chooser.used(), 3u);
}

TEST(RecordedChooserTest, OneOptionTakesNothingFromTheList) {
  RecordedChooser chooser({1});
  EXPECT_EQ(chooser.Choose(1, "a"), 0u);
  EXPECT_EQ(chooser.used(), 0u);
  EXPECT_EQ(chooser.Choose(2, "a"), 1u);
  EXPECT_EQ(chooser.Choose(1, "a"), 0u);
  EXPECT_TRUE(chooser.exact());
}

TEST(RecordedChooserTest, AfterTheEndItAnswersZero) {
  RecordedChooser chooser({1});
  chooser.Choose(2, "a");
  EXPECT_EQ(chooser.Choose(2, "a"), 0u);
  EXPECT_EQ(chooser.beyond(), 1u);
  EXPECT_FALSE(chooser.exact());
}

TEST(RecordedChooserTest, AfterTheEndTheFallbackAnswers) {
  RecordedChooser rest({4});
  RecordedChooser chooser({1}, &rest);
  chooser.Choose(2, "a");
  EXPECT_EQ(chooser.Choose(5, "a"), 4u);
  EXPECT_EQ(chooser.beyond(), 1u);
}

TEST(RecordedChooserTest, ReducesAndCountsWhatIsOutOfRange) {
  RecordedChooser chooser({7, 1});
  EXPECT_EQ(chooser.Choose(3, "a"), 1u);
  EXPECT_EQ(chooser.Choose(3, "a"), 1u);
  EXPECT_EQ(chooser.reduced(), 1u);
  EXPECT_FALSE(chooser.exact());
}

}  // namespace
}  // namespace wharf::sim
