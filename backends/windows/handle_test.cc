#include "backends/windows/handle.h"

#include <winsock2.h>
// After winsock2.h, or it brings the old sockets.
#include <windows.h>

#include "gtest/gtest.h"

namespace wharf {
namespace {

bool IsOpen(void* handle) {
  DWORD flags = 0;
  return GetHandleInformation(handle, &flags) != 0;
}

HANDLE MakeEvent() { return CreateEventW(nullptr, TRUE, FALSE, nullptr); }

SOCKET MakeSocket() {
  WSADATA data;
  EXPECT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
  return socket(AF_INET, SOCK_STREAM, 0);
}

TEST(AdoptHandle, ClosesWhenTheLastCopyIsGone) {
  const HANDLE event = MakeEvent();
  Handle first = AdoptHandle(event);
  EXPECT_EQ(first.native(), reinterpret_cast<NativeHandle>(event));
  {
    Handle second = first;
    first.Reset();
    EXPECT_TRUE(IsOpen(event));
  }
  EXPECT_FALSE(IsOpen(event));
}

TEST(AdoptSocket, ClosesWhenTheLastCopyIsGone) {
  const SOCKET socket = MakeSocket();
  Handle handle = AdoptSocket(socket);
  EXPECT_TRUE(IsSocket(reinterpret_cast<void*>(socket)));
  handle.Reset();
  EXPECT_FALSE(IsSocket(reinterpret_cast<void*>(socket)));
  EXPECT_EQ(WSAGetLastError(), WSAENOTSOCK);
}

TEST(CloseHandleOrSocket, SaysWhatIsWrong) {
  const HANDLE event = MakeEvent();
  EXPECT_FALSE(IsSocket(event));
  EXPECT_EQ(CloseHandleOrSocket(event), 0u);
  EXPECT_EQ(CloseHandleOrSocket(event), uint32_t{ERROR_INVALID_HANDLE});
}

}  // namespace
}  // namespace wharf
