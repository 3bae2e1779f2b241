#include "sim/operation_check.h"

#include <span>
#include <string>
#include <utility>

#include "engine/io_vector.h"
#include "sim/memory_guard.h"

namespace wharf::sim {
namespace {

Violation Broken(ViolationKind kind, const Operation& operation,
                 std::string how = "") {
  return {kind, operation.id,
          std::string(OpcodeName(operation.opcode)) + std::move(how)};
}

bool IsPositioned(Opcode opcode) {
  return opcode == Opcode::kRead || opcode == Opcode::kReadVectored ||
         opcode == Opcode::kWrite || opcode == Opcode::kWriteVectored;
}

std::optional<Violation> CheckTransfer(const Operation& operation,
                                       const PortCapabilities& have) {
  if (IsPositioned(operation.opcode) && operation.offset == kCurrentPosition &&
      !have.HasFeatures(kFeatureCurrentPosition)) {
    return Broken(ViolationKind::kUnsupported, operation,
                  " at current position");
  }
  if ((operation.flags & kOperationDurable) != 0 &&
      !have.HasFeatures(kFeatureDurableWrite)) {
    return Broken(ViolationKind::kUnsupported, operation, " made durable");
  }
  if (operation.length != 0 && operation.data == nullptr) {
    return Broken(ViolationKind::kBadOperation, operation, " of null memory");
  }
  uint64_t total = operation.length;
  if (IsVectored(operation.opcode)) {
    if (operation.length > have.max_vectors) {
      return Broken(ViolationKind::kUnsupported, operation,
                    " of " + std::to_string(operation.length) + " vectors");
    }
    total = 0;
    for (const IoVector& vector :
         std::span(static_cast<const IoVector*>(operation.data),
                   static_cast<std::size_t>(operation.length))) {
      if (vector.base == nullptr && vector.length != 0) {
        return Broken(ViolationKind::kBadOperation, operation,
                      " of null memory");
      }
      total += vector.length;
    }
  }
  if (total == 0) return Broken(ViolationKind::kEmptyTransfer, operation);
  if (total > have.max_operation_bytes) {
    return Broken(ViolationKind::kUnsupported, operation,
                  " of " + std::to_string(total) + " bytes");
  }
  return std::nullopt;
}

std::optional<Violation> CheckHandles(const Operation& operation) {
  const Opcode opcode = operation.opcode;
  if ((opcode == Opcode::kOpen || opcode == Opcode::kConnect) &&
      (operation.data == nullptr || operation.length == 0)) {
    return Broken(ViolationKind::kBadOperation, operation, " of null memory");
  }
  constexpr uint32_t kAnyOpenFlag = kOpenRead | kOpenWrite | kOpenCreate |
                                    kOpenExclusive | kOpenTruncate |
                                    kOpenAppend | kOpenDirect | kOpenDirectory;
  if (opcode == Opcode::kOpen &&
      ((operation.mode & (kOpenRead | kOpenWrite)) == 0 ||
       (operation.mode & ~kAnyOpenFlag) != 0)) {
    return Broken(ViolationKind::kBadOperation, operation, " in what mode?");
  }
  if (opcode == Opcode::kOpen &&
      static_cast<const char*>(operation.data)[operation.length] != 0) {
    return Broken(ViolationKind::kBadOperation, operation, " without final 0");
  }
  if (opcode == Opcode::kShutdown &&
      operation.mode > static_cast<uint32_t>(ShutdownSide::kBoth)) {
    return Broken(ViolationKind::kBadOperation, operation, " of what side?");
  }
  return std::nullopt;
}

std::optional<Violation> CheckOther(const Operation& operation,
                                    const PortCapabilities& have) {
  if (operation.opcode == Opcode::kAllocate) {
    if (operation.mode > static_cast<uint32_t>(AllocateMode::kZeroRange)) {
      return Broken(ViolationKind::kBadOperation, operation, " in what mode?");
    }
    if (operation.mode >= static_cast<uint32_t>(AllocateMode::kPunchHole) &&
        !have.HasFeatures(kFeaturePunchHole)) {
      return Broken(ViolationKind::kUnsupported, operation, " of holes");
    }
  }
  constexpr uint32_t kWanted = kPollReadable | kPollWritable;
  if (operation.opcode == Opcode::kPoll &&
      ((operation.mode & kWanted) == 0 || (operation.mode & ~kWanted) != 0)) {
    return Broken(ViolationKind::kBadOperation, operation, " for what?");
  }
  return CheckHandles(operation);
}

}  // namespace

std::optional<Violation> CheckOperation(const Operation& operation,
                                        const PortCapabilities& capabilities) {
  if ((operation.id.value & ~kIdMask) != 0) {
    return Broken(ViolationKind::kReservedIdBits, operation);
  }
  if (!capabilities.Has(operation.opcode)) {
    return Broken(ViolationKind::kUnsupported, operation);
  }
  if (operation.opcode == Opcode::kNop) return std::nullopt;
  if (operation.opcode != Opcode::kOpen &&
      operation.handle == kInvalidNativeHandle) {
    return Broken(ViolationKind::kBadOperation, operation, " without a handle");
  }
  return IsTransfer(operation.opcode) ? CheckTransfer(operation, capabilities)
                                      : CheckOther(operation, capabilities);
}

}  // namespace wharf::sim
