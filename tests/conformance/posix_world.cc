#include "tests/conformance/posix_world.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>
#include <utility>

#include "backends/posix/fd.h"
#include "gtest/gtest.h"

namespace wharf::conformance {
namespace {

// How long somebody outside waits for bytes that are on their way.
constexpr int kPatienceMilliseconds = 20'000;

int Number(const Handle& handle) { return static_cast<int>(handle.native()); }

std::string TemporaryFolder() {
  const char* base = std::getenv("TEST_TMPDIR");
  std::string path = std::string(base != nullptr ? base : "/tmp") +
                     "/wharf_conformance_XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr) << path;
  return path;
}

// A TCP socket on the loopback interface, bound to a port of the kernel's
// choice if `bound`.
Handle LoopbackSocket(bool bound, int flags) {
  Handle socket_handle =
      AdoptFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  EXPECT_GE(socket_handle.native(), 0) << std::strerror(errno);
  if (bound) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(
        bind(Number(socket_handle), reinterpret_cast<const sockaddr*>(&address),
             sizeof(address)),
        0)
        << std::strerror(errno);
  }
  return socket_handle;
}

std::string AddressOf(const Handle& socket_handle) {
  sockaddr_in address = {};
  socklen_t size = sizeof(address);
  EXPECT_EQ(getsockname(Number(socket_handle),
                        reinterpret_cast<sockaddr*>(&address), &size),
            0);
  return std::string(reinterpret_cast<const char*>(&address), size);
}

// True when the descriptor is ready, false after kPatienceMilliseconds.
bool AwaitReady(int fd, short events) {
  pollfd ready = {fd, events, 0};
  for (;;) {
    const int count = poll(&ready, 1, kPatienceMilliseconds);
    if (count >= 0 || errno != EINTR) return count == 1;
  }
}

}  // namespace

PosixWorld::PosixWorld(bool nonblocking)
    : nonblocking_(nonblocking), folder_(TemporaryFolder()) {
  const std::string probe = FreshPath();
  const int fd =
      open(probe.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_DIRECT, 0600);
  has_direct_ = fd >= 0;
  if (fd >= 0) close(fd);
}

PosixWorld::~PosixWorld() {
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
  EXPECT_FALSE(error) << error.message();
}

uint32_t PosixWorld::features() const {
  return (has_direct_ ? kDirectFiles : 0u) | kPipes | kListeners |
         kOutsideClose | kThreads | kRealTime;
}

TestFile PosixWorld::NewFile(std::string_view content, FileMode mode) {
  TestFile file;
  file.path = FreshPath();
  std::ofstream(file.path, std::ios::binary) << content;
  const int direct = mode == FileMode::kDirect ? O_DIRECT : 0;
  file.handle = AdoptFd(open(file.path.c_str(), O_RDWR | O_CLOEXEC | direct));
  EXPECT_GE(file.handle.native(), 0) << std::strerror(errno);
  return file;
}

std::string PosixWorld::Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string PosixWorld::FreshPath() {
  return folder_ + "/f" + std::to_string(++names_);
}

TestPair PosixWorld::NewSocketPair() {
  int fds[2] = {-1, -1};
  EXPECT_EQ(socketpair(
                AF_UNIX,
                SOCK_STREAM | SOCK_CLOEXEC | (nonblocking_ ? SOCK_NONBLOCK : 0),
                0, fds),
            0)
      << std::strerror(errno);
  return {AdoptFd(fds[0]), AdoptFd(fds[1])};
}

TestPair PosixWorld::NewPipe() {
  int fds[2] = {-1, -1};
  EXPECT_EQ(pipe2(fds, O_CLOEXEC | (nonblocking_ ? O_NONBLOCK : 0)), 0)
      << std::strerror(errno);
  return {AdoptFd(fds[0]), AdoptFd(fds[1])};
}

TestListener PosixWorld::NewListener() {
  TestListener listener;
  listener.handle = LoopbackSocket(true, nonblocking_ ? SOCK_NONBLOCK : 0);
  EXPECT_EQ(listen(Number(listener.handle), 64), 0) << std::strerror(errno);
  listener.address = AddressOf(listener.handle);
  return listener;
}

Handle PosixWorld::NewSocket() {
  return LoopbackSocket(false, nonblocking_ ? SOCK_NONBLOCK : 0);
}

std::string PosixWorld::RefusedAddress() {
  // Nobody listens there, and nobody else is given it for a while.
  return AddressOf(LoopbackSocket(true, 0));
}

bool PosixWorld::Put(const Handle& stream, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(Number(stream), bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      if (!AwaitReady(Number(stream), POLLOUT)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

std::string PosixWorld::Take(const Handle& stream, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size && AwaitReady(Number(stream), POLLIN)) {
    const ssize_t count =
        read(Number(stream), bytes.data() + done, size - done);
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
      break;
    }
  }
  bytes.resize(done);
  return bytes;
}

void PosixWorld::EndSending(const Handle& socket) {
  EXPECT_EQ(shutdown(Number(socket), SHUT_WR), 0) << std::strerror(errno);
}

void PosixWorld::CloseOutside(Handle&& handle) {
  Handle own = std::move(handle);
  EXPECT_EQ(close(Number(own)), 0) << std::strerror(errno);
  own.Disown();
}

bool PosixWorld::IsOpen(NativeHandle native) {
  return fcntl(static_cast<int>(native), F_GETFD) != -1;
}

void PosixWorld::Pass(Duration time) { std::this_thread::sleep_for(time); }

std::size_t PosixWorld::OpenHandles() {
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/self/fd", error);
  EXPECT_FALSE(error) << error.message();
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace wharf::conformance
