#include "backends/posix/fd.h"

#include <unistd.h>

namespace wharf {

void CloseFd(NativeHandle native, void*) { ::close(static_cast<int>(native)); }

Handle AdoptFd(int fd) { return Handle::Adopt(fd, &CloseFd); }

}  // namespace wharf
