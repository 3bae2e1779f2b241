// OutcomeTable: how operations ended in many runs, by class: opcode, kind of
// result, and when a cancel was asked for. Held against that of the simulated
// kernel it says what that allows and no real kernel has shown.

#ifndef WHARF_TESTS_DIFFERENTIAL_OUTCOME_TABLE_H_
#define WHARF_TESTS_DIFFERENTIAL_OUTCOME_TABLE_H_

#include <cstdint>
#include <map>
#include <string>

#include "tests/differential/port_log.h"

namespace wharf::differential {

// Not for concurrent use.
class OutcomeTable {
 public:
  // Counts all completions of a run.
  void Add(const PortLog& log);
  // How often a class was seen; its name as in the report.
  uint64_t Count(const std::string& name) const;
  // Classes seen.
  std::size_t size() const { return counts_.size(); }

  // A table of the classes of `simulated`, those that `real` never showed
  // first, with both counts.
  static std::string Report(const OutcomeTable& simulated,
                            const OutcomeTable& real);

 private:
  std::map<std::string, uint64_t> counts_;
};

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_OUTCOME_TABLE_H_
