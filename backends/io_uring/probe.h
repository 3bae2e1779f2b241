// What io_uring offers on this machine, and what to do where it offers less.

#ifndef WHARF_BACKENDS_IO_URING_PROBE_H_
#define WHARF_BACKENDS_IO_URING_PROBE_H_

#include "backends/backend.h"
#include "backends/io_uring/syscalls.h"

namespace wharf {

// Asks the kernel by making small rings, which are closed again. Any thread;
// never fails; allocates.
BackendOffer ProbeIoUring(IoUringSyscalls& syscalls = RealIoUringSyscalls());

}  // namespace wharf

#endif  // WHARF_BACKENDS_IO_URING_PROBE_H_
