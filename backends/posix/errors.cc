#include "backends/posix/errors.h"

namespace wharf::posix {

Error ErrorFromResult(int64_t result) {
  // ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ENOIOCTLCMD (515, never from a
  // transfer), ERESTART_RESTARTBLOCK.
  if (result <= -512 && result >= -516) return Error::kInterrupted;
  // Numbers from 1000 on are Wharf's own and come from no kernel.
  if (result <= -1000) return Error::kUnknown;
  return ErrorFromValue(-result);
}

}  // namespace wharf::posix
