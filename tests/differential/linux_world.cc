#include "tests/differential/linux_world.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace wharf::differential {
namespace {

constexpr int kPipeBytes = 4096;
// The kernel doubles it and takes nothing less.
constexpr int kSocketBytes = 2304;
constexpr uint32_t kMaxInFlight = 64;

Handle Adopt(int fd) {
  return Handle::Adopt(
      fd, [](NativeHandle native, void*) { close(static_cast<int>(native)); });
}

absl::Status Failed(const char* call) {
  return absl::UnavailableError(absl::StrCat(call, ": ", std::strerror(errno)));
}

void Shrink(int socket) {
  setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &kSocketBytes, sizeof(int));
  setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &kSocketBytes, sizeof(int));
}

}  // namespace

std::string DefaultScratch() {
  if (access("/dev/shm", W_OK | X_OK) == 0) return "/dev/shm";
  for (const char* name : {"TEST_TMPDIR", "TMPDIR"}) {
    const char* folder = std::getenv(name);
    if (folder != nullptr && folder[0] != 0) return folder;
  }
  return "/tmp";
}

absl::StatusOr<std::unique_ptr<LinuxWorld>> LinuxWorld::Create(
    BackendChoice backend, const std::string& scratch) {
  // Linux sends it to who writes to a pipe without a reader.
  std::signal(SIGPIPE, SIG_IGN);
  absl::StatusOr<OpenedPort> port =
      OpenPort({.backend = backend, .max_in_flight = kMaxInFlight});
  if (!port.ok()) return port.status();
  std::string folder = absl::StrCat(scratch, "/wharf_differential_XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::UnavailableError(
        absl::StrCat(scratch, ": no folder can be made there (",
                     std::strerror(errno), "); give another one"));
  }
  return std::unique_ptr<LinuxWorld>(
      new LinuxWorld(std::move(folder), std::move(port->port)));
}

absl::Status LinuxWorld::Begin(const Program& program,
                               std::vector<Handle>& handles) {
  ++programs_;
  for (std::size_t i = 0; i < program.objects.size(); ++i) {
    const ObjectSpec& object = program.objects[i];
    int ends[2] = {-1, -1};
    absl::Status made;
    switch (object.kind) {
      case ObjectKind::kFile:
        made = MakeFile(static_cast<uint32_t>(i), object.size, handles);
        break;
      case ObjectKind::kPipe:
        if (pipe2(ends, O_CLOEXEC) != 0) return Failed("pipe2");
        fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);
        break;
      case ObjectKind::kSocketPair:
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
          return Failed("socketpair");
        }
        Shrink(ends[0]);
        Shrink(ends[1]);
        break;
      case ObjectKind::kListener:
        made = MakeListener(object.size, handles);
        break;
      case ObjectKind::kSocket:
        ends[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (ends[0] < 0) return Failed("socket");
        Shrink(ends[0]);
        break;
    }
    if (!made.ok()) return made;
    for (const int end : ends) {
      if (end >= 0) handles.push_back(Adopt(end));
    }
  }
  return absl::OkStatus();
}

absl::Status LinuxWorld::MakeFile(uint32_t name, uint32_t size,
                                  std::vector<Handle>& handles) {
  absl::Status written = WriteInitial(name, size);
  if (!written.ok()) return written;
  const int fd = open(Path(name).c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return Failed("open");
  handles.push_back(Adopt(fd));
  return absl::OkStatus();
}

absl::Status LinuxWorld::MakeListener(uint32_t backlog,
                                      std::vector<Handle>& handles) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Failed("socket");
  const auto number = static_cast<uint16_t>(handles.size());
  handles.push_back(Adopt(fd));
  Shrink(fd);
  const std::vector<std::byte> address = Address(number);
  if (bind(fd, reinterpret_cast<const sockaddr*>(address.data()),
           static_cast<socklen_t>(address.size())) != 0) {
    return Failed("bind");
  }
  // AF_UNIX lets one more wait than it is told.
  if (listen(fd, static_cast<int>(backlog) - 1) != 0) return Failed("listen");
  return absl::OkStatus();
}

std::vector<std::byte> LinuxWorld::Address(uint16_t listener) {
  // An abstract name: a 0, and what follows it.
  const std::string name = absl::StrCat("wharf-differential-", getpid(), "-",
                                        programs_, "-", listener);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const std::size_t size = offsetof(sockaddr_un, sun_path) + 1 + name.size();
  const auto* bytes = reinterpret_cast<const std::byte*>(&address);
  return {bytes, bytes + size};
}

}  // namespace wharf::differential
