#include "sim/recording_chooser.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "sim/random_chooser.h"
#include "sim/recorded_chooser.h"

namespace wharf::sim {
namespace {

TEST(RecordingChooserTest, KeepsWhatItsSourceAnswered) {
  RecordedChooser source({2, 1});
  RecordingChooser chooser(&source);
  EXPECT_EQ(chooser.Choose(3, "a"), 2u);
  EXPECT_EQ(chooser.Choose(1, "b"), 0u);
  EXPECT_EQ(chooser.Choose(2, "c"), 1u);
  EXPECT_EQ(chooser.choices(), (std::vector<Choice>{{3, 2, "a"}, {2, 1, "c"}}));
  chooser.Clear();
  EXPECT_TRUE(chooser.choices().empty());
}

TEST(RecordingChooserTest, ARecordingReplaysExactly) {
  RandomChooser random(11);
  RecordingChooser recording(&random);
  std::vector<uint32_t> answers;
  for (uint32_t n = 1; n < 200; ++n)
    answers.push_back(recording.Choose(n, "x"));
  RecordedChooser replay(recording.numbers());
  for (uint32_t n = 1; n < 200; ++n)
    EXPECT_EQ(replay.Choose(n, "x"), answers[n - 1]);
  EXPECT_TRUE(replay.exact());
}

}  // namespace
}  // namespace wharf::sim
