#include "tools/sim/report.h"

#include <fstream>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf::simulate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReportTest, TellsARun) {
  sim::ScenarioResult result;
  result.requests = 12;
  result.outcomes[0] = 9;
  result.virtual_time = std::chrono::milliseconds(1500);
  const std::string text = RunReport(result);
  EXPECT_THAT(text, HasSubstr("hash         00000000000000000000000000000000"));
  EXPECT_THAT(text, HasSubstr("requests     12 (0 refused, 0 dropped)"));
  EXPECT_THAT(text, HasSubstr("Ok 9"));
  EXPECT_THAT(text, HasSubstr("1.500000 s\n"));
  result.crashed = true;
  EXPECT_THAT(RunReport(result), HasSubstr("power failure"));
}

TEST(ReportTest, MarksRowsThatHappenedTooRarely) {
  sim::RowCounts rows;
  for (int i = 0; i < 5; ++i) rows.Fire(sim::U(1));
  EXPECT_THAT(RowReport(rows, 5),
              HasSubstr("U-01          5  completions in any order\n"));
  EXPECT_THAT(RowReport(rows, 6),
              HasSubstr("U-01          5  completions in any order  <-- too "
                        "few\n"));
  EXPECT_THAT(RowReport(rows, 6), HasSubstr("out of scope: "));
  EXPECT_EQ(RowsBelow(rows, 5) + 1, RowsBelow(rows, 6));
  EXPECT_EQ(RowsBelow(rows, 0), 0u);
}

TEST(ReportTest, TheTableHasEveryRow) {
  const std::string table = RowTable();
  for (int i = 0; i < sim::kRowCount; ++i) {
    EXPECT_THAT(
        table,
        HasSubstr("| " + sim::RowName(sim::Row{static_cast<uint8_t>(i)}) +
                  " | "));
  }
  EXPECT_THAT(table, Not(HasSubstr("| W-20 |")));
}

TEST(ReportTest, TheManualHasTheTable) {
  std::ifstream file("docs/simulator.md");
  std::stringstream manual;
  manual << file.rdbuf();
  EXPECT_TRUE(manual.str().ends_with("\n\n" + RowTable()))
      << "make the table anew with `wharf sim rows`";
}

}  // namespace
}  // namespace wharf::simulate
