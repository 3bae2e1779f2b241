// The properties under cases that rapidcheck makes and shrinks. The same as the
// campaign's; here each guarantee is a test of its own, with its own focus.
// RC_PARAMS says otherwise how many cases are tried, and from which seed.

#include <cstdint>
#include <cstdlib>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck.h"
#include "sim/schedule_gen.h"
#include "tests/property/campaign.h"

namespace wharf::property {

// For rapidcheck's messages.
static void showValue(const Case& one, std::ostream& out) {
  out << FormatCase(one);
}

namespace {

// The same cases in every build; others in each run of --runs_per_test.
const bool kSeeded = [] {
  const char* repeat = std::getenv("TEST_RANDOM_SEED");  // Bazel's.
  const std::string parameters =
      "max_success=300 seed=" + std::string(repeat == nullptr ? "1" : repeat);
  return setenv("RC_PARAMS", parameters.c_str(), /*overwrite=*/0) == 0;
}();

// A choice of the program: any, because each is as good as another. It counts
// modulo the number of options.
rc::Gen<uint32_t> ProgramChoice() {
  const rc::Gen<uint32_t> any = rc::gen::inRange<uint32_t>(0, 720720);
  return rc::Gen<uint32_t>([any](const rc::Random& random, int size) {
    return rc::shrinkable::shrinkRecur(any(random, size).value(),
                                       &sim::SimplerChoices);
  });
}

// Up to about as many commands as a focus has steps at the most.
rc::Gen<std::vector<std::vector<uint32_t>>> Commands() {
  const auto command = rc::gen::resize(
      16, rc::gen::container<std::vector<uint32_t>>(ProgramChoice()));
  return rc::gen::scale(
      0.35, rc::gen::container<std::vector<std::vector<uint32_t>>>(command));
}

rc::Gen<Case> Cases() {
  const auto preface =
      rc::gen::container<std::vector<uint32_t>>(20, ProgramChoice());
  return rc::gen::apply(
      [](std::vector<uint32_t> limits, std::vector<uint32_t> ending,
         std::vector<std::vector<uint32_t>> commands,
         std::vector<uint32_t> machine) {
        commands.insert(commands.begin(),
                        {std::move(limits), std::move(ending)});
        return Case{.commands = std::move(commands),
                    .machine = std::move(machine)};
      },
      preface, preface, Commands(), sim::Schedules());
}

class PropertyTest : public testing::Test {
 protected:
  static void Check(const char* name) {
    ASSERT_TRUE(kSeeded);
    const Focus* focus = FindFocus(name);
    ASSERT_NE(focus, nullptr) << name;
    EXPECT_TRUE(rc::check(name, [focus] {
      const Case one = *Cases();
      const std::string failure = RunCase(*focus, one);
      if (failure.empty()) return;
      std::string story;
      (void)RunCase(*focus, one, &story);
      RC_FAIL("\n" + story + failure + "\nagain: " + CampaignCommand(*focus) +
              " --case " + FormatCase(one));
    }));
  }
};

// In the order of AllFocuses.
#define WHARF_PROPERTY(name) \
  TEST_F(PropertyTest, name) { Check(#name); }

WHARF_PROPERTY(G01_EveryRequestHasOneOutcome)
WHARF_PROPERTY(G02_MemoryStaysUntilTheCompletion)
WHARF_PROPERTY(G03_BuffersAndBytesComeBack)
WHARF_PROPERTY(G04_CompleteSuccessBeatsDeadline)
WHARF_PROPERTY(G05_NothingIsIssuedAfterAStop)
WHARF_PROPERTY(G06_DeadlinesAreInTime)
WHARF_PROPERTY(G07_FullIsVisible)
WHARF_PROPERTY(G08_OrderOfStaging)
WHARF_PROPERTY(G09_StaleIdentitiesTouchNobody)
WHARF_PROPERTY(G10_NoWakeUpIsLost)
WHARF_PROPERTY(G11_TransientAnswersStayInside)
WHARF_PROPERTY(G12_ShutdownIsBounded)
WHARF_PROPERTY(G13_OnlyTheAskedForIsCancelled)
WHARF_PROPERTY(G14_SyncFollowsTheLastByte)
WHARF_PROPERTY(G15_ZeroLengthAndEndOfStream)
WHARF_PROPERTY(G16_DroppedCallers)
WHARF_PROPERTY(G17_EverythingEnds)
WHARF_PROPERTY(G18_TheSameChoicesGiveTheSameRun)
#undef WHARF_PROPERTY

}  // namespace
}  // namespace wharf::property
