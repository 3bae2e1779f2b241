// Operation::mode in the words of the system calls, the reverse for a poll's
// events, and the limits of one transfer. Pure.

#ifndef WHARF_BACKENDS_POSIX_MODES_H_
#define WHARF_BACKENDS_POSIX_MODES_H_

#include <cstdint>
#include <limits>

#include "engine/handle.h"

namespace wharf::posix {

// Most bytes that the kernel transfers at once (MAX_RW_COUNT); a longer
// operation is shortened to this, which is an ordinary short transfer.
inline constexpr uint64_t kMaxTransferBytes = 0x7ffff000;
// Most vectors in one operation (UIO_MAXIOV); more give EINVAL.
inline constexpr uint32_t kMaxVectors = 1024;

// The descriptor that `handle` is, or -1: what is none must not become one by
// truncation.
constexpr int FdOf(NativeHandle handle) {
  constexpr uint64_t kMaxFd = std::numeric_limits<int>::max();
  return static_cast<uint64_t>(handle) <= kMaxFd ? static_cast<int>(handle)
                                                 : -1;
}

// fallocate(2)'s mode for `mode`, an AllocateMode; a value outside it gives a
// mode that the kernel refuses.
uint32_t FallocateMode(uint32_t mode);

// open(2)'s flags for `mode`, a set of OpenFlags. Always O_CLOEXEC.
uint32_t OpenCallFlags(uint32_t mode);

// shutdown(2)'s argument for `mode`, a ShutdownSide; a value outside it gives
// one that the kernel refuses.
uint32_t ShutdownHow(uint32_t mode);

// poll(2)'s events for a set of PollEvents. Bits that are results only (error,
// hang-up) are always reported and not asked for.
uint32_t PollMask(uint32_t poll_events);

// PollEvents for the events that a poll reported. A peer that has ended its own
// direction has hung up: io_uring ends polls for that whether or not they ask.
// An event that is neither readable, writable nor a hang-up is an error, so the
// answer to a poll that ended is never empty.
uint32_t PollEventsFromKernel(uint32_t kernel_events);

}  // namespace wharf::posix

#endif  // WHARF_BACKENDS_POSIX_MODES_H_
