// What `wharf sim` prints of a run and of the catalogue.

#ifndef WHARF_TOOLS_SIM_REPORT_H_
#define WHARF_TOOLS_SIM_REPORT_H_

#include <cstdint>
#include <string>

#include "sim/kernel/rows.h"
#include "sim/scenario/scenario.h"

namespace wharf::simulate {

// Hash and counts of one run, several lines.
std::string RunReport(const sim::ScenarioResult& result);

// How often each row of the catalogue has happened, one line each; those out of
// scope with the reason, those in scope below `least` marked.
std::string RowReport(const sim::RowCounts& rows, uint64_t least);
// Rows in scope that happened fewer than `least` times.
uint64_t RowsBelow(const sim::RowCounts& rows, uint64_t least);

// The catalogue as a table in Markdown, as docs/simulator.md has it.
std::string RowTable();

}  // namespace wharf::simulate

#endif  // WHARF_TOOLS_SIM_REPORT_H_
