// What AIO has no command for, done with a plain call: in the loop's thread,
// never in a hidden one. Each function makes one attempt and gives what the
// call gave: a value >= 0, or a negated errno.

#ifndef WHARF_BACKENDS_LINUX_AIO_ATTEMPT_H_
#define WHARF_BACKENDS_LINUX_AIO_ATTEMPT_H_

#include <cstdint>

#include "backends/linux_aio/syscalls.h"
#include "engine/operation.h"

namespace wharf::aio {

// What kind of thing a descriptor names, as far as it matters here.
enum class HandleKind : uint8_t {
  kFile,    // positions; a transfer ends in bounded time
  kSocket,  // a transfer may wait for a peer
  kStream,  // the same, and no socket: pipe, terminal, device, eventfd
};

// The kind of `fd`: HandleKind's value, or a negated errno.
int KindOf(int fd, LinuxAioSyscalls& syscalls);

// poll(2)'s events that say that an attempt at `operation` is worth it.
uint32_t ReadyEvents(const Operation& operation);

// One attempt that never waits for a peer. -EAGAIN (and, for a connect,
// -EINPROGRESS or -EALREADY): not now. Where the kernel has no flag for "not
// waiting" (accept, connect; RWF_NOWAIT on a FIFO that was opened by its name,
// a terminal, some devices), O_NONBLOCK is set on the file description for the
// length of the call if it was not, and taken back; whoever uses the same
// description at that moment sees it. A write to a pipe without readers raises
// SIGPIPE, as write(2) does; sockets never do. For transfers, accept, connect
// and poll.
int64_t AttemptNow(const Operation& operation, HandleKind kind,
                   LinuxAioSyscalls& syscalls);

// Does it, however long it takes: opens, closes, allocates, shuts down, or
// reads and writes a file at its current position.
int64_t AttemptBlocking(const Operation& operation, LinuxAioSyscalls& syscalls);

}  // namespace wharf::aio

#endif  // WHARF_BACKENDS_LINUX_AIO_ATTEMPT_H_
