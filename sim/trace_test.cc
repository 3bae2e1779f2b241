#include "sim/trace.h"

#include <chrono>
#include <set>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

using std::chrono::nanoseconds;

Time At(int64_t ns) { return Time(nanoseconds(ns)); }

// Adds `count` entries that differ from each other.
void Fill(Trace& trace, int count) {
  for (int i = 0; i < count; ++i) {
    trace.Add(At(i), TraceKind::kComplete, "x", i, i * 3, -i);
  }
}

// Fixed here: a change would orphan every recorded corpus of hashes.
TEST(TraceTest, TheHashIsTheSameForEver) {
  Trace trace;
  EXPECT_EQ(trace.Hash().ToString(), "99aa06d3014798d86001c324468d497f");
  trace.AddChoice(At(5), "order.next", 1, 3);
  EXPECT_EQ(trace.Hash().ToString(), "68ea42dc77ff9f8497575c5c80e25f1a");
  Fill(trace, 1000);
  EXPECT_EQ(trace.Hash().ToString(), "97e36fb7d1acb4a4ca03c85a6f3bcd31");
}

TEST(TraceTest, TheHashDoesNotDependOnWhenItIsAskedForOrWhatIsKept) {
  Trace often(Trace::Keep::kEntries), once;
  for (int i = 0; i < 300; ++i) {
    often.Add(At(i), TraceKind::kReap, "x", i);
    static_cast<void>(often.Hash());
    once.Add(At(i), TraceKind::kReap, "x", i);
  }
  EXPECT_EQ(often.Hash(), once.Hash());
  EXPECT_EQ(once.size(), 300u);
  EXPECT_TRUE(once.entries().empty());
  EXPECT_EQ(often.entries().size(), 300u);
}

TEST(TraceTest, EveryFieldCounts) {
  std::set<std::string> hashes;
  const auto add = [&](Time time, TraceKind kind, const Label& label,
                       uint64_t subject, int64_t a, int64_t b) {
    Trace trace;
    trace.Add(time, kind, label, subject, a, b);
    hashes.insert(trace.Hash().ToString());
  };
  add(At(1), TraceKind::kReap, "x", 1, 1, 1);
  add(At(2), TraceKind::kReap, "x", 1, 1, 1);
  add(At(1), TraceKind::kWake, "x", 1, 1, 1);
  add(At(1), TraceKind::kReap, "y", 1, 1, 1);
  add(At(1), TraceKind::kReap, "x", 2, 1, 1);
  add(At(1), TraceKind::kReap, "x", 1, 2, 1);
  add(At(1), TraceKind::kReap, "x", 1, 1, 2);
  EXPECT_EQ(hashes.size(), 7u);
  for (const uint32_t chosen : {1, 2}) {
    for (const uint32_t n : {3, 4}) {
      Trace trace;
      trace.AddChoice(At(1), "x", chosen, n);
      hashes.insert(trace.Hash().ToString());
    }
  }
  EXPECT_EQ(hashes.size(), 11u);
}

TEST(TraceTest, TheOrderCounts) {
  Trace a, b;
  a.Add(At(1), TraceKind::kUser, "x");
  a.Add(At(1), TraceKind::kUser, "y");
  b.Add(At(1), TraceKind::kUser, "y");
  b.Add(At(1), TraceKind::kUser, "x");
  EXPECT_NE(a.Hash(), b.Hash());
}

TEST(TraceTest, GivesItsChoices) {
  Trace trace(Trace::Keep::kEntries);
  trace.AddChoice(At(1), "x", 2, 5);
  trace.Add(At(1), TraceKind::kReap, "", 0, 9);
  trace.AddChoice(At(2), "y", 0, 2);
  EXPECT_EQ(trace.Choices(), (std::vector<uint32_t>{2, 0}));
}

TEST(TraceTest, IsReadable) {
  Trace trace(Trace::Keep::kEntries);
  trace.AddChoice(At(1'500'000'000), "order.next", 2, 5);
  trace.Add(At(12'000'000'001), TraceKind::kComplete, "Read", 17, -5, 5);
  trace.Add(At(-1), TraceKind::kReap, "", 0, 3);
  EXPECT_EQ(TraceText(trace.entries()),
            "1.500000000 choice order.next 2/5\n"
            "12.000000001 complete Read #17 -5 5\n"
            "-0.000000001 reap 3\n");
}

TEST(TraceTest, EveryKindHasANameOfItsOwn) {
  std::set<std::string_view> names;
  const int last = static_cast<int>(TraceKind::kUser);
  for (int i = 0; i <= last; ++i) {
    names.insert(TraceKindName(static_cast<TraceKind>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(FirstDifferenceTest, IsNothingForEqualTraces) {
  Trace a(Trace::Keep::kEntries), b(Trace::Keep::kEntries);
  Fill(a, 10);
  Fill(b, 10);
  EXPECT_EQ(FirstDifference(a.entries(), b.entries()), "");
}

TEST(FirstDifferenceTest, ShowsWhereAndWhatCameBefore) {
  Trace a(Trace::Keep::kEntries), b(Trace::Keep::kEntries);
  Fill(a, 5);
  Fill(b, 5);
  a.Add(At(9), TraceKind::kUser, "same");
  b.Add(At(9), TraceKind::kUser, "other");
  Fill(a, 2);
  Fill(b, 2);
  EXPECT_EQ(FirstDifference(a.entries(), b.entries()),
            "first difference at entry 5\n"
            "  both:     0.000000002 complete x #2 6 -2\n"
            "  both:     0.000000003 complete x #3 9 -3\n"
            "  both:     0.000000004 complete x #4 12 -4\n"
            "  expected: 0.000000009 user same 0\n"
            "  actual:   0.000000009 user other 0\n");
}

TEST(FirstDifferenceTest, AShorterTraceDiffersAtItsEnd) {
  Trace a(Trace::Keep::kEntries), b(Trace::Keep::kEntries);
  Fill(a, 1);
  EXPECT_EQ(FirstDifference(a.entries(), b.entries()),
            "first difference at entry 0\n"
            "  expected: 0.000000000 complete x 0\n"
            "  actual:   (the end)\n");
}

}  // namespace
}  // namespace wharf::sim
