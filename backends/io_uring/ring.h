// Ring: making and ending the kernel's queue pair. What flows through it is the
// port's business.

#ifndef WHARF_BACKENDS_IO_URING_RING_H_
#define WHARF_BACKENDS_IO_URING_RING_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "backends/io_uring/options.h"
#include "backends/io_uring/syscalls.h"
#include "engine/operation.h"

namespace wharf::uring {

// An open ring. Plain data; CloseRing ends it.
struct Ring {
  // The mapped queues.
  io_uring memory{};
  // IORING_SETUP_* that the kernel granted.
  uint32_t setup_flags = 0;
  // IORING_FEAT_* of the kernel.
  uint32_t features = 0;
  // Bit n: the kernel knows Opcode(n). From IORING_REGISTER_PROBE.
  uint64_t opcodes = 0;
  // The kernel knows IORING_OP_ASYNC_CANCEL.
  bool has_cancel = false;
  // What Enter takes as descriptor: memory.ring_fd, or the index of the
  // registered ring if enter_flags has IORING_ENTER_REGISTERED_RING.
  int enter_fd = -1;
  // Flags for every Enter.
  uint32_t enter_flags = 0;
};

// Places in the submission queue for `options`: a power of two, at least 4.
uint32_t SubmissionEntries(const IoUringOptions& options);

// Places in the completion queue for `options`: a power of two, room for
// entries * completion_factor and the wake, at most the kernel's 65,536.
uint32_t CompletionEntries(const IoUringOptions& options);

// Makes a ring on the calling thread, which becomes the loop's thread
// (SINGLE_ISSUER binds it). Falls back from the newest useful set-up flags to
// none, probes opcodes, applies restrictions (created R_DISABLED, then
// REGISTER_RESTRICTIONS, then ENABLE_RINGS), fills the identity index array.
// Errors: SetupErrorStatus; FAILED_PRECONDITION for a kernel that is too old or
// refuses the restrictions. Requires valid options.
absl::StatusOr<Ring> OpenRing(const IoUringOptions& options,
                              IoUringSyscalls& syscalls);

// Ends the ring. Its memory is gone afterwards.
void CloseRing(Ring& ring, IoUringSyscalls& syscalls);

// The opcodes (bits) that the kernel behind `fd` knows; `has_cancel` says the
// same of ASYNC_CANCEL. 0 if the kernel cannot tell.
uint64_t ProbeOpcodes(int fd, IoUringSyscalls& syscalls, bool* has_cancel);

}  // namespace wharf::uring

#endif  // WHARF_BACKENDS_IO_URING_RING_H_
