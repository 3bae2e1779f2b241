// Why a ring cannot be made, in words a person can act on.

#ifndef WHARF_BACKENDS_IO_URING_SETUP_ERROR_H_
#define WHARF_BACKENDS_IO_URING_SETUP_ERROR_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "backends/io_uring/syscalls.h"
#include "backends/posix/setup_failure.h"

namespace wharf::uring {

// The oldest kernel this backend runs on: bounded waits need
// IORING_FEAT_EXT_ARG. (Linux 5.13 adds the multishot wake, 5.18 the registered
// ring, 5.19 cancel-all, 6.1 DEFER_TASKRUN; each is used where it is.)
inline constexpr char kKernelFloor[] = "5.11";

// What the machine says about itself.
struct KernelFacts {
  std::string release;         // "6.1.0-13-amd64", "" if unknown
  int disabled_sysctl = -1;    // kernel.io_uring_disabled, -1 if there is none
  uint64_t memlock_limit = 0;  // RLIMIT_MEMLOCK in bytes
};

// Asks the kernel. Loop thread; cheap.
KernelFacts GatherKernelFacts(IoUringSyscalls& syscalls);

using posix::Explanation;

// What io_uring_setup(2)'s `error` (an errno, positive) means on a machine with
// `facts` (fault row U-36). Pure.
Explanation ExplainSetupError(int error, const KernelFacts& facts);

// The same as a Status: UNIMPLEMENTED (no io_uring), PERMISSION_DENIED,
// RESOURCE_EXHAUSTED, or INTERNAL; the message holds cause, way out and errno.
absl::Status SetupErrorStatus(int error, const KernelFacts& facts);

// FAILED_PRECONDITION: this kernel is older than kKernelFloor.
absl::Status TooOldStatus(const KernelFacts& facts);

}  // namespace wharf::uring

#endif  // WHARF_BACKENDS_IO_URING_SETUP_ERROR_H_
