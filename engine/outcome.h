// Outcome: how a request ended. Exactly one per admitted request (guarantee
// G1), always with the bytes transferred so far (guarantee G3).

#ifndef WHARF_ENGINE_OUTCOME_H_
#define WHARF_ENGINE_OUTCOME_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "engine/error.h"

namespace wharf {

// Why the request ended.
enum class OutcomeKind : uint8_t {
  // All that was asked for was done.
  kOk,
  // The file or stream ended first. `bytes` says how much came before; it is
  // not an error, and never a silent short read (guarantee G15).
  kEndOfStream,
  // The deadline passed before the request was complete (guarantees G4 to G6).
  kDeadline,
  // The caller cancelled before the request was complete.
  kCancelled,
  // The engine ended while the request was unfinished. If an operation was
  // still in the kernel's hands, buffer and handle are quarantined and do not
  // come back (guarantee G12); otherwise they do.
  kAbandoned,
  // The kernel refused or failed: see `error` and `native_error`. A cancel that
  // nobody asked for is also an error (guarantee G13).
  kError,
};

// 16 bytes, trivially copyable.
struct Outcome {
  // Bytes that the kernel transferred for this request over all its operations,
  // whatever the kind. For a poll: the ready events (PollEvents). For a write
  // or send that did not end in kOk: that many bytes are written or on the
  // wire.
  uint64_t bytes = 0;
  // The kernel's own code behind `error` (errno, Win32 or NTSTATUS), 0 if none.
  int32_t native_error = 0;
  Error error = Error::kNone;
  OutcomeKind kind = OutcomeKind::kOk;
  // Always 0. Without padding an Outcome is copied in two moves.
  uint8_t reserved = 0;

  // True for kOk only.
  bool ok() const { return kind == OutcomeKind::kOk; }

  friend bool operator==(const Outcome&, const Outcome&) = default;
};
static_assert(sizeof(Outcome) == 16);

// The enumerator's name without its "k"; "Unknown" for a value outside the
// enumeration. Static lifetime.
std::string_view OutcomeKindName(OutcomeKind kind);

// For people: "Error(NoSpace, native 28) after 4096 bytes". Allocates.
std::string ToString(const Outcome& outcome);

// The nearest absl::Status, for code that speaks it: kEndOfStream is
// OUT_OF_RANGE, kDeadline DEADLINE_EXCEEDED, kCancelled CANCELLED, kAbandoned
// ABORTED, kError the code nearest to its errno with names and numbers in the
// message. Allocates: not for a path that runs once per completion.
absl::Status ToStatus(const Outcome& outcome);

}  // namespace wharf

#endif  // WHARF_ENGINE_OUTCOME_H_
