// The kernel tells one of a listener's accepts of a connection, and nobody else
// when that one is cancelled before it has looked: the others go on sleeping
// beside the connection until the next one comes. So whenever an accept ends
// without a connection the port nudges another one of the same listener: it
// takes it back and stages it again, and what is staged looks before it sleeps.
// If it finds a connection, there may be more, and it nudges the next.

#include <cerrno>
#include <cstddef>

#include "backends/io_uring/port.h"
#include "backends/io_uring/prepare.h"

namespace wharf {

using posix::InFlight;

// True if the completion is the port's own doing, and the accept goes on.
bool IoUringPort::GoesAgain(int32_t result, InFlight& entry) {
  if (result != -ECANCELED || closing_ || !entry.Has(InFlight::kIsNudged) ||
      entry.Has(InFlight::kCancelAsked)) {
    return false;
  }
  entry.Unnote(InFlight::kIsNudged);
  entry.Note(InFlight::kGoesAgain | InFlight::kPassesOn);
  again_.push_back(entry.operation());
  urgent_ = true;
  return true;
}

void IoUringPort::PassOn(int32_t result, const InFlight& ended) {
  const bool passes_on =
      result < 0 || ended.Has(InFlight::kIsNudged | InFlight::kPassesOn);
  if (!passes_on || !capabilities_.HasFeatures(kFeatureCancel)) return;
  InFlight* next = nullptr;
  in_flight_.ForEach([&](InFlight& entry) {
    if (entry.Has(InFlight::kIsAccept) && entry.number() == ended.number() &&
        !entry.Has(InFlight::kCancelAsked | InFlight::kIsNudged |
                   InFlight::kGoesAgain)) {
      next = &entry;
    }
  });
  if (next == nullptr) return;
  next->Note(InFlight::kIsNudged | InFlight::kCancelQueued);
  QueueCancel(next->operation());
}

// The accept is just looking, and sleeps only if there is no connection.
void IoUringPort::NudgeRefused(InFlight& entry) {
  entry.Unnote(InFlight::kIsNudged);
  entry.Note(InFlight::kPassesOn);
}

void IoUringPort::StageAccepts() {
  std::size_t staged = 0;
  for (; staged < again_.size() && Room() > kReserve; ++staged) {
    InFlight* entry = in_flight_.Find(again_[staged]);
    if (entry == nullptr) continue;  // It has ended twice.
    entry->Unnote(InFlight::kGoesAgain);
    uring::PrepareOperation(
        {.id = again_[staged],
         .handle = static_cast<NativeHandle>(entry->number()),
         .opcode = Opcode::kAccept},
        NextEntry());
  }
  again_.erase(again_.begin(),
               again_.begin() + static_cast<std::ptrdiff_t>(staged));
}

}  // namespace wharf
