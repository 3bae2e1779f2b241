// IocpCalls: the one table through which this backend reaches Windows, so that
// another kernel (a fake, a recorder) can stand under the backend.

#ifndef WHARF_BACKENDS_IOCP_CALLS_H_
#define WHARF_BACKENDS_IOCP_CALLS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "backends/iocp/win32.h"

namespace wharf {

// What stands behind a HANDLE.
enum class IocpHandleKind : uint8_t {
  kDisk,    // a file: transfers have an offset
  kPipe,    // a named pipe
  kSocket,  // its HANDLE is its SOCKET
  kOther,   // a character device
};

// CreateFileW's arguments after the name.
struct IocpOpenArguments {
  DWORD access = 0;
  DWORD disposition = 0;
  DWORD flags = 0;
};

// Every call returns 0, or the code that GetLastError or WSAGetLastError gives;
// neither is used otherwise. Calls that take an OVERLAPPED may also return
// ERROR_IO_PENDING, and touch it until its packet has come. Thread: the loop
// thread, except Post, which is for any thread.
class IocpCalls {
 public:
  virtual ~IocpCalls() = default;

  // WSAStartup, once in the process's life, whoever calls how often.
  virtual DWORD StartSockets() = 0;

  // CreateIoCompletionPort for a new port with one running thread.
  virtual DWORD MakePort(HANDLE* port) = 0;
  // The same for a handle: its packets go to `port` with `key`, for ever.
  virtual DWORD Associate(HANDLE port, HANDLE handle, ULONG_PTR key) = 0;
  // SetFileCompletionNotificationModes.
  virtual DWORD SetNotificationModes(HANDLE handle, UCHAR modes) = 0;
  // GetQueuedCompletionStatusEx, not alertable.
  virtual DWORD Dequeue(HANDLE port, std::span<OVERLAPPED_ENTRY> entries,
                        ULONG* taken, DWORD milliseconds) = 0;
  // PostQueuedCompletionStatus. Thread-safe.
  virtual DWORD Post(HANDLE port, ULONG_PTR key, OVERLAPPED* overlapped) = 0;
  // CancelIoEx for one operation.
  virtual DWORD Cancel(HANDLE handle, OVERLAPPED* overlapped) = 0;

  // GetFileType, and getsockopt to tell sockets from pipes.
  virtual IocpHandleKind KindOf(HANDLE handle) = 0;
  // GetNamedPipeInfo: true if each write to the pipe is a message of its own.
  virtual bool HasMessages(HANDLE pipe) = 0;
  // True if the socket's provider has true system handles (XP1_IFS_HANDLES),
  // without which skipping packets is not safe.
  virtual bool SocketMaySkip(SOCKET socket) = 0;

  // ReadFile and WriteFile, at the OVERLAPPED's offset.
  virtual DWORD Read(HANDLE handle, void* data, DWORD length,
                     OVERLAPPED* overlapped) = 0;
  virtual DWORD Write(HANDLE handle, const void* data, DWORD length,
                      OVERLAPPED* overlapped) = 0;
  // WSARecv and WSASend.
  virtual DWORD Receive(SOCKET socket, WSABUF* buffer,
                        OVERLAPPED* overlapped) = 0;
  virtual DWORD Send(SOCKET socket, std::span<WSABUF> buffers,
                     OVERLAPPED* overlapped) = 0;
  // ConnectNamedPipe.
  virtual DWORD ConnectPipe(HANDLE pipe, OVERLAPPED* overlapped) = 0;
  // AcceptEx without data; `addresses` has room for two socket addresses, and
  // 16 bytes more for each.
  virtual DWORD Accept(SOCKET listener, SOCKET accepted,
                       std::span<std::byte> addresses,
                       OVERLAPPED* overlapped) = 0;
  // ConnectEx without data.
  virtual DWORD Connect(SOCKET socket, const void* address, int length,
                        OVERLAPPED* overlapped) = 0;

  // A new overlapped socket of the same kind as `listener`, not inherited.
  virtual DWORD SocketLike(SOCKET listener, SOCKET* result) = 0;
  // bind to any address of the family of `address`, which ConnectEx needs.
  virtual DWORD BindAny(SOCKET socket, const void* address, int length) = 0;
  // SO_UPDATE_ACCEPT_CONTEXT and SO_UPDATE_CONNECT_CONTEXT: without them
  // shutdown and others refuse the socket.
  virtual DWORD UpdateAccepted(SOCKET accepted, SOCKET listener) = 0;
  virtual DWORD UpdateConnected(SOCKET socket) = 0;
  // DuplicateHandle within the process, not inherited.
  virtual DWORD Duplicate(HANDLE handle, HANDLE* result) = 0;

  // CreateFileW, for sharing of every kind, not inherited.
  virtual DWORD OpenPath(const wchar_t* path,
                         const IocpOpenArguments& arguments,
                         HANDLE* result) = 0;
  // ReOpenFile: the same file, other rights.
  virtual DWORD ReOpen(HANDLE handle, const IocpOpenArguments& arguments,
                       HANDLE* result) = 0;
  // True if there is a directory of this name, or behind this handle.
  virtual bool IsDirectoryPath(const wchar_t* path) = 0;
  virtual bool IsDirectory(HANDLE handle) = 0;
  // MultiByteToWideChar from UTF-8, refusing what is not UTF-8.
  virtual DWORD Widen(const char* text, std::size_t length,
                      std::wstring* result) = 0;

  // FlushFileBuffers. Blocks.
  virtual DWORD Flush(HANDLE handle) = 0;
  // shutdown; `how` is SD_RECEIVE, SD_SEND or SD_BOTH.
  virtual DWORD ShutDown(SOCKET socket, int how) = 0;
  // closesocket for a socket, CloseHandle for everything else.
  virtual DWORD CloseAny(HANDLE handle) = 0;

  // RtlNtStatusToDosError.
  virtual DWORD ErrorFromStatus(uint32_t status) = 0;
  // "10.0.19045", "10.0.17134 (Wine 8.0)"; "" if unknown.
  virtual std::string SystemRelease() = 0;
  // QueryPerformanceCounter in nanoseconds.
  virtual int64_t MonotonicNanoseconds() = 0;
};

// The real Windows. One stateless object with static lifetime.
IocpCalls& RealIocpCalls();

}  // namespace wharf

#endif  // WHARF_BACKENDS_IOCP_CALLS_H_
