#include "tests/conformance/iocp_world.h"

#include <winsock2.h>
// After winsock2.h, or it brings the old sockets.
#include <windows.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "backends/iocp/port.h"
#include "backends/windows/handle.h"
#include "gtest/gtest.h"

// Words of the sixteen-bit days.
#undef far
#undef near

namespace wharf::conformance {
namespace {

// How long somebody outside waits for bytes that are on their way.
constexpr DWORD kPatienceMilliseconds = 20'000;
constexpr DWORD kPipeBytes = 65'536;

HANDLE AsHandle(const Handle& handle) {
  return reinterpret_cast<HANDLE>(handle.native());
}
SOCKET AsSocket(const Handle& handle) {
  return static_cast<SOCKET>(handle.native());
}

std::string TemporaryFolder() {
  static int number = 0;
  const char* base = std::getenv("TEST_TMPDIR");
  const std::filesystem::path folder =
      (base != nullptr ? std::filesystem::path(base)
                       : std::filesystem::temp_directory_path()) /
      ("wharf_conformance_" + std::to_string(GetCurrentProcessId()) + "_" +
       std::to_string(++number));
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  EXPECT_FALSE(error) << error.message();
  return folder.string();
}

sockaddr_in Loopback() {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Bound to a port of the system's choice if `bound`.
Handle LoopbackSocket(bool bound) {
  const SOCKET made =
      WSASocketW(AF_INET, SOCK_STREAM, 0, nullptr, 0, WSA_FLAG_OVERLAPPED);
  EXPECT_NE(made, INVALID_SOCKET) << WSAGetLastError();
  if (bound) {
    const sockaddr_in address = Loopback();
    EXPECT_EQ(bind(made, reinterpret_cast<const sockaddr*>(&address),
                   sizeof(address)),
              0)
        << WSAGetLastError();
  }
  return AdoptSocket(made);
}

std::string AddressOf(const Handle& socket) {
  sockaddr_in address = {};
  int size = sizeof(address);
  EXPECT_EQ(getsockname(AsSocket(socket), reinterpret_cast<sockaddr*>(&address),
                        &size),
            0);
  return std::string(reinterpret_cast<const char*>(&address),
                     static_cast<std::size_t>(size));
}

// One transfer on a pipe, outside of the port: the event's low bit keeps the
// packet away from it (fault row W-15). Returns the bytes, 0 for any failure.
template <typename Call>
DWORD OutsidePort(const Handle& pipe, Call call) {
  const HANDLE event = CreateEventW(nullptr, TRUE, FALSE, nullptr);
  OVERLAPPED overlapped = {};
  overlapped.hEvent =
      reinterpret_cast<HANDLE>(reinterpret_cast<uintptr_t>(event) | 1);
  DWORD bytes = 0;
  if (call(&overlapped) || GetLastError() == ERROR_IO_PENDING) {
    if (WaitForSingleObject(event, kPatienceMilliseconds) != WAIT_OBJECT_0) {
      CancelIoEx(AsHandle(pipe), &overlapped);
      WaitForSingleObject(event, INFINITE);
    }
    bytes = static_cast<DWORD>(overlapped.InternalHigh);
  }
  CloseHandle(event);
  return bytes;
}

}  // namespace

IocpWorld::IocpWorld(bool skip) : skip_(skip), folder_(TemporaryFolder()) {
  RealIocpCalls().StartSockets();
  // What Winsock opens for itself at first use is no leak.
  static const bool warm = [this] {
    NewSocketPair();
    return true;
  }();
  (void)warm;
}

IocpWorld::~IocpWorld() {
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

uint32_t IocpWorld::features() const {
  return kDirectFiles | kPipes | kListeners | kOutsideClose | kThreads |
         kRealTime;
}

absl::StatusOr<std::unique_ptr<CompletionPort>> IocpWorld::OpenPort(
    uint32_t max_in_flight) {
  return IocpPort::Open({.max_in_flight = max_in_flight,
                         .skip_on_success = skip_,
                         .close_grace = std::chrono::seconds(2)});
}

TestFile IocpWorld::NewFile(std::string_view content, FileMode mode) {
  TestFile file;
  file.path = FreshPath();
  std::ofstream(file.path, std::ios::binary) << content;
  const DWORD direct = mode == FileMode::kDirect ? FILE_FLAG_NO_BUFFERING : 0;
  const HANDLE opened = CreateFileA(
      file.path.c_str(), GENERIC_READ | GENERIC_WRITE,
      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
      OPEN_EXISTING, FILE_FLAG_OVERLAPPED | direct, nullptr);
  EXPECT_NE(opened, INVALID_HANDLE_VALUE) << GetLastError();
  file.handle = AdoptHandle(opened);
  return file;
}

std::string IocpWorld::Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string IocpWorld::FreshPath() {
  return folder_ + "\\f" + std::to_string(++names_);
}

TestPair IocpWorld::NewSocketPair() {
  const TestListener listener = NewListener();
  TestPair pair;
  pair.near = NewSocket();
  EXPECT_EQ(connect(AsSocket(pair.near),
                    reinterpret_cast<const sockaddr*>(listener.address.data()),
                    static_cast<int>(listener.address.size())),
            0)
      << WSAGetLastError();
  const SOCKET accepted = accept(AsSocket(listener.handle), nullptr, nullptr);
  EXPECT_NE(accepted, INVALID_SOCKET) << WSAGetLastError();
  pair.far = AdoptSocket(accepted);
  return pair;
}

TestPair IocpWorld::NewPipe() {
  static int number = 0;
  const std::string name = "\\\\.\\pipe\\wharf_conformance_" +
                           std::to_string(GetCurrentProcessId()) + "_" +
                           std::to_string(++number);
  const HANDLE server =
      CreateNamedPipeA(name.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                       PIPE_TYPE_BYTE, 1, kPipeBytes, kPipeBytes, 0, nullptr);
  EXPECT_NE(server, INVALID_HANDLE_VALUE) << GetLastError();
  const HANDLE client =
      CreateFileA(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr,
                  OPEN_EXISTING, FILE_FLAG_OVERLAPPED, nullptr);
  EXPECT_NE(client, INVALID_HANDLE_VALUE) << GetLastError();
  return {AdoptHandle(server), AdoptHandle(client)};
}

TestListener IocpWorld::NewListener() {
  TestListener listener;
  listener.handle = LoopbackSocket(true);
  EXPECT_EQ(listen(AsSocket(listener.handle), 64), 0) << WSAGetLastError();
  listener.address = AddressOf(listener.handle);
  return listener;
}

Handle IocpWorld::NewSocket() { return LoopbackSocket(false); }

std::string IocpWorld::RefusedAddress() {
  // Nobody listens there, and nobody else is given it for a while.
  return AddressOf(LoopbackSocket(true));
}

bool IocpWorld::Put(const Handle& stream, std::string_view bytes) {
  const auto size = static_cast<int>(bytes.size());
  if (IsSocket(AsHandle(stream))) {
    return send(AsSocket(stream), bytes.data(), size, 0) == size;
  }
  return OutsidePort(stream, [&](OVERLAPPED* overlapped) {
           return WriteFile(AsHandle(stream), bytes.data(),
                            static_cast<DWORD>(size), nullptr, overlapped);
         }) == static_cast<DWORD>(size);
}

std::string IocpWorld::Take(const Handle& stream, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  const bool is_socket = IsSocket(AsHandle(stream));
  if (is_socket) {
    setsockopt(AsSocket(stream), SOL_SOCKET, SO_RCVTIMEO,
               reinterpret_cast<const char*>(&kPatienceMilliseconds),
               sizeof(kPatienceMilliseconds));
  }
  while (done < size) {
    char* const place = bytes.data() + done;
    const auto room = static_cast<DWORD>(size - done);
    const auto count =
        is_socket
            ? recv(AsSocket(stream), place, static_cast<int>(room), 0)
            : static_cast<int>(OutsidePort(stream, [&](OVERLAPPED* overlapped) {
                return ReadFile(AsHandle(stream), place, room, nullptr,
                                overlapped);
              }));
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

void IocpWorld::EndSending(const Handle& socket) {
  EXPECT_EQ(shutdown(AsSocket(socket), SD_SEND), 0) << WSAGetLastError();
}

void IocpWorld::CloseOutside(Handle&& handle) {
  Handle own = std::move(handle);
  EXPECT_EQ(CloseHandleOrSocket(AsHandle(own)), 0u);
  own.Disown();
}

bool IocpWorld::IsOpen(NativeHandle native) {
  DWORD flags = 0;
  return GetHandleInformation(reinterpret_cast<HANDLE>(native), &flags) != 0;
}

void IocpWorld::Pass(Duration time) {
  Sleep(static_cast<DWORD>(
      std::chrono::ceil<std::chrono::milliseconds>(time).count()));
}

std::size_t IocpWorld::OpenHandles() {
  DWORD count = 0;
  EXPECT_TRUE(GetProcessHandleCount(GetCurrentProcess(), &count));
  return count;
}

}  // namespace wharf::conformance
