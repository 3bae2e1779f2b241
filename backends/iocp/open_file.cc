#include "backends/iocp/open_file.h"

#include <string>

#include "backends/iocp/errors.h"
#include "engine/operation.h"

namespace wharf::iocp {
namespace {

constexpr uint32_t kOwnerMayWrite = 0200;
// Writing at the end, whatever the offset says, and nowhere else.
constexpr DWORD kAppendAccess = FILE_GENERIC_WRITE & ~FILE_WRITE_DATA;

DWORD AccessFor(uint32_t flags) {
  DWORD access = (flags & kOpenRead) != 0 ? GENERIC_READ : 0;
  if ((flags & kOpenWrite) != 0) {
    access |= (flags & kOpenAppend) != 0 ? kAppendAccess : GENERIC_WRITE;
  }
  return access;
}

DWORD DispositionFor(uint32_t flags) {
  const bool truncate = (flags & kOpenTruncate) != 0;
  if ((flags & kOpenCreate) == 0) {
    return truncate ? TRUNCATE_EXISTING : OPEN_EXISTING;
  }
  if ((flags & kOpenExclusive) != 0) return CREATE_NEW;
  return truncate ? CREATE_ALWAYS : OPEN_ALWAYS;
}

OpenedFile Refused(Error error, DWORD code) {
  return {.error = error, .code = code};
}

// TRUNCATE_EXISTING needs the right to write anywhere, which a file that is
// appended to must not have: truncate first, then open the same file again.
DWORD OpenToAppend(IocpCalls& calls, const wchar_t* path,
                   const IocpOpenArguments& arguments, HANDLE* result) {
  IocpOpenArguments truncating = arguments;
  truncating.access = GENERIC_WRITE;
  HANDLE truncated = INVALID_HANDLE_VALUE;
  DWORD code = calls.OpenPath(path, truncating, &truncated);
  if (code != 0) return code;
  // ReOpenFile takes the FILE_FLAGs only.
  IocpOpenArguments appending = arguments;
  appending.flags &= FILE_FLAG_OVERLAPPED | FILE_FLAG_NO_BUFFERING;
  code = calls.ReOpen(truncated, appending, result);
  calls.CloseAny(truncated);
  return code;
}

}  // namespace

IocpOpenArguments OpenArgumentsFor(uint32_t flags, uint32_t permissions) {
  IocpOpenArguments arguments;
  arguments.access = AccessFor(flags);
  arguments.disposition = DispositionFor(flags);
  arguments.flags =
      FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
  if ((flags & kOpenDirect) != 0) arguments.flags |= FILE_FLAG_NO_BUFFERING;
  if ((flags & kOpenDirectory) != 0) {
    arguments.flags |= FILE_FLAG_BACKUP_SEMANTICS;
  }
  if ((flags & kOpenCreate) != 0 && (permissions & kOwnerMayWrite) == 0) {
    arguments.flags |= FILE_ATTRIBUTE_READONLY;
  }
  return arguments;
}

OpenedFile OpenFileByName(IocpCalls& calls, const char* path,
                          std::size_t length, uint32_t flags,
                          uint32_t permissions) {
  std::wstring name;
  DWORD code = calls.Widen(path, length, &name);
  if (code != 0) return Refused(ErrorFromWin32(code), code);
  const IocpOpenArguments arguments = OpenArgumentsFor(flags, permissions);
  HANDLE handle = INVALID_HANDLE_VALUE;
  if (arguments.disposition == TRUNCATE_EXISTING &&
      (flags & kOpenAppend) != 0) {
    code = OpenToAppend(calls, name.c_str(), arguments, &handle);
  } else {
    code = calls.OpenPath(name.c_str(), arguments, &handle);
  }
  if (code != 0) {
    const bool directory = code == ERROR_ACCESS_DENIED &&
                           (flags & kOpenDirectory) == 0 &&
                           calls.IsDirectoryPath(name.c_str());
    return Refused(directory ? Error::kIsDirectory : ErrorFromWin32(code),
                   code);
  }
  if ((flags & kOpenDirectory) != 0 && !calls.IsDirectory(handle)) {
    calls.CloseAny(handle);
    return Refused(Error::kNotDirectory, ERROR_DIRECTORY);
  }
  return {.handle = handle};
}

}  // namespace wharf::iocp
