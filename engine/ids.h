// Identities. Both are a slot index and a generation, never an address: a late
// completion, a late cancel or a stale handle in the caller's hands can be told
// from the slot's new owner (guarantee G9; known bugs R9, R10 of the field).

#ifndef WHARF_ENGINE_IDS_H_
#define WHARF_ENGINE_IDS_H_

#include <compare>
#include <cstdint>

namespace wharf {

// Layout: bits 0..27 slot index, then the generation: bits 28..61 in an
// OperationId, whose bits 62..63 are always zero so that a port may use them to
// mark its own entries (cancel, wake) in its kernel's user-data word; bits
// 28..63 in a RequestId.
inline constexpr int kIdIndexBits = 28;
inline constexpr int kIdBits = 62;
inline constexpr uint64_t kIdIndexMask = (uint64_t{1} << kIdIndexBits) - 1;
inline constexpr uint64_t kIdMask = (uint64_t{1} << kIdBits) - 1;
inline constexpr uint64_t kIdGenerationUnit = uint64_t{1} << kIdIndexBits;

// One operation handed to a port. Ports treat it as opaque and give it back in
// the Completion. Unique among live operations; an index's generation repeats
// only after 2^34 operations through that slot.
struct OperationId {
  uint64_t value = 0;

  // The slot.
  constexpr uint32_t index() const {
    return static_cast<uint32_t>(value & kIdIndexMask);
  }
  // The identity of the next operation through the same slot.
  constexpr OperationId Next() const {
    return OperationId{(value + kIdGenerationUnit) & kIdMask};
  }
  // By value: an order for containers, without a meaning in time.
  friend constexpr auto operator<=>(OperationId, OperationId) = default;
};

// One request admitted to an engine, as its caller knows it. Stays safe to use
// after the request has ended: it then names nothing. Value 0 is never given
// out, so a default-constructed id names nothing either.
struct RequestId {
  uint64_t value = 0;

  // The slot.
  constexpr uint32_t index() const {
    return static_cast<uint32_t>(value & kIdIndexMask);
  }
  // The identity of the next request in the same slot. Skips generation 0.
  constexpr RequestId Next() const {
    const uint64_t next = value + kIdGenerationUnit;
    if (next <= kIdIndexMask) [[unlikely]] {
      return RequestId{next + kIdGenerationUnit};
    }
    return RequestId{next};
  }
  // As for OperationId.
  friend constexpr auto operator<=>(RequestId, RequestId) = default;
};

}  // namespace wharf

#endif  // WHARF_ENGINE_IDS_H_
