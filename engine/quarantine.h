// Quarantine: where the memory and handles of abandoned requests stay for ever.
// A kernel that still holds an operation may write into its buffer, read its
// vector array or use its descriptor's number long after the engine has ended;
// closing the descriptor does not stop it (R17 of the field). So nothing that
// was abandoned is ever released, by anyone (guarantee G12).

#ifndef WHARF_ENGINE_QUARANTINE_H_
#define WHARF_ENGINE_QUARANTINE_H_

#include <cstdint>
#include <vector>

#include "engine/buffer.h"
#include "engine/handle.h"
#include "engine/io_vector.h"

namespace wharf {

// Everything of one abandoned request that a kernel may still touch.
struct QuarantinedRequest {
  // Never closed; if it is borrowed, keeping it open is its owner's duty.
  Handle handle;
  // Never released, no releaser ever runs.
  Buffer buffer;
  std::vector<Buffer> buffers;
  // The array that the kernel was given. Moving the vector here keeps the
  // array's address.
  std::vector<IoVector> vectors;
};

// Keeps `request` until the process ends, and through its end: no destructor
// runs even then. Stays reachable from a static, so that leak checkers know it.
// Any thread; lock-free apart from one allocation.
void Quarantine(QuarantinedRequest request);

// What the process has lost to quarantine so far.
struct QuarantineStats {
  uint64_t requests = 0;
  // Bytes of their buffers.
  uint64_t bytes = 0;
};

// Totals over all engines of the process; they only grow. Any thread; while
// another thread is inside Quarantine its request may be counted in one number
// and not yet in the other.
QuarantineStats QuarantineTotals();

}  // namespace wharf

#endif  // WHARF_ENGINE_QUARANTINE_H_
