// HANDLEs and SOCKETs as Handles.

#ifndef WHARF_BACKENDS_WINDOWS_HANDLE_H_
#define WHARF_BACKENDS_WINDOWS_HANDLE_H_

#include <cstdint>

#include "engine/handle.h"

namespace wharf {

// True if `handle` (a HANDLE or a SOCKET) is a socket. Needs WSAStartup, which
// every port has done. Any thread.
bool IsSocket(void* handle);

// closesocket for a socket, CloseHandle for everything else; returns 0 or the
// code of GetLastError or WSAGetLastError. Any thread.
uint32_t CloseHandleOrSocket(void* handle);

// A Handle::Closer: CloseHandleOrSocket, errors ignored. `context` is not used.
// Any thread.
void CloseNative(NativeHandle native, void* context);

// A Handle that owns `handle`, a HANDLE (a file or pipe opened with
// FILE_FLAG_OVERLAPPED) or a SOCKET, and closes it when its last copy is gone,
// as CloseNative does. Allocates once. Any thread.
[[nodiscard]] Handle AdoptHandle(void* handle);
[[nodiscard]] Handle AdoptSocket(uintptr_t socket);

}  // namespace wharf

#endif  // WHARF_BACKENDS_WINDOWS_HANDLE_H_
