// The echo server on this machine: line_echo_main [PORT], on 127.0.0.1. Ends on
// SIGTERM or SIGINT, in order.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "backends/open.h"
#include "backends/posix/fd.h"
#include "engine/engine.h"
#include "examples/line_echo/line_echo.h"

namespace {

// A listening socket, and its port (any free one if `port` is 0).
absl::StatusOr<wharf::Handle> Listen(uint16_t port, uint16_t* bound) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return absl::ErrnoToStatus(errno, "socket");
  wharf::Handle listener = wharf::AdoptFd(fd);
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  if (bind(fd, generic, size) != 0) return absl::ErrnoToStatus(errno, "bind");
  if (listen(fd, SOMAXCONN) != 0) return absl::ErrnoToStatus(errno, "listen");
  if (getsockname(fd, generic, &size) != 0) {
    return absl::ErrnoToStatus(errno, "getsockname");
  }
  *bound = ntohs(address.sin_port);
  return listener;
}

absl::Status Main(uint16_t port) {
  // As a descriptor, a signal is one more thing to wait for.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
  if (signal_fd < 0) return absl::ErrnoToStatus(errno, "signalfd");

  auto opened = wharf::OpenPort({});
  if (!opened.ok()) return opened.status();
  auto engine = wharf::Engine::Create(std::move(opened->port), {});
  if (!engine.ok()) return engine.status();
  wharf::Engine& loop = **engine;
  auto listener = Listen(port, &port);
  if (!listener.ok()) return listener.status();

  wharf::examples::LineEcho server(loop, *std::move(listener),
                                   {.max_connections = 100});
  server.Start();
  bool stop = false;
  const auto poll = loop.Submit(
      wharf::Request::Poll(wharf::AdoptFd(signal_fd), wharf::kPollReadable),
      [&stop](wharf::Result&&) { stop = true; });
  if (!poll.ok()) return poll.status();
  std::printf("listening on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  while (!stop) {
    const absl::Status turned = loop.Turn(wharf::Wait::Forever());
    if (!turned.ok()) return turned;
  }
  loop.Shutdown({.budget = std::chrono::seconds(2), .cancel_first = true});
  std::printf("served %llu connections\n",
              static_cast<unsigned long long>(server.accepted()));
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  int port = 7777;
  if (argc > 2 || (argc == 2 && !absl::SimpleAtoi(argv[1], &port)) ||
      port < 0 || port > 65535) {
    std::fprintf(stderr, "usage: line_echo_main [PORT], 0 to 65535\n");
    return 2;
  }
  const absl::Status status = Main(static_cast<uint16_t>(port));
  if (status.ok()) return 0;
  std::fprintf(stderr, "line_echo_main: %s\n", status.ToString().c_str());
  return 1;
}
