#include <cerrno>
#include <vector>

#include "backends/linux_aio/port.h"

namespace wharf {

using aio::Phase;

void LinuxAioPort::Cancel(OperationId id) {
  if (state_ != State::kOpen) return;
  Slot* slot = slots_.Find(id);
  if (slot == nullptr || slot->cancel_asked) return;
  slot->cancel_asked = true;
  switch (slot->phase) {
    case Phase::kStaged:
      std::erase(staged_, slot);
      break;
    case Phase::kBatched:
      std::erase(batch_, &slot->control);
      break;
    case Phase::kParked:
      std::erase(parked_, slot);
      break;
    case Phase::kInKernel:
      // Whatever it answers, the event comes: "in progress" is success, and
      // "invalid" says that the kernel cannot stop it or has done it already
      // (fault rows ).
      syscalls_.CancelControl(context_, &slot->control);
      return;
  }
  Finish(*slot, -ECANCELED);
}

}  // namespace wharf
