#include "tests/differential/outcome_table.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/error.h"
#include "sim/memory_guard.h"

namespace wharf::differential {
namespace {

std::string ClassOf(const LoggedOperation& operation, int64_t result) {
  std::string name(OpcodeName(operation.operation.opcode));
  if (result < 0) {
    absl::StrAppend(&name, ", ", ErrorName(static_cast<Error>(-result)));
  } else if (!sim::IsTransfer(operation.operation.opcode)) {
    absl::StrAppend(&name, ", ok");
  } else {
    absl::StrAppend(&name, result == 0 ? ", nothing"
                           : static_cast<uint64_t>(result) < operation.bytes
                               ? ", part"
                               : ", all");
  }
  switch (operation.cancel) {
    case CancelPhase::kNever:
      break;
    case CancelPhase::kWithIt:
      absl::StrAppend(&name, ", cancelled at once");
      break;
    case CancelPhase::kLater:
      absl::StrAppend(&name, ", cancelled later");
      break;
  }
  return name;
}

}  // namespace

void OutcomeTable::Add(const PortLog& log) {
  for (const LoggedCompletion& completion : log.completions) {
    ++counts_[ClassOf(log.operations[completion.operation],
                      completion.completion.result)];
  }
}

uint64_t OutcomeTable::Count(const std::string& name) const {
  const auto found = counts_.find(name);
  return found == counts_.end() ? 0 : found->second;
}

std::string OutcomeTable::Report(const OutcomeTable& simulated,
                                 const OutcomeTable& real) {
  std::string text = "allowed by the simulator, never shown by this kernel:\n";
  std::string both = "shown by both:\n";
  for (const auto& [name, count] : simulated.counts_) {
    const uint64_t shown = real.Count(name);
    absl::StrAppendFormat(shown == 0 ? &text : &both, "  %-52s %9u %9u\n", name,
                          count, shown);
  }
  return absl::StrCat(text, both,
                      "(the simulator's count, then the kernel's)\n");
}

}  // namespace wharf::differential
