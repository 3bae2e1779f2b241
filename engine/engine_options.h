// EngineOptions: the limits of an engine. Every queue and retry is bounded, and
// what reaches its bound is visible to the caller.

#ifndef WHARF_ENGINE_ENGINE_OPTIONS_H_
#define WHARF_ENGINE_ENGINE_OPTIONS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "engine/time.h"

namespace wharf {

// Passed by value at construction; constant from then on.
struct EngineOptions {
  // Requests that may be in the kernel's hands at once, 1 to 2^20. The port's
  // own limit applies as well. Requests beyond it wait in the queue, in order
  // (guarantees G7, G8).
  uint32_t in_flight_capacity = 256;

  // Requests submitted on the loop thread that may be live at once, queued and
  // in flight together, 1 to 2^24. One more is refused with RESOURCE_EXHAUSTED
  // and stays with its caller. About 400 bytes each, allocated once.
  uint32_t max_requests = 1024;

  // The same for requests that come through a Submitter from other threads, 0
  // to 2^20; 0 means that there can be no Submitter.
  uint32_t max_remote_requests = 256;

  // Resolution of deadlines, 1 us to 1 h. A deadline fires at most one tick
  // plus the turn in progress late, and never early (guarantee G6).
  Duration tick = std::chrono::milliseconds(1);

  // Consecutive transient answers (EINTR, EAGAIN) without progress after which
  // a request ends with Error::kRetriesExhausted.
  uint32_t max_transient_retries = 1024;
};

// OK, or INVALID_ARGUMENT naming the field, its value and its limits.
absl::Status ValidateOptions(const EngineOptions& options);

}  // namespace wharf

#endif  // WHARF_ENGINE_ENGINE_OPTIONS_H_
