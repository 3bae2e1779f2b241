// Operation -> control block (iocb). Pure.

#ifndef WHARF_BACKENDS_LINUX_AIO_PREPARE_H_
#define WHARF_BACKENDS_LINUX_AIO_PREPARE_H_

#include <cstdint>

#include "engine/ids.h"
#include "engine/operation.h"
#include "libaio.h"

namespace wharf::aio {

// A bit of the control block's data word that an OperationId leaves free: the
// wake's poll.
inline constexpr uint64_t kWakeTag = uint64_t{1} << 62;

// Fills `control`, all 64 bytes, with the positioned transfer that `operation`
// (a kRead, kWrite or their vectored kinds, with an offset) is. A durable write
// has RWF_DSYNC in aio_rw_flags, where the kernel looks for it (known bug
// R-A7); a kernel or file system without it refuses (EOPNOTSUPP).
void PrepareTransfer(const Operation& operation, iocb* control);

// Fills `control` with the fsync or fdatasync that `operation`, a kSync, is.
void PrepareSync(const Operation& operation, iocb* control);

// Fills `control` with a one-shot poll of `fd` for `events` (poll(2)'s bits);
// `data` comes back with its event.
void PreparePoll(int fd, uint32_t events, uint64_t data, iocb* control);

// The data word of a control block or an event: an OperationId's value or
// kWakeTag.
inline uint64_t DataOf(const iocb& control) {
  return reinterpret_cast<uint64_t>(control.data);
}
inline uint64_t DataOf(const io_event& event) {
  return reinterpret_cast<uint64_t>(event.data);
}

// An event's result: libaio's field is unsigned, the kernel's is not, and
// errors are negative (known bug R-A1).
inline int64_t ResultOf(const io_event& event) {
  return static_cast<int64_t>(event.res);
}

}  // namespace wharf::aio

#endif  // WHARF_BACKENDS_LINUX_AIO_PREPARE_H_
