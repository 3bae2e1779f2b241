// Opening a file by its name, with the meaning that OpenFlags have everywhere.

#ifndef WHARF_BACKENDS_IOCP_OPEN_FILE_H_
#define WHARF_BACKENDS_IOCP_OPEN_FILE_H_

#include <cstddef>
#include <cstdint>

#include "backends/iocp/calls.h"
#include "engine/error.h"

namespace wharf::iocp {

// CreateFileW's arguments for `flags` (OpenFlags). A new file is read-only if
// its owner may not write it (`permissions`, the bit 0200); Windows has no use
// for the other permissions.
IocpOpenArguments OpenArgumentsFor(uint32_t flags, uint32_t permissions);

// A handle, or why not.
struct OpenedFile {
  HANDLE handle = INVALID_HANDLE_VALUE;
  Error error = Error::kNone;
  // Windows' code if `error` is not kNone.
  DWORD code = 0;
};

// Opens the `length` bytes of UTF-8 at `path` for overlapped use. Blocks. What
// Windows calls ACCESS_DENIED is Error::kIsDirectory if it is a directory
// opened without kOpenDirectory; a name that is not UTF-8 is kInvalidArgument.
// The server of a named pipe that is opened learns who we are, and no more.
OpenedFile OpenFileByName(IocpCalls& calls, const char* path,
                          std::size_t length, uint32_t flags,
                          uint32_t permissions);

}  // namespace wharf::iocp

#endif  // WHARF_BACKENDS_IOCP_OPEN_FILE_H_
