// Descriptors as Handles.

#ifndef WHARF_BACKENDS_POSIX_FD_H_
#define WHARF_BACKENDS_POSIX_FD_H_

#include "engine/handle.h"

namespace wharf {

// A Handle::Closer: close(2) on a descriptor, errors ignored (on Linux the
// number is free even after EINTR). `context` is not used. Any thread.
void CloseFd(NativeHandle native, void* context);

// A Handle that owns `fd` and closes it with close(2) when its last copy is
// gone, as CloseFd does. Allocates once. Any thread.
[[nodiscard]] Handle AdoptFd(int fd);

}  // namespace wharf

#endif  // WHARF_BACKENDS_POSIX_FD_H_
