#include "tests/differential/port_log.h"

#include "absl/strings/str_cat.h"
#include "engine/error.h"

namespace wharf::differential {

void PortLog::Clear() {
  entries.clear();
  operations.clear();
  cancels.clear();
  completions.clear();
  accepted.clear();
  reaps.clear();
  times.clear();
  bytes.clear();
}

std::string DescribeResult(Opcode opcode, int64_t result) {
  if (result < 0) {
    return absl::StrCat("-", ErrorName(static_cast<Error>(-result)));
  }
  if (MakesHandle(opcode)) return "a handle";
  return absl::StrCat(result);
}

bool SameResult(Opcode opcode, int64_t one, int64_t other) {
  if (MakesHandle(opcode) && one >= 0) return other >= 0;
  return one == other;
}

}  // namespace wharf::differential
