// What completion ports offer on this machine, and what to do where that is
// less than elsewhere.

#ifndef WHARF_BACKENDS_IOCP_PROBE_H_
#define WHARF_BACKENDS_IOCP_PROBE_H_

#include "backends/backend.h"
#include "backends/iocp/calls.h"

namespace wharf {

// Opens a port and closes it again. Any thread; never fails; allocates.
BackendOffer ProbeIocp(IocpCalls& calls = RealIocpCalls());

}  // namespace wharf

#endif  // WHARF_BACKENDS_IOCP_PROBE_H_
