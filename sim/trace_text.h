// A trace from its text: TraceText, read back. For traces that were kept in a
// file or came in a bug report, to be compared with a run of one's own
// (FirstDifference).

#ifndef WHARF_SIM_TRACE_TEXT_H_
#define WHARF_SIM_TRACE_TEXT_H_

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/trace.h"

namespace wharf::sim {

// Entries with labels of their own.
class ParsedTrace {
 public:
  ParsedTrace() = default;
  ParsedTrace(ParsedTrace&&) = default;
  ParsedTrace& operator=(ParsedTrace&&) = default;

  // Their labels live as long as this object.
  const std::vector<TraceEntry>& entries() const { return entries_; }

  // Appends an entry; the label is copied.
  void Add(TraceEntry entry);

 private:
  // A set's strings stay where they are, also when the set is moved.
  std::set<std::string, std::less<>> labels_;
  std::vector<TraceEntry> entries_;
};

// The entries that `text` tells, one line each, as TraceText writes them; or
// INVALID_ARGUMENT naming the line, its value and what is allowed. Accepts any
// text, however bad, and no line that TraceText would not have written: the
// text of what was read is `text` again.
[[nodiscard]] absl::StatusOr<ParsedTrace> ParseTraceText(std::string_view text);

}  // namespace wharf::sim

#endif  // WHARF_SIM_TRACE_TEXT_H_
