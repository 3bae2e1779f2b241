// LinuxAioOptions: what a user may choose about a Linux AIO port.

#ifndef WHARF_BACKENDS_LINUX_AIO_OPTIONS_H_
#define WHARF_BACKENDS_LINUX_AIO_OPTIONS_H_

#include <chrono>
#include <cstdint>

#include "absl/status/status.h"
#include "engine/time.h"

namespace wharf {

// Plain data.
struct LinuxAioOptions {
  // Largest `entries`.
  static constexpr uint32_t kMaxEntries = 262'144;

  // Most operations in flight. The kernel's context is made for one more (the
  // wake), which counts against the system-wide fs.aio-max-nr until Close.
  uint32_t entries = 256;

  // Longest time that Close waits for operations to come back.
  Duration close_grace = std::chrono::seconds(5);

  // How long the kernel may answer EAGAIN to every io_submit with nothing in
  // its hands that could come back, before the port gives up with a fatal
  // Status (fault row A-05).
  Duration submit_failure_grace = std::chrono::seconds(10);
};

// OK, or INVALID_ARGUMENT that names the field, its value, the limit and what
// to do about it.
absl::Status ValidateLinuxAioOptions(const LinuxAioOptions& options);

}  // namespace wharf

#endif  // WHARF_BACKENDS_LINUX_AIO_OPTIONS_H_
