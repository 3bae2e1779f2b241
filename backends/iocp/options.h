// IocpOptions: what a user may choose about an IOCP port.

#ifndef WHARF_BACKENDS_IOCP_OPTIONS_H_
#define WHARF_BACKENDS_IOCP_OPTIONS_H_

#include <chrono>
#include <cstdint>

#include "absl/status/status.h"
#include "engine/time.h"

namespace wharf {

// Plain data; the defaults suit any loop.
struct IocpOptions {
  // Largest `max_in_flight`; each place takes about 450 bytes.
  static constexpr uint32_t kMaxInFlight = 65'536;
  // Largest `batch`.
  static constexpr uint32_t kMaxBatch = 4'096;

  // Most operations in flight.
  uint32_t max_in_flight = 256;

  // Most packets that one Reap takes from the port.
  uint32_t batch = 64;

  // FILE_SKIP_COMPLETION_PORT_ON_SUCCESS on files, and on sockets whose
  // provider allows it: an operation that succeeds at once posts no packet
  // (fault row W-02). Cannot be taken back from a handle. Never on pipes, where
  // a message that is larger than its buffer is neither success nor failure
  // (fault row W-19).
  bool skip_on_success = false;

  // Longest time that Close waits for cancelled operations to come back.
  Duration close_grace = std::chrono::seconds(5);
};

// OK, or INVALID_ARGUMENT that names the field, its value, the limit and what
// to do about it.
absl::Status ValidateIocpOptions(const IocpOptions& options);

}  // namespace wharf

#endif  // WHARF_BACKENDS_IOCP_OPTIONS_H_
