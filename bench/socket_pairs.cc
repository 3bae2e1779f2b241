#include "bench/socket_pairs.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "bench/die.h"

namespace wharf::bench {
namespace {

int OpenTcp() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) Die("socket", errno);
  return fd;
}

void NoDelay(int fd) {
  const int on = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) {
    Die("TCP_NODELAY", errno);
  }
}

// A listener on a free port of the loopback interface; `address` says which.
int Listen(sockaddr_in* address) {
  const int fd = OpenTcp();
  *address = {};
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(*address);
  auto* generic = reinterpret_cast<sockaddr*>(address);
  if (bind(fd, generic, length) != 0 || listen(fd, SOMAXCONN) != 0 ||
      getsockname(fd, generic, &length) != 0) {
    Die("cannot listen on the loopback interface", errno);
  }
  return fd;
}

}  // namespace

SocketPairs::SocketPairs(SocketKind kind, uint32_t pairs) {
  sockaddr_in address{};
  const int listener = kind == SocketKind::kTcp ? Listen(&address) : -1;
  for (uint32_t i = 0; i < pairs; ++i) {
    int ends[2];
    if (kind == SocketKind::kUnix) {
      if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        Die("socketpair", errno);
      }
    } else {
      ends[0] = OpenTcp();
      if (connect(ends[0], reinterpret_cast<const sockaddr*>(&address),
                  sizeof(address)) != 0) {
        Die("connect", errno);
      }
      ends[1] = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (ends[1] < 0) Die("accept", errno);
      NoDelay(ends[0]);
      NoDelay(ends[1]);
    }
    ends_.insert(ends_.end(), ends, ends + 2);
  }
  if (listener >= 0) close(listener);
}

SocketPairs::~SocketPairs() {
  for (const int fd : ends_) close(fd);
}

}  // namespace wharf::bench
