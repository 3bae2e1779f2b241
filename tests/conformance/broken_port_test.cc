// Goal: the suite finds every lie. Method: it runs, as a program of its own, on
// a port that is broken in one way; the tests that are about that must fail.

#include "tests/conformance/broken_port.h"

#include <cstdlib>
#include <fstream>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace wharf::conformance {
namespace {

// The tests that must be among those that fail.
struct Expectation {
  Lie lie;
  std::vector<std::string_view> tests;
};

const Expectation kExpectations[] = {
    {Lie::kNone, {}},
    {Lie::kCompletesTwice,
     {"PortSubmit.WhatIsAcceptedEndsOnceAndTheRestNever"}},
    {Lie::kLosesCompletions, {"PortSubmit.TheRestCanBeOfferedAgain"}},
    {Lie::kForgetsRefusals,
     {"PortSubmit.WhatTheKernelRefusesBecomesACompletion"}},
    {Lie::kOverReports, {"PortOperations.Read", "PortOperations.Write"}},
    {Lie::kCorrupts, {"PortOperations.Read", "PortOperations.ReceiveAndSend"}},
    {Lie::kLosesBytesOfCancelled, {"PortCancel.LosesNoBytes"}},
    {Lie::kLosesCancels,
     {"PortCancel.EndsAReceiveThatWaits", "PortCancel.EndsAPoll",
      "PortCancel.BeforeTheFirstReap"}},
    {Lie::kLosesCancelsWhenFull, {"PortCancel.IsTakenWhenThePortIsFull"}},
    {Lie::kCancelsByItself, {"PortCancel.TwiceIsOnce"}},
    {Lie::kReportsAcknowledgements,
     {"PortCancel.TwiceIsOnce", "PortCancel.OfWhatIsNotInFlightHasNoEffect"}},
    {Lie::kCancelsSomebodyElse, {"PortCancel.HitsNobodyElse"}},
    {Lie::kForgetsWakes,
     {"PortWake.WakesTheNextReap",
      "PortWake.WakesTheNextReapWithOperationsInFlight"}},
    {Lie::kForgetsWakesWhenBusy, {"PortWake.WakesTheNextReap"}},
    {Lie::kReportsInterruptions,
     {"PortReap.WithNothingToComeNoneDoesNotSleep"}},
    {Lie::kTakesASuffix, {"PortSubmit.TakesAPrefixInOrder"}},
    {Lie::kTakesTooMuch, {"PortSubmit.NeverTakesMoreThanItsLimit"}},
    {Lie::kTakesNothing, {"PortSubmit.AnEmptyPortTakesAtLeastOne"}},
    {Lie::kIgnoresRoom,
     {"PortReap.GivesNoMoreThanThereIsRoomFor",
      "PortReap.WithoutRoomItTakesNothingAndLosesNothing"}},
    {Lie::kSleepsForNone,
     {"PortReap.WithNothingToComeNoneDoesNotSleep",
      "PortReap.NoneDoesNotSleepForWhatIsInFlight"}},
    {Lie::kOversleeps,
     {"PortReap.UntilSleepsNoLongerThanThat",
      "PortReap.UntilAPastTimeDoesNotSleep"}},
    {Lie::kNeverSleeps, {"PortReap.UntilSleepsNoLongerThanThat"}},
    {Lie::kDropsWithoutRoom,
     {"PortReap.WithoutRoomItTakesNothingAndLosesNothing"}},
    {Lie::kClockGoesBack, {"PortReap.TheClockNeverGoesBack"}},
    {Lie::kDropsHandles,
     {"PortClose.ClosesAFileThatArrivesForNobody",
      "PortClose.ClosesAConnectionThatArrivesForNobody"}},
    {Lie::kSparesHandles,
     {"PortClose.ACloseThatIsBroughtBackHasClosedItsHandle"}},
    {Lie::kLeavesEverything,
     {"PortClose.BringsBackWhatWaits",
      "PortClose.BringsBackWhatWasNeverFlushed",
      "PortClose.BringsBackWhatIsBeingCancelled"}},
    {Lie::kForgetsItsReport,
     {"PortClose.RepeatsItsReportAndStillTellsTheTime"}},
    {Lie::kHidesNativeErrors,
     {"PortSubmit.WhatTheKernelRefusesBecomesACompletion"}},
};

void PrintTo(const Expectation& expected, std::ostream* out) {
  *out << LieName(expected.lie);
}

class BrokenPortTest : public testing::TestWithParam<Expectation> {};

TEST_P(BrokenPortTest, TheSuiteFindsIt) {
  const Expectation& expected = GetParam();
  const std::string report =
      testing::TempDir() + "/" + std::string(LieName(expected.lie)) + ".json";
  // The report of this run is not that of the other; nor are its shards.
  const std::string command =
      "env -u XML_OUTPUT_FILE -u TESTBRIDGE_TEST_ONLY "
      "-u TEST_PREMATURE_EXIT_FILE -u TEST_TOTAL_SHARDS WHARF_LIE=" +
      std::string(LieName(expected.lie)) +
      " tests/conformance/broken_port_suite_test --gtest_output=json:" +
      report + " >" + report + ".log 2>&1";
  const int status = std::system(command.c_str());

  std::ifstream file(report);
  ASSERT_TRUE(file.is_open()) << "it died; " << command;
  const nlohmann::json all = nlohmann::json::parse(file);
  std::set<std::string> failed;
  for (const nlohmann::json& suite : all["testsuites"]) {
    const std::string name = suite["name"];
    for (const nlohmann::json& test : suite["testsuite"]) {
      if (!test.contains("failures")) continue;
      // "Port/PortSubmit/Broken" to "PortSubmit.AnEmptyPort..."
      const std::size_t begin = name.find('/') + 1;
      failed.insert(name.substr(begin, name.rfind('/') - begin) + "." +
                    test["name"].get<std::string>());
    }
  }
  if (expected.lie == Lie::kNone) {
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(failed.empty()) << *failed.begin();
    return;
  }
  EXPECT_NE(status, 0);
  for (const std::string_view test : expected.tests) {
    EXPECT_TRUE(failed.contains(std::string(test)))
        << test << " believes a port that " << LieName(expected.lie)
        << "; what failed: " << testing::PrintToString(failed);
  }
}

TEST(BrokenPortNamesTest, EveryLieIsExpected) {
  std::set<Lie> lies;
  for (const Expectation& expected : kExpectations) lies.insert(expected.lie);
  EXPECT_EQ(lies.size(), static_cast<std::size_t>(kLieCount));
  for (const Lie lie : lies) EXPECT_EQ(LieFromName(LieName(lie)), lie);
}

INSTANTIATE_TEST_SUITE_P(Lies, BrokenPortTest, testing::ValuesIn(kExpectations),
                         [](const auto& info) {
                           return std::string(LieName(info.param.lie));
                         });

}  // namespace
}  // namespace wharf::conformance
