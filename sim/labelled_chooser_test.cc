#include "sim/labelled_chooser.h"

#include "gtest/gtest.h"
#include "sim/recorded_chooser.h"

namespace wharf::sim {
namespace {

TEST(LabelledChooserTest, WhatWasNotSaidIsPlain) {
  LabelledChooser chooser;
  EXPECT_EQ(chooser.Choose(5, "a"), 0u);
  EXPECT_EQ(chooser.asked("a"), 0u);
}

TEST(LabelledChooserTest, NextHoldsOnceAlwaysAfterIt) {
  LabelledChooser chooser;
  chooser.Next("a", 3);
  chooser.Next("a", 1);
  chooser.Always("a", 2);
  EXPECT_EQ(chooser.unused(), 2u);
  EXPECT_EQ(chooser.Choose(5, "a"), 3u);
  EXPECT_EQ(chooser.Choose(5, "b"), 0u);
  EXPECT_EQ(chooser.Choose(1, "a"), 0u) << "nothing to decide";
  EXPECT_EQ(chooser.Choose(5, "a"), 1u);
  EXPECT_EQ(chooser.Choose(5, "a"), 2u);
  EXPECT_EQ(chooser.Choose(2, "a"), 0u) << "reduced";
  EXPECT_EQ(chooser.unused(), 0u);
  EXPECT_EQ(chooser.asked("a"), 4u);
}

TEST(LabelledChooserTest, TheRestIsAnothers) {
  RecordedChooser rest({4, 3});
  LabelledChooser chooser(&rest);
  chooser.Next("a", 1);
  EXPECT_EQ(chooser.Choose(5, "a"), 1u);
  EXPECT_EQ(chooser.Choose(5, "a"), 4u);
  EXPECT_EQ(chooser.Choose(5, "b"), 3u);
}

}  // namespace
}  // namespace wharf::sim
