// The kernel's error numbers in Wharf's terms.

#ifndef WHARF_BACKENDS_POSIX_ERRORS_H_
#define WHARF_BACKENDS_POSIX_ERRORS_H_

#include <cstdint>

#include "engine/error.h"

namespace wharf::posix {

// The portable error behind a negative result (-errno) of a call or an
// operation. The kernel's private restart codes -512 to -516, which leak when
// io-wq interrupts an operation (fault row U-09), are kInterrupted, so that the
// engine reissues.
// Codes that have no portable name are kUnknown. Any thread; never fails.
Error ErrorFromResult(int64_t result);

// The errno in a negative result, as Completion::native_error has it. What is
// no errno but too large for the field is the largest that it holds: a
// completion's result is whatever the kernel writes. Any thread; never fails.
int32_t NativeErrorFromResult(int64_t result);

}  // namespace wharf::posix

#endif  // WHARF_BACKENDS_POSIX_ERRORS_H_
