// Parts of the kernel's io_uring interface that are newer than the liburing
// headers we build against. Values as in the kernel's uapi/linux/io_uring.h.

#ifndef WHARF_BACKENDS_IO_URING_KERNEL_ABI_H_
#define WHARF_BACKENDS_IO_URING_KERNEL_ABI_H_

#include <cstdint>

namespace wharf::uring {

// io_uring_enter flag: the timeout of EXT_ARG is absolute (Linux 6.12).
inline constexpr unsigned kEnterAbsoluteTimer = 1u << 5;
// io_uring_params::features bit of Linux 6.12, the release that brought
// kEnterAbsoluteTimer, which has no bit of its own.
inline constexpr unsigned kFeatureMinTimeout = 1u << 15;
// sqe->nop_flags: the NOP completes with sqe->len as its result (Linux 6.11).
inline constexpr uint32_t kNopInjectResult = 1u << 0;
// io_uring_setup(2): the kernel takes entries in the queue's order, without
// looking them up in an index array (Linux 6.6).
inline constexpr uint32_t kSetupNoIndexArray = uint32_t{1} << 16;

}  // namespace wharf::uring

#endif  // WHARF_BACKENDS_IO_URING_KERNEL_ABI_H_
