// A case is answered as it was taken, and survives being written down.

#include "tests/property/case.h"

#include <cstdint>

#include "gtest/gtest.h"
#include "sim/random_chooser.h"

namespace wharf::property {
namespace {

// What a small program is answered.
std::vector<uint32_t> Ask(CaseChooser& choices) {
  std::vector<uint32_t> answers;
  const auto ask = [&](sim::Chooser* chooser) {
    answers.push_back(chooser->Choose(5, "case_test"));
  };
  ask(choices.program());
  for (int i = 0; i < 3; ++i) {
    choices.NextCommand();
    ask(choices.program());
    ask(choices.machine());
    ask(choices.program());
  }
  choices.LastCommand();
  ask(choices.program());
  return answers;
}

TEST(CaseTest, ReplaysWhatItTook) {
  sim::RandomChooser program(7);
  sim::RandomChooser machine(8);
  CaseChooser first(&program, &machine);
  const std::vector<uint32_t> answers = Ask(first);
  EXPECT_EQ(first.taken().commands.size(), Case::kFirst + 3);
  EXPECT_EQ(first.taken().machine.size(), 3u);
  CaseChooser second(first.taken());
  EXPECT_EQ(second.CommandsOr(99), 3u);
  EXPECT_EQ(Ask(second), answers);
  EXPECT_EQ(second.taken(), first.taken());
}

TEST(CaseTest, AnswersZeroBehindTheEndAndWithoutFaults) {
  CaseChooser choices(Case{.commands = {{}, {}, {9}}, .machine = {9}});
  EXPECT_EQ(Ask(choices),
            std::vector<uint32_t>({0, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0}));
  CaseChooser plain(Case{.machine = {4, 4, 4}});
  plain.StopFaults();
  EXPECT_EQ(plain.machine()->Choose(5, "case_test"), 0u);
}

TEST(CaseTest, ALeftOutCommandChangesNoOther) {
  CaseChooser choices(Case{.commands = {{1}, {2}, {4, 4}, {3, 2}}});
  const std::vector<uint32_t> answers = Ask(choices);
  CaseChooser shorter(Case{.commands = {{1}, {2}, {3, 2}}});
  const std::vector<uint32_t> others = Ask(shorter);
  EXPECT_EQ(answers[4], others[1]);
  EXPECT_EQ(answers.back(), others.back());
}

TEST(CaseTest, IsOneWord) {
  const Case one{.commands = {{0, 3, 1, 0}, {}, {5}}, .machine = {0, 0, 1}};
  EXPECT_EQ(FormatCase(one), "0.3.1//5~0.0.1");
  ASSERT_TRUE(ParseCase("0.3.1//5~0.0.1").has_value());
  EXPECT_EQ(FormatCase(*ParseCase("0.3.1//5~0.0.1")), "0.3.1//5~0.0.1");
  EXPECT_EQ(ParseCase("~"), Case{});
  EXPECT_EQ(ParseCase("1/2"), std::nullopt);
  EXPECT_EQ(ParseCase("1/x~"), std::nullopt);
  EXPECT_EQ(ParseCase("1~-1"), std::nullopt);
}

}  // namespace
}  // namespace wharf::property
