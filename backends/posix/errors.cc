#include "backends/posix/errors.h"

#include <algorithm>
#include <limits>

namespace wharf::posix {

Error ErrorFromResult(int64_t result) {
  // ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ENOIOCTLCMD (515, never from a
  // transfer), ERESTART_RESTARTBLOCK.
  if (result <= -512 && result >= -516) return Error::kInterrupted;
  // Numbers from 1000 on are Wharf's own and come from no kernel.
  if (result <= -1000) return Error::kUnknown;
  return ErrorFromValue(-result);
}

int32_t NativeErrorFromResult(int64_t result) {
  constexpr int64_t kLargest = std::numeric_limits<int32_t>::max();
  return static_cast<int32_t>(-std::max(result, -kLargest));
}

}  // namespace wharf::posix
