// Why a Linux AIO context cannot be made, in words a person can act on.

#ifndef WHARF_BACKENDS_LINUX_AIO_SETUP_ERROR_H_
#define WHARF_BACKENDS_LINUX_AIO_SETUP_ERROR_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "backends/linux_aio/syscalls.h"
#include "backends/posix/setup_failure.h"

namespace wharf::aio {

// The oldest kernel this backend runs on: IOCB_CMD_POLL, without which neither
// a wake nor a socket could be waited for, came with it (and IOCB_CMD_FSYNC one
// release earlier).
inline constexpr char kKernelFloor[] = "4.19";

// What the machine says about itself, and what was asked of it.
struct KernelFacts {
  std::string release;  // "6.1.0-13-amd64", "" if unknown
  int64_t max_nr = -1;  // fs.aio-max-nr, -1 if there is none
  int64_t nr = -1;      // fs.aio-nr: what is taken of it
  unsigned events = 0;  // what io_setup was asked for
};

// Asks the kernel. Loop thread; cheap.
KernelFacts GatherKernelFacts(unsigned events, LinuxAioSyscalls& syscalls);

using posix::Explanation;

// What io_setup(2)'s `error` (an errno, positive) means on a machine with
// `facts` (fault row A-06). Pure.
Explanation ExplainSetupError(int error, const KernelFacts& facts);

// A kernel that has AIO but not its polls.
Explanation ExplainTooOld(const KernelFacts& facts);

// The same as a Status: UNIMPLEMENTED (no AIO), RESOURCE_EXHAUSTED,
// PERMISSION_DENIED or INTERNAL; the message holds cause, way out and errno.
absl::Status SetupErrorStatus(int error, const KernelFacts& facts);

// FAILED_PRECONDITION: this kernel is older than kKernelFloor.
absl::Status TooOldStatus(const KernelFacts& facts);

}  // namespace wharf::aio

#endif  // WHARF_BACKENDS_LINUX_AIO_SETUP_ERROR_H_
