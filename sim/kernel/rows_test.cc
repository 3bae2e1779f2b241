#include "sim/kernel/rows.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

TEST(RowsTest, HaveTheCataloguesNames) {
  EXPECT_EQ(RowName(U(1)), "U-01");
  EXPECT_EQ(RowName(U(39)), "U-39");
  EXPECT_EQ(RowName(A(1)), "A-01");
  EXPECT_EQ(RowName(A(15)), "A-15");
  EXPECT_EQ(RowName(W(1)), "W-01");
  EXPECT_EQ(RowName(W(19)), "W-19");
  std::set<std::string> names;
  for (int i = 0; i < kRowCount; ++i) {
    names.insert(RowName(Row{static_cast<uint8_t>(i)}));
  }
  EXPECT_EQ(names.size(), 73u);
}

TEST(RowsTest, EveryRowHasADecisionOrAReasonAndNotBoth) {
  for (int i = 0; i < kRowCount; ++i) {
    const Row row{static_cast<uint8_t>(i)};
    EXPECT_FALSE(Info(row).event.empty()) << RowName(row);
    EXPECT_NE(Info(row).decision.empty(), Info(row).reason.empty())
        << RowName(row);
  }
}

TEST(RowsTest, AreCounted) {
  RowCounts counts, more;
  counts.Fire(U(13));
  counts.Fire(U(13));
  more.Fire(U(13));
  more.Fire(W(19));
  counts.Add(more);
  EXPECT_EQ(counts[U(13)], 3u);
  EXPECT_EQ(counts[W(19)], 1u);
  EXPECT_EQ(counts[A(1)], 0u);
}

}  // namespace
}  // namespace wharf::sim
