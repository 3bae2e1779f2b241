#include "tools/sim/report.h"

#include <chrono>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/outcome.h"

namespace wharf::simulate {
namespace {

template <class Function>
void ForEachRow(const Function& function) {
  for (int i = 0; i < sim::kRowCount; ++i) {
    const sim::Row row{static_cast<uint8_t>(i)};
    function(row, sim::Info(row));
  }
}

}  // namespace

std::string RunReport(const sim::ScenarioResult& result) {
  std::string text = absl::StrFormat(
      "hash         %s\nentries      %u\npersonality  %s\nrequests     %u "
      "(%u refused, %u dropped)\noperations   %u (%u cancels)\noutcomes    ",
      result.hash.ToString(), result.entries,
      sim::PersonalityName(result.personality), result.requests, result.refused,
      result.dropped, result.operations, result.cancels);
  for (std::size_t i = 0; i < result.outcomes.size(); ++i) {
    absl::StrAppendFormat(&text, " %s %u",
                          OutcomeKindName(static_cast<OutcomeKind>(i)),
                          result.outcomes[i]);
  }
  absl::StrAppendFormat(
      &text, "\nvirtual time %.6f s%s\n",
      std::chrono::duration<double>(result.virtual_time).count(),
      result.crashed ? ", with a power failure" : "");
  return text;
}

std::string RowReport(const sim::RowCounts& rows, uint64_t least) {
  std::string text;
  ForEachRow([&](sim::Row row, const sim::RowInfo& info) {
    if (info.in_scope()) {
      absl::StrAppendFormat(&text, "%s %10u  %s%s\n", sim::RowName(row),
                            rows[row], info.event,
                            rows[row] < least ? "  <-- too few" : "");
    } else {
      absl::StrAppendFormat(&text, "%s          -  %s (out of scope: %s)\n",
                            sim::RowName(row), info.event, info.reason);
    }
  });
  return text;
}

uint64_t RowsBelow(const sim::RowCounts& rows, uint64_t least) {
  uint64_t below = 0;
  ForEachRow([&](sim::Row row, const sim::RowInfo& info) {
    if (info.in_scope() && rows[row] < least) ++below;
  });
  return below;
}

std::string RowTable() {
  std::string text =
      "| row | what happens | decision, or why it is out of scope |\n"
      "|---|---|---|\n";
  ForEachRow([&](sim::Row row, const sim::RowInfo& info) {
    if (info.in_scope()) {
      absl::StrAppendFormat(&text, "| %s | %s | `%s` |\n", sim::RowName(row),
                            info.event, info.decision);
    } else {
      absl::StrAppendFormat(&text, "| %s | %s | out of scope: %s |\n",
                            sim::RowName(row), info.event, info.reason);
    }
  });
  return text;
}

}  // namespace wharf::simulate
