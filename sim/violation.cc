#include "sim/violation.h"

#include <cstddef>

namespace wharf::sim {

std::string_view ViolationKindName(ViolationKind kind) {
  switch (kind) {
    case ViolationKind::kDuplicateId:
      return "DuplicateId";
    case ViolationKind::kReservedIdBits:
      return "ReservedIdBits";
    case ViolationKind::kUnsupported:
      return "Unsupported";
    case ViolationKind::kBadOperation:
      return "BadOperation";
    case ViolationKind::kEmptyTransfer:
      return "EmptyTransfer";
    case ViolationKind::kDeadPort:
      return "DeadPort";
    case ViolationKind::kMemoryChanged:
      return "MemoryChanged";
    case ViolationKind::kClosedHandle:
      return "ClosedHandle";
    case ViolationKind::kLeftAtClose:
      return "LeftAtClose";
    case ViolationKind::kScript:
      return "Script";
    case ViolationKind::kMemoryShared:
      return "MemoryShared";
    case ViolationKind::kMemoryReleased:
      return "MemoryReleased";
    case ViolationKind::kOverrun:
      return "Overrun";
    case ViolationKind::kWrittenAfterRelease:
      return "WrittenAfterRelease";
  }
  return "Unknown";
}

std::string Describe(const std::vector<Violation>& violations) {
  std::string text;
  for (const Violation& violation : violations) {
    text += ViolationKindName(violation.kind);
    if (violation.id.value != 0) {
      text += " #" + std::to_string(violation.id.value);
    }
    text += ": " + violation.message + "\n";
    for (std::size_t i = 0; i < violation.history.size();) {
      const std::size_t end = violation.history.find('\n', i);
      text += "    " + violation.history.substr(i, end - i) + "\n";
      if (end == std::string::npos) break;
      i = end + 1;
    }
  }
  return text;
}

}  // namespace wharf::sim
