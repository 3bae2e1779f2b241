#include "backends/posix/fd.h"

#include <unistd.h>

namespace wharf {

Handle AdoptFd(int fd) {
  return Handle::Adopt(fd, [](NativeHandle native, void*) {
    ::close(static_cast<int>(native));
  });
}

}  // namespace wharf
