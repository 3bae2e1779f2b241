// PortCapabilities: what a port really has. Never a promise, never emulated on
// a hidden thread; an operation without its bit is refused by the engine with a
// typed "unsupported" before it is staged.

#ifndef WHARF_ENGINE_CAPABILITIES_H_
#define WHARF_ENGINE_CAPABILITIES_H_

#include <cstdint>
#include <string_view>

#include "engine/handle.h"
#include "engine/operation.h"

namespace wharf {

// Properties of a port beyond its opcodes: bits to be combined.
enum PortFeature : uint32_t {
  // kOperationDurable works on writes.
  kFeatureDurableWrite = 1,
  // kOperationDataOnly is a real data-only sync (else it is a full sync).
  kFeatureDataSync = 2,
  // Cancel can interrupt an operation that waits (a receive, a poll).
  kFeatureCancel = 4,
  // AllocateMode::kPunchHole and kZeroRange.
  kFeaturePunchHole = 8,
  // kCurrentPosition.
  kFeatureCurrentPosition = 16,
};

// Filled once when the port is opened; constant from then on.
struct PortCapabilities {
  // Short, for people: "io_uring", "linux_aio", "iocp". Static lifetime.
  std::string_view name;
  // Bit n is set when Opcode(n) works.
  uint64_t opcodes = 0;
  // PortFeature bits.
  uint32_t features = 0;
  // Most IoVectors in one operation; the engine splits longer lists. At
  // least 1.
  uint32_t max_vectors = 1;
  // Most bytes in one operation; the engine splits longer transfers. At
  // least 1.
  uint64_t max_operation_bytes = 0x7ffff000;
  // Most operations that may be in flight at once.
  uint32_t max_in_flight = 1;
  // Closes a handle that kOpen or kAccept gave. Null only if the port has
  // neither.
  Handle::Closer closer = nullptr;
  void* closer_context = nullptr;

  // True if this port has the opcode.
  constexpr bool Has(Opcode opcode) const {
    return (opcodes >> static_cast<int>(opcode) & 1) != 0;
  }
  // True if this port has every feature in `mask`.
  constexpr bool HasFeatures(uint32_t mask) const {
    return (features & mask) == mask;
  }
  // Sets the opcode's bit.
  constexpr void Add(Opcode opcode) {
    opcodes |= uint64_t{1} << static_cast<int>(opcode);
  }
};

}  // namespace wharf

#endif  // WHARF_ENGINE_CAPABILITIES_H_
