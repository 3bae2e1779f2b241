#include "tests/differential/windows_world.h"

#include <winsock2.h>
// After winsock2.h, or it brings the old sockets.
#include <windows.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "backends/open.h"
#include "backends/windows/handle.h"
#include "backends/windows/text.h"

namespace wharf::differential {
namespace {

constexpr int kSocketBytes = 4096;
// More than most programs write: of a write that waits for room, and is
// cancelled when some of it was read, the simulated kernel knows nothing.
constexpr DWORD kPipeBytes = 65536;
constexpr uint32_t kMaxInFlight = 64;
constexpr uint32_t kMaxFolders = 10000;

absl::Status Failed(const char* call, DWORD code) {
  return absl::UnavailableError(absl::StrCat(call, ": code ", code));
}

SOCKET SocketOf(const Handle& handle) {
  return static_cast<SOCKET>(handle.native());
}

// TCP with small buffers; invalid if there is none.
Handle NewSocket() {
  const SOCKET made =
      WSASocketW(AF_INET, SOCK_STREAM, 0, nullptr, 0, WSA_FLAG_OVERLAPPED);
  if (made == INVALID_SOCKET) return {};
  const auto* bytes = reinterpret_cast<const char*>(&kSocketBytes);
  setsockopt(made, SOL_SOCKET, SO_SNDBUF, bytes, sizeof(kSocketBytes));
  setsockopt(made, SOL_SOCKET, SO_RCVBUF, bytes, sizeof(kSocketBytes));
  return AdoptSocket(made);
}

// A listener on a port of the system's choice; invalid if there is none.
Handle NewListener(int backlog, sockaddr_in& address) {
  Handle listener = NewSocket();
  if (!listener.valid()) return {};
  address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(SocketOf(listener), generic, size) != 0 ||
      listen(SocketOf(listener), backlog) != 0 ||
      getsockname(SocketOf(listener), generic, &size) != 0) {
    return {};
  }
  return listener;
}

// Two connected sockets; false if there are none.
bool NewPair(std::vector<Handle>& handles) {
  sockaddr_in address = {};
  const Handle listener = NewListener(1, address);
  if (!listener.valid()) return false;
  Handle near_end = NewSocket();
  if (!near_end.valid() ||
      connect(SocketOf(near_end), reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) != 0) {
    return false;
  }
  const SOCKET accepted = accept(SocketOf(listener), nullptr, nullptr);
  if (accepted == INVALID_SOCKET) return false;
  handles.push_back(std::move(near_end));
  handles.push_back(AdoptSocket(accepted));
  return true;
}

// The two ends of a new named pipe whose bytes go one way, the reading one
// first; false if there is none.
bool NewPipe(uint32_t number, std::vector<Handle>& handles) {
  const std::string name = absl::StrCat("\\\\.\\pipe\\wharf_differential_",
                                        GetCurrentProcessId(), "_", number);
  const HANDLE reads =
      CreateNamedPipeA(name.c_str(), PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED,
                       PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT, 1,
                       kPipeBytes, kPipeBytes, 0, nullptr);
  if (reads == INVALID_HANDLE_VALUE) return false;
  handles.push_back(AdoptHandle(reads));
  const HANDLE writes =
      CreateFileA(name.c_str(), GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                  FILE_FLAG_OVERLAPPED, nullptr);
  if (writes == INVALID_HANDLE_VALUE) return false;
  handles.push_back(AdoptHandle(writes));
  return true;
}

// A folder that nobody else has: another Wine may have a process of the same
// number, and an old one may have left its folder behind.
absl::StatusOr<std::string> NewFolder(const std::string& scratch) {
  std::error_code error;
  for (uint32_t i = 0; i < kMaxFolders; ++i) {
    std::string folder = absl::StrCat(scratch, "\\wharf_differential_",
                                      GetCurrentProcessId(), "_", i);
    if (std::filesystem::create_directory(PathOf(folder), error)) return folder;
    if (error) break;
  }
  return absl::UnavailableError(
      absl::StrCat(scratch, ": no folder can be made there (code ",
                   error.value(), "); give another one"));
}

}  // namespace

std::string DefaultScratch() {
  const char* folder = std::getenv("TEST_TMPDIR");
  if (folder != nullptr && folder[0] != 0) return folder;
  std::error_code error;
  return std::filesystem::temp_directory_path(error).string();
}

absl::StatusOr<std::unique_ptr<WindowsWorld>> WindowsWorld::Create(
    const std::string& scratch) {
  absl::StatusOr<OpenedPort> port = OpenPort(
      {.backend = BackendChoice::kIocp, .max_in_flight = kMaxInFlight});
  if (!port.ok()) return port.status();
  absl::StatusOr<std::string> folder = NewFolder(scratch);
  if (!folder.ok()) return folder.status();
  return std::unique_ptr<WindowsWorld>(
      new WindowsWorld(*std::move(folder), std::move(port->port)));
}

absl::Status WindowsWorld::Begin(const Program& program,
                                 std::vector<Handle>& handles) {
  addresses_.clear();
  for (std::size_t i = 0; i < program.objects.size(); ++i) {
    const ObjectSpec& object = program.objects[i];
    switch (object.kind) {
      case ObjectKind::kFile: {
        const absl::Status made =
            MakeFile(static_cast<uint32_t>(i), object.size, handles);
        if (!made.ok()) return made;
        break;
      }
      case ObjectKind::kPipe:
        if (!NewPipe(++pipes_, handles))
          return Failed("a pipe", GetLastError());
        break;
      case ObjectKind::kSocketPair:
        if (!NewPair(handles)) return Failed("a pair", GetLastError());
        break;
      case ObjectKind::kListener: {
        sockaddr_in address = {};
        handles.push_back(NewListener(static_cast<int>(object.size), address));
        if (!handles.back().valid()) {
          return Failed("a listener", GetLastError());
        }
        const auto* bytes = reinterpret_cast<const std::byte*>(&address);
        addresses_.resize(handles.size());
        addresses_.back().assign(bytes, bytes + sizeof(address));
        break;
      }
      case ObjectKind::kSocket:
        handles.push_back(NewSocket());
        if (!handles.back().valid()) return Failed("a socket", GetLastError());
        break;
    }
  }
  return absl::OkStatus();
}

absl::Status WindowsWorld::MakeFile(uint32_t name, uint32_t size,
                                    std::vector<Handle>& handles) {
  absl::Status written = WriteInitial(name, size);
  if (!written.ok()) return written;
  const HANDLE opened =
      CreateFileW(Utf16(Path(name)).c_str(), GENERIC_READ | GENERIC_WRITE,
                  FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                  nullptr, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, nullptr);
  if (opened == INVALID_HANDLE_VALUE) {
    return Failed("CreateFile", GetLastError());
  }
  handles.push_back(AdoptHandle(opened));
  return absl::OkStatus();
}

std::vector<std::byte> WindowsWorld::Address(uint16_t listener) {
  return listener < addresses_.size() ? addresses_[listener]
                                      : std::vector<std::byte>();
}

}  // namespace wharf::differential
