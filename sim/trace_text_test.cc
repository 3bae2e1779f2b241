// Goal: a trace's text is the trace. Method: all kinds of entries there and
// back, a real run, and what must be refused; fuzz/trace_text_fuzz looks for
// more.

#include "sim/trace_text.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "sim/profiles.h"
#include "sim/random_chooser.h"
#include "sim/scenario/scenario.h"

namespace wharf::sim {
namespace {

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

Time At(int64_t ns) { return Time(Duration(ns)); }

TEST(TraceTextTest, EveryKindThereAndBack) {
  Trace trace(Trace::Keep::kEntries);
  trace.AddChoice(At(5), "order.next", 1, 3);
  trace.AddChoice(At(5), "", 1, 3);
  for (int kind = 1; kind <= static_cast<int>(TraceKind::kUser); ++kind) {
    trace.Add(At(kLeast), static_cast<TraceKind>(kind), "x.y", 9, kLeast, 1);
    trace.Add(At(kMost), static_cast<TraceKind>(kind), "", ~uint64_t{0}, kMost);
    trace.Add(At(-1), static_cast<TraceKind>(kind), "z", 0, -1, kLeast);
    trace.Add(At(1999999999), static_cast<TraceKind>(kind), "");
  }
  const absl::StatusOr<ParsedTrace> parsed =
      ParseTraceText(TraceText(trace.entries()));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(FirstDifference(trace.entries(), parsed->entries()), "");
}

TEST(TraceTextTest, ARunThereAndBack) {
  RandomChooser chooser(17, *FindProfile("swarm"));
  const ScenarioResult result = RunScenario({.keep_trace = true}, &chooser);
  ASSERT_GT(result.trace.size(), 100u);
  absl::StatusOr<ParsedTrace> parsed = ParseTraceText(TraceText(result.trace));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const ParsedTrace moved = *std::move(parsed);
  EXPECT_EQ(FirstDifference(result.trace, moved.entries()), "");
}

TEST(TraceTextTest, NothingIsATrace) {
  EXPECT_TRUE(ParseTraceText("")->entries().empty());
}

TEST(TraceTextTest, WhatIsNoTraceIsRefusedByItsLine) {
  const std::string good = "0.000000001 user note 1\n";
  ASSERT_TRUE(ParseTraceText(good).ok());
  for (const char* bad : {
           "\n",
           "0.000000001 user note 1",        // cut off
           "0.00000001 user note 1\n",       // eight decimals
           "0000000001 user note 1\n",       // no point
           ".000000001 user note 1\n",       // no seconds
           "00.000000001 user note 1\n",     // a leading 0
           "-0.000000000 user note 1\n",     // no such number
           "9223372037.000000000 user 1\n",  // beyond the clock
           "0.000000001 uses note 1\n",      // no such kind
           "0.000000001 user note\n",        // no value
           "0.000000001 user note  1\n",     // a blank too many
           "0.000000001 user note 1 \n",     //
           "0.000000001 user note 1 0\n",    // a 0 that is left out
           "0.000000001 user note #0 1\n",   //
           "0.000000001 user note #-1 1\n",  //
           "0.000000001 user note 1 2 3\n",  // too many values
           "0.000000001 user no\x01te 1\n",  // not printable
           "0.000000001 choice x 1\n",       // of how many
           "0.000000001 choice x 1/\n",      //
           "0.000000001 choice x #1 1/2\n",  //
           "0.000000001 user note 9223372036854775808\n",
       }) {
    const absl::Status status = ParseTraceText(good + bad).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << bad;
    EXPECT_EQ(status.message().substr(0, 8), "line 2: ") << bad;
  }
}

}  // namespace
}  // namespace wharf::sim
