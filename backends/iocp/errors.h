// Windows' error numbers in Wharf's terms. Plain numbers: this compiles, and is
// tested, on every platform.
//
// An operation's answer comes as an NTSTATUS (in its OVERLAPPED) or as a Win32
// or Winsock code (from the call itself). Both end as a Win32 or Winsock code,
// which is what Completion::native_error holds.

#ifndef WHARF_BACKENDS_IOCP_ERRORS_H_
#define WHARF_BACKENDS_IOCP_ERRORS_H_

#include <cstdint>

#include "engine/error.h"
#include "engine/operation.h"

namespace wharf::iocp {

// The portable error behind a Win32 or Winsock code (not 0). A code that has no
// portable name is kUnknown. Any thread; never fails.
Error ErrorFromWin32(uint32_t code);

// The Win32 or Winsock code of an NTSTATUS for which the system's own
// translation is too coarse: what sockets answer. 0 for every other.
uint32_t SocketErrorFromStatus(uint32_t status);

// True if `status` is neither a failure nor plain success, for example
// STATUS_BUFFER_OVERFLOW. A call that "fails" with one has been carried out,
// and posts its packet (fault row W-19).
constexpr bool IsWarning(uint32_t status) { return status >> 30 == 2; }

// What an operation answered, as a Completion says it.
struct Answer {
  int64_t result = 0;
  int32_t native_error = 0;
};

// The answer of an operation that ended with `code` (0: success) after `bytes`.
// Transfers: the end of a file or pipe is 0 bytes; a message larger than the
// buffer, and an abort after some bytes, are the bytes (fault rows W-07, W-19;
// known bug R-W9). For everything else success is 0.
Answer AnswerFor(Opcode opcode, uint32_t code, uint64_t bytes);

}  // namespace wharf::iocp

#endif  // WHARF_BACKENDS_IOCP_ERRORS_H_
