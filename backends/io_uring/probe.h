// What io_uring offers on this machine, and what to do where it offers less.

#ifndef WHARF_BACKENDS_IO_URING_PROBE_H_
#define WHARF_BACKENDS_IO_URING_PROBE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "backends/io_uring/syscalls.h"

namespace wharf {

// One thing that the kernel has or has not.
struct IoUringProbeItem {
  // For machines and people, for example "defer_taskrun" or "ReadVectored".
  std::string name;
  bool available = false;
  // What it is good for, and since which Linux it exists.
  std::string explanation;
  // What to do if it is missing; empty if available.
  std::string way_out;
};

// The answer. Plain data.
struct IoUringProbe {
  std::string kernel_release;
  // True if a port can be opened with default options.
  bool usable = false;
  // Why, or why not.
  std::string explanation;
  // What to do if not usable; empty if usable.
  std::string way_out;
  // kernel.io_uring_disabled, -1 if the kernel has no such sysctl.
  int disabled_sysctl = -1;
  // RLIMIT_MEMLOCK in bytes.
  uint64_t memlock_limit = 0;
  // Empty if there is no ring at all.
  std::vector<IoUringProbeItem> features;
  std::vector<IoUringProbeItem> opcodes;
};

// Asks the kernel by making small rings, which are closed again. Any thread;
// never fails; allocates.
IoUringProbe ProbeIoUring(IoUringSyscalls& syscalls = RealIoUringSyscalls());

}  // namespace wharf

#endif  // WHARF_BACKENDS_IO_URING_PROBE_H_
