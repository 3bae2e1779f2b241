// Descriptors as Handles.

#ifndef WHARF_BACKENDS_POSIX_FD_H_
#define WHARF_BACKENDS_POSIX_FD_H_

#include "engine/handle.h"

namespace wharf {

// A Handle that owns `fd` and closes it with close(2) when its last copy is
// gone: once, errors ignored (on Linux the number is free even after EINTR).
// Allocates once. Any thread.
[[nodiscard]] Handle AdoptFd(int fd);

}  // namespace wharf

#endif  // WHARF_BACKENDS_POSIX_FD_H_
