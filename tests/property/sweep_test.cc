// The sweep itself: every program does what it is for when nothing goes wrong,
// every choice is reached, and what is broken is found and told.

#include "tests/property/sweep.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf::property {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const SweepProgram& Program(std::string_view name) {
  const auto found =
      std::find_if(SweepPrograms().begin(), SweepPrograms().end(),
                   [&](const SweepProgram& one) { return one.name == name; });
  EXPECT_NE(found, SweepPrograms().end()) << name;
  return *found;
}

std::string PlainStory(std::string_view name, std::vector<Fault> faults = {}) {
  std::string story;
  EXPECT_EQ(RunWithFaults(Program(name), sim::Personality::kIoUring, faults,
                          &story, nullptr),
            "");
  return story;
}

int Count(const std::string& story, const std::string& what) {
  int count = 0;
  for (std::size_t at = story.find(what); at != story.npos;
       at = story.find(what, at + 1)) {
    ++count;
  }
  return count;
}

TEST(SweepTest, ThereAreEnoughPrograms) {
  EXPECT_GE(SweepPrograms().size(), 10u);
}

TEST(SweepTest, ThePlainProgramsDoWhatTheyAreFor) {
  EXPECT_EQ(Count(PlainStory("CopyLoop"), "Ok after 200 bytes"), 6);
  EXPECT_EQ(Count(PlainStory("DurableWritesInParts"), "issued Sync"), 4);
  EXPECT_EQ(Count(PlainStory("DurableWrites"), "Ok after 150 bytes"), 3);
  EXPECT_THAT(PlainStory("FullDisk"), HasSubstr("NoSpace"));
  EXPECT_EQ(Count(PlainStory("Echo"), "Ok after 20 bytes"), 4);
  EXPECT_THAT(PlainStory("Echo"), HasSubstr("EndOfStream"));
  EXPECT_THAT(PlainStory("EchoThatWouldBlock"), HasSubstr("issued Poll"));
  EXPECT_THAT(PlainStory("SendUntilItBreaks"), HasSubstr("ConnectionReset"));
  EXPECT_EQ(Count(PlainStory("AcceptConnectClose"), ": Ok"), 4);
  EXPECT_EQ(Count(PlainStory("OpenAndClose"), ": Ok"), 6);
  EXPECT_GE(Count(PlainStory("CancelStorm"), "Cancelled"), 3);
  EXPECT_GE(Count(PlainStory("DeadlineStorm"), "Deadline"), 2);
  const std::string dropped = PlainStory("DropEverybody");
  EXPECT_THAT(dropped.substr(dropped.find("drop 0")),
              Not(HasSubstr("outcome")));
  EXPECT_GE(Count(PlainStory("ShutdownWithBudget"), "Abandoned"), 2);
  EXPECT_EQ(Count(PlainStory("RemoteSubmits"), "another thread acts"), 2);
  EXPECT_EQ(Count(PlainStory("ChainAtCapacityOne"), "Ok after 150"), 4);
  EXPECT_EQ(Count(PlainStory("ReadsBeforeTheirWrites"), "Deadline"), 2);
}

TEST(SweepTest, AFaultIsOneOtherAnswer) {
  std::vector<uint32_t> options;
  (void)RunWithFaults(Program("CopyLoop"), sim::Personality::kIoUring, {},
                      nullptr, &options);
  ASSERT_GT(options.size(), 20u);
  const std::string plain = PlainStory("CopyLoop");
  int others = 0;
  for (uint32_t choice = 0; choice < options.size(); ++choice) {
    others += PlainStory("CopyLoop", {{choice, 1}}) != plain ? 1 : 0;
  }
  EXPECT_GT(others, 20);
}

TEST(SweepTest, CountsItsRunsAndStopsAtItsLimit) {
  const SweepResult one =
      Sweep(Program("OpenAndClose"), sim::Personality::kIoUring, {});
  EXPECT_EQ(one.failure, "");
  EXPECT_TRUE(one.whole);
  EXPECT_GT(one.runs, one.choices);
  const SweepResult some = Sweep(Program("OpenAndClose"),
                                 sim::Personality::kIoUring, {.max_runs = 5});
  EXPECT_FALSE(some.whole);
  EXPECT_EQ(some.runs, 5u);
  const SweepResult pairs =
      Sweep(Program("OpenAndClose"), sim::Personality::kIoUring,
            {.answers = 1, .pair_distance = 2});
  EXPECT_GT(pairs.runs, one.choices);
}

}  // namespace
}  // namespace wharf::property
