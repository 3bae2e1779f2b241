// Violation: a rule of the seam that somebody broke. The simulated ports record
// them instead of aborting, so that a test can say which rule and look at the
// rest of the run.

#ifndef WHARF_SIM_VIOLATION_H_
#define WHARF_SIM_VIOLATION_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ids.h"

namespace wharf::sim {

// Which rule. "Engine" below is whoever drives the port.
enum class ViolationKind : uint8_t {
  // The engine submitted an identity that is still in flight (guarantee G9).
  kDuplicateId,
  // The engine used bits of the identity that belong to the port (ids.h).
  kReservedIdBits,
  // The engine submitted an opcode or feature that the port does not have, or
  // more vectors, bytes or operations than it takes.
  kUnsupported,
  // A transfer names no memory although it has bytes, an unknown handle, or an
  // unknown mode.
  kBadOperation,
  // A transfer of no bytes: guarantee G15 completes it without an operation.
  kEmptyTransfer,
  // A call after a fatal Reap or after Close.
  kDeadPort,
  // Memory or vector array changed between submission and completion (guarantee
  // G2).
  kMemoryChanged,
  // An operation on a handle that is closed, or a handle closed while an
  // operation still names it.
  kClosedHandle,
  // Operations were still in flight at Close.
  kLeftAtClose,
  // The test's own mistake: a completion for an operation that is not in
  // flight, or with more bytes than the operation has room for.
  kScript,
  // Memory was given to an operation while another one uses it, and one of the
  // two writes there (guarantee G2).
  kMemoryShared,
  // Memory was given back while an operation uses it (guarantee G2).
  kMemoryReleased,
  // Bytes next to a buffer were written.
  kOverrun,
  // A buffer was written after it was given back.
  kWrittenAfterRelease,
};
inline constexpr int kViolationKindCount = 14;

// The enumerator's name without its "k". Static lifetime.
std::string_view ViolationKindName(ViolationKind kind);

// One broken rule.
struct Violation {
  ViolationKind kind;
  // The operation concerned; value 0 when none is.
  OperationId id;
  // For people: one line without a newline.
  std::string message;
  // The trace of the operation so far, one line per entry, if the machine keeps
  // one; else "".
  std::string history = {};
};

// One line per violation, and its history below it, indented; "" when there is
// none, so that a test can say
// EXPECT_EQ(Describe(port.violations()), "").
std::string Describe(const std::vector<Violation>& violations);

}  // namespace wharf::sim

#endif  // WHARF_SIM_VIOLATION_H_
