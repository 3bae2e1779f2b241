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
  trace.Add(At(5), TraceKind::kChoice, "order.next", 0, 1, 3);
  EXPECT_EQ(trace.Hash().ToString(), "68ba383fcd1f9874eb8d52c1d873b4e2");
  Fill(trace, 1000);
  EXPECT_EQ(trace.Hash().ToString(), "4055ea54f89dbc71b5e98a654c84d3ca");
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
  trace.Add(At(1), TraceKind::kChoice, "x", 0, 2, 5);
  trace.Add(At(1), TraceKind::kReap, "", 0, 9);
  trace.Add(At(2), TraceKind::kChoice, "y", 0, 0, 2);
  EXPECT_EQ(trace.Choices(), (std::vector<uint32_t>{2, 0}));
}

TEST(TraceTest, IsReadable) {
  Trace trace(Trace::Keep::kEntries);
  trace.Add(At(1'500'000'000), TraceKind::kChoice, "order.next", 0, 2, 5);
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
