// What Linux AIO offers on this machine, and what to do where it offers less.

#ifndef WHARF_BACKENDS_LINUX_AIO_PROBE_H_
#define WHARF_BACKENDS_LINUX_AIO_PROBE_H_

#include "backends/backend.h"
#include "backends/linux_aio/syscalls.h"

namespace wharf {

// Asks the kernel by making a small context, which is destroyed again: that
// takes the kernel some 30 ms (fault row A-11). Any thread; never fails;
// allocates.
BackendOffer ProbeLinuxAio(LinuxAioSyscalls& syscalls = RealLinuxAioSyscalls());

}  // namespace wharf

#endif  // WHARF_BACKENDS_LINUX_AIO_PROBE_H_
