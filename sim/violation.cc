#include "sim/violation.h"

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
  }
  return text;
}

}  // namespace wharf::sim
