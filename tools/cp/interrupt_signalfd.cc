#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "absl/status/status.h"
#include "backends/posix/fd.h"
#include "tools/cp/interrupt.h"

namespace wharf::cp {
namespace {

sigset_t Signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

absl::StatusOr<Interrupt> Interrupt::Install() {
  const sigset_t signals = Signals();
  const int fd = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, "signalfd");
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return Interrupt(AdoptFd(fd));
}

Interrupt::~Interrupt() {
  if (handle_.valid()) Restore();
}

Request Interrupt::Await() const {
  return Request::Poll(handle_, kPollReadable);
}

int Interrupt::Restore() {
  signalfd_siginfo info{};
  int signal = 0;
  // All that came until now count as one.
  while (::read(static_cast<int>(handle_.native()), &info, sizeof(info)) ==
         sizeof(info)) {
    signal = static_cast<int>(info.ssi_signo);
  }
  const sigset_t signals = Signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  return signal;
}

void Interrupt::Simulate() { ::raise(SIGINT); }

}  // namespace wharf::cp
