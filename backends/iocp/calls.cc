#include "backends/iocp/calls.h"

#include <winternl.h>

#include <algorithm>
#include <cstring>

#include "backends/windows/handle.h"
#include "backends/windows/text.h"

namespace wharf {
namespace {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr DWORD kShareAll =
    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
// What AcceptEx wants beyond each address.
constexpr DWORD kAddressRoom = sizeof(SOCKADDR_STORAGE) + 16;

DWORD CodeOf(BOOL ok) { return ok ? 0 : GetLastError(); }
DWORD SocketCodeOf(int result) {
  return result == 0 ? 0 : static_cast<DWORD>(WSAGetLastError());
}

// A function of a module, or nullptr.
template <typename Function>
Function* Find(HMODULE module, const char* name) {
  const FARPROC address = GetProcAddress(module, name);
  return reinterpret_cast<Function*>(reinterpret_cast<void*>(address));
}

// Seen under Wine: failure without a code, and then a packet.
DWORD ExtensionCode(BOOL ok) {
  if (ok) return 0;
  const int code = WSAGetLastError();
  return code == 0 ? ERROR_IO_PENDING : static_cast<DWORD>(code);
}

// AcceptEx and ConnectEx belong to a socket's provider, which has to be asked.
template <typename Function>
DWORD FindExtension(SOCKET socket, GUID guid, Function* function) {
  DWORD bytes = 0;
  return SocketCodeOf(WSAIoctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER,
                               &guid, sizeof(guid), function, sizeof(*function),
                               &bytes, nullptr, nullptr));
}

class RealCalls final : public IocpCalls {
 public:
  DWORD StartSockets() override {
    // Never undone: sockets may outlive every port.
    static const DWORD result = [] {
      WSADATA data;
      return static_cast<DWORD>(WSAStartup(MAKEWORD(2, 2), &data));
    }();
    return result;
  }

  DWORD MakePort(HANDLE* port) override {
    *port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1);
    return CodeOf(*port != nullptr);
  }

  DWORD Associate(HANDLE port, HANDLE handle, ULONG_PTR key) override {
    return CodeOf(CreateIoCompletionPort(handle, port, key, 0) != nullptr);
  }

  DWORD SetNotificationModes(HANDLE handle, UCHAR modes) override {
    return CodeOf(SetFileCompletionNotificationModes(handle, modes));
  }

  DWORD Dequeue(HANDLE port, std::span<OVERLAPPED_ENTRY> entries, ULONG* taken,
                DWORD milliseconds) override {
    *taken = 0;
    return CodeOf(GetQueuedCompletionStatusEx(
        port, entries.data(), static_cast<ULONG>(entries.size()), taken,
        milliseconds, FALSE));
  }

  DWORD Post(HANDLE port, ULONG_PTR key, OVERLAPPED* overlapped) override {
    return CodeOf(PostQueuedCompletionStatus(port, 0, key, overlapped));
  }

  DWORD Cancel(HANDLE handle, OVERLAPPED* overlapped) override {
    return CodeOf(CancelIoEx(handle, overlapped));
  }

  IocpHandleKind KindOf(HANDLE handle) override {
    switch (GetFileType(handle)) {
      case FILE_TYPE_DISK:
        return IocpHandleKind::kDisk;
      case FILE_TYPE_PIPE:
        return IsSocket(handle) ? IocpHandleKind::kSocket
                                : IocpHandleKind::kPipe;
      default:
        return IocpHandleKind::kOther;
    }
  }

  bool HasMessages(HANDLE pipe) override {
    DWORD flags = 0;
    return GetNamedPipeInfo(pipe, &flags, nullptr, nullptr, nullptr) &&
           (flags & PIPE_TYPE_MESSAGE) != 0;
  }

  bool SocketMaySkip(SOCKET socket) override {
    WSAPROTOCOL_INFOW info{};
    int length = sizeof(info);
    return getsockopt(socket, SOL_SOCKET, SO_PROTOCOL_INFOW,
                      reinterpret_cast<char*>(&info), &length) == 0 &&
           (info.dwServiceFlags1 & XP1_IFS_HANDLES) != 0;
  }

  DWORD Read(HANDLE handle, void* data, DWORD length,
             OVERLAPPED* overlapped) override {
    return CodeOf(ReadFile(handle, data, length, nullptr, overlapped));
  }

  DWORD Write(HANDLE handle, const void* data, DWORD length,
              OVERLAPPED* overlapped) override {
    return CodeOf(WriteFile(handle, data, length, nullptr, overlapped));
  }

  DWORD Receive(SOCKET socket, WSABUF* buffer,
                OVERLAPPED* overlapped) override {
    DWORD flags = 0;
    return SocketCodeOf(
        WSARecv(socket, buffer, 1, nullptr, &flags, overlapped, nullptr));
  }

  DWORD Send(SOCKET socket, std::span<WSABUF> buffers,
             OVERLAPPED* overlapped) override {
    return SocketCodeOf(WSASend(socket, buffers.data(),
                                static_cast<DWORD>(buffers.size()), nullptr, 0,
                                overlapped, nullptr));
  }

  DWORD ConnectPipe(HANDLE pipe, OVERLAPPED* overlapped) override {
    return CodeOf(ConnectNamedPipe(pipe, overlapped));
  }

  DWORD Accept(SOCKET listener, SOCKET accepted, std::span<std::byte> addresses,
               OVERLAPPED* overlapped) override {
    LPFN_ACCEPTEX accept_ex = nullptr;
    const DWORD code = FindExtension(listener, WSAID_ACCEPTEX, &accept_ex);
    if (code != 0) return code;
    DWORD bytes = 0;
    const BOOL ok = accept_ex(listener, accepted, addresses.data(), 0,
                              kAddressRoom, kAddressRoom, &bytes, overlapped);
    return ExtensionCode(ok);
  }

  DWORD Connect(SOCKET socket, const void* address, int length,
                OVERLAPPED* overlapped) override {
    LPFN_CONNECTEX connect_ex = nullptr;
    const DWORD code = FindExtension(socket, WSAID_CONNECTEX, &connect_ex);
    if (code != 0) return code;
    const BOOL ok = connect_ex(socket, static_cast<const sockaddr*>(address),
                               length, nullptr, 0, nullptr, overlapped);
    return ExtensionCode(ok);
  }

  DWORD SocketLike(SOCKET listener, SOCKET* result) override {
    WSAPROTOCOL_INFOW info{};
    int length = sizeof(info);
    const DWORD code =
        SocketCodeOf(getsockopt(listener, SOL_SOCKET, SO_PROTOCOL_INFOW,
                                reinterpret_cast<char*>(&info), &length));
    if (code != 0) return code;
    *result =
        WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO,
                   &info, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    return *result != INVALID_SOCKET ? 0
                                     : static_cast<DWORD>(WSAGetLastError());
  }

  DWORD BindAny(SOCKET socket, const void* address, int length) override {
    SOCKADDR_STORAGE any{};
    // A family's "any" address is all zero.
    std::memcpy(&any.ss_family, address, sizeof(any.ss_family));
    const int size = std::clamp<int>(length, sizeof(any.ss_family),
                                     static_cast<int>(sizeof(any)));
    return SocketCodeOf(bind(socket, reinterpret_cast<sockaddr*>(&any), size));
  }

  DWORD UpdateAccepted(SOCKET accepted, SOCKET listener) override {
    return SocketCodeOf(
        setsockopt(accepted, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                   reinterpret_cast<const char*>(&listener), sizeof(listener)));
  }

  DWORD UpdateConnected(SOCKET socket) override {
    return SocketCodeOf(
        setsockopt(socket, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, nullptr, 0));
  }

  DWORD Duplicate(HANDLE handle, HANDLE* result) override {
    const HANDLE process = GetCurrentProcess();
    return CodeOf(DuplicateHandle(process, handle, process, result, 0, FALSE,
                                  DUPLICATE_SAME_ACCESS));
  }

  DWORD OpenPath(const wchar_t* path, const IocpOpenArguments& arguments,
                 HANDLE* result) override {
    *result = CreateFileW(path, arguments.access, kShareAll, nullptr,
                          arguments.disposition, arguments.flags, nullptr);
    return CodeOf(*result != INVALID_HANDLE_VALUE);
  }

  DWORD ReOpen(HANDLE handle, const IocpOpenArguments& arguments,
               HANDLE* result) override {
    *result = ReOpenFile(handle, arguments.access, kShareAll, arguments.flags);
    return CodeOf(*result != INVALID_HANDLE_VALUE);
  }

  bool IsDirectoryPath(const wchar_t* path) override {
    const DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES &&
           (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  }

  bool IsDirectory(HANDLE handle) override {
    BY_HANDLE_FILE_INFORMATION information{};
    return GetFileInformationByHandle(handle, &information) &&
           (information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  }

  DWORD Widen(const char* text, std::size_t length,
              std::wstring* result) override {
    return StrictUtf16({text, length}, result);
  }

  DWORD Flush(HANDLE handle) override {
    return CodeOf(FlushFileBuffers(handle));
  }

  DWORD ShutDown(SOCKET socket, int how) override {
    return SocketCodeOf(shutdown(socket, how));
  }

  DWORD CloseAny(HANDLE handle) override { return CloseHandleOrSocket(handle); }

  DWORD ErrorFromStatus(uint32_t status) override {
    return RtlNtStatusToDosError(static_cast<NTSTATUS>(status));
  }

  std::string SystemRelease() override {
    const HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    if (ntdll == nullptr) return "";
    std::string release;
    // GetVersionEx says what the program's manifest asks for.
    if (auto* get_version =
            Find<LONG WINAPI(OSVERSIONINFOW*)>(ntdll, "RtlGetVersion")) {
      OSVERSIONINFOW version{};
      version.dwOSVersionInfoSize = sizeof(version);
      get_version(&version);
      release = std::to_string(version.dwMajorVersion) + "." +
                std::to_string(version.dwMinorVersion) + "." +
                std::to_string(version.dwBuildNumber);
    }
    if (auto* wine = Find<const char*()>(ntdll, "wine_get_version")) {
      release.append(" (Wine ").append(wine()).append(")");
    }
    return release;
  }

  int64_t MonotonicNanoseconds() override {
    static const int64_t frequency = [] {
      LARGE_INTEGER value;
      QueryPerformanceFrequency(&value);
      return value.QuadPart;
    }();
    LARGE_INTEGER count;
    QueryPerformanceCounter(&count);
    // In two parts, for the product would overflow after some hours.
    return count.QuadPart / frequency * kNanosecondsPerSecond +
           count.QuadPart % frequency * kNanosecondsPerSecond / frequency;
  }
};

}  // namespace

IocpCalls& RealIocpCalls() {
  static RealCalls* const calls = new RealCalls;
  return *calls;
}

}  // namespace wharf
