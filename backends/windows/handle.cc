#include "backends/windows/handle.h"

#include <winsock2.h>
// After winsock2.h, or it brings the old sockets.
#include <windows.h>

namespace wharf {
namespace {

SOCKET AsSocket(void* handle) { return reinterpret_cast<SOCKET>(handle); }

}  // namespace

bool IsSocket(void* handle) {
  int type = 0;
  int length = sizeof(type);
  return getsockopt(AsSocket(handle), SOL_SOCKET, SO_TYPE,
                    reinterpret_cast<char*>(&type), &length) == 0;
}

uint32_t CloseHandleOrSocket(void* handle) {
  if (IsSocket(handle)) {
    return closesocket(AsSocket(handle)) == 0
               ? 0
               : static_cast<uint32_t>(WSAGetLastError());
  }
  return CloseHandle(handle) ? 0 : static_cast<uint32_t>(GetLastError());
}

void CloseNative(NativeHandle native, void*) {
  CloseHandleOrSocket(reinterpret_cast<void*>(native));
}

Handle AdoptHandle(void* handle) {
  return Handle::Adopt(reinterpret_cast<NativeHandle>(handle), &CloseNative);
}

Handle AdoptSocket(uintptr_t socket) {
  return Handle::Adopt(static_cast<NativeHandle>(socket), &CloseNative);
}

}  // namespace wharf
