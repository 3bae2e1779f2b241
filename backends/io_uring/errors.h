// The kernel's error numbers in Wharf's terms.

#ifndef WHARF_BACKENDS_IO_URING_ERRORS_H_
#define WHARF_BACKENDS_IO_URING_ERRORS_H_

#include <cstdint>

#include "engine/error.h"

namespace wharf::uring {

// The portable error behind a CQE's negative result (-errno). The kernel's
// private restart codes -512 to -516, which leak when io-wq interrupts an
// operation (fault row U-09), are kInterrupted, so that the engine reissues.
// Codes that have no portable name are kUnknown. Any thread; never fails.
Error ErrorFromResult(int32_t result);

}  // namespace wharf::uring

#endif  // WHARF_BACKENDS_IO_URING_ERRORS_H_
