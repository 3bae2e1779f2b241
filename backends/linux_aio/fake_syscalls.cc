#include "backends/linux_aio/fake_syscalls.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "backends/linux_aio/prepare.h"

namespace wharf {
namespace {

// A wait that finds something takes this long, so that time always moves.
constexpr int64_t kWaitTakes = 1'000'000;

}  // namespace

void FakeAioSyscalls::Post(uint64_t data, int64_t result) {
  io_event event{};
  event.data = reinterpret_cast<void*>(data);
  event.res = static_cast<unsigned long>(result);
  events_.push_back(event);
}

int FakeAioSyscalls::CountTaken(int command) const {
  return static_cast<int>(std::count_if(
      taken.begin(), taken.end(),
      [&](const iocb& control) { return control.aio_lio_opcode == command; }));
}

bool FakeAioSyscalls::Alive(io_context_t context) {
  const bool alive =
      contexts > 0 && context == reinterpret_cast<io_context_t>(&marker_);
  if (!alive) ++calls_after_destroy;
  return alive;
}

int FakeAioSyscalls::Setup(unsigned events, io_context_t* context) {
  setup_events = events;
  if (setup_error != 0) return -setup_error;
  ++contexts;
  *context = reinterpret_cast<io_context_t>(&marker_);
  return 0;
}

int FakeAioSyscalls::Destroy(io_context_t context) {
  if (!Alive(context)) return -EINVAL;
  --contexts;
  return 0;
}

int FakeAioSyscalls::Submit(io_context_t context, std::span<iocb*> controls) {
  if (!Alive(context)) return -EINVAL;
  submits.push_back(controls.size());
  std::size_t limit = controls.size();
  if (!submit_results.empty()) {
    const int scripted = Take(submit_results);
    if (scripted < 0) return scripted;
    limit = std::min(limit, static_cast<std::size_t>(scripted));
  }
  std::size_t count = 0;
  for (; count < limit; ++count) {
    const auto refusal = refused.find(aio::DataOf(*controls[count]));
    if (refusal != refused.end()) {
      if (count == 0) return -refusal->second;
      break;
    }
    taken.push_back(*controls[count]);
  }
  return static_cast<int>(count);
}

int FakeAioSyscalls::GetEvents(io_context_t context, int min_events,
                               std::span<io_event> events,
                               const timespec* timeout) {
  if (!Alive(context)) return -EINVAL;
  const int64_t length =
      timeout == nullptr ? -1
                         : timeout->tv_sec * 1'000'000'000 + timeout->tv_nsec;
  waits.push_back(length);
  if (!wait_results.empty()) {
    const int scripted = Take(wait_results);
    if (scripted < 0) return scripted;
  }
  const bool sleeps = min_events > 0 && length != 0;
  if (sleeps) now += kWaitTakes;
  if (sleeps && events_.empty() && when_idle) when_idle();
  if (sleeps && events_.empty()) {
    if (length < 0) return -EINTR;
    now += std::max<int64_t>(length - kWaitTakes, 0);
  }
  const std::size_t count = std::min(events.size(), events_.size());
  for (std::size_t i = 0; i < count; ++i) {
    events[i] = events_.front();
    events_.pop_front();
  }
  return static_cast<int>(count);
}

int FakeAioSyscalls::CancelControl(io_context_t context, iocb* control) {
  if (!Alive(context)) return -EINVAL;
  cancels.push_back(aio::DataOf(*control));
  return cancel_result;
}

int64_t FakeAioSyscalls::Scripted(const char* call, int fd) {
  calls.push_back(absl::StrCat(call, " ", fd));
  std::deque<int64_t>& script = results[call];
  if (script.empty()) return -EAGAIN;
  const int64_t result = script.front();
  script.pop_front();
  return result;
}

int64_t FakeAioSyscalls::FileMode(int fd) {
  if (fd < 0) return -EBADF;
  const auto found = modes.find(fd);
  return found == modes.end() ? unsigned{S_IFREG} : found->second;
}

int FakeAioSyscalls::StatusFlags(int fd) { return status_flags[fd]; }

int FakeAioSyscalls::Duplicate(int fd) {
  if (duplicate_error != 0) return -duplicate_error;
  const int duplicate = fd + duplicate_offset;
  ++duplicates[duplicate];
  return duplicate;
}

int FakeAioSyscalls::SetNonBlocking(int fd, bool on) {
  calls.push_back(absl::StrCat("fionbio ", fd, " ", on ? 1 : 0));
  status_flags[fd] =
      on ? status_flags[fd] | O_NONBLOCK : status_flags[fd] & ~O_NONBLOCK;
  return 0;
}

int64_t FakeAioSyscalls::Read(int fd, std::span<const iovec>, int flags) {
  rw_flags.push_back(flags);
  return Scripted("read", fd);
}

int64_t FakeAioSyscalls::Write(int fd, std::span<const iovec>, int flags) {
  rw_flags.push_back(flags);
  return Scripted("write", fd);
}

int64_t FakeAioSyscalls::Receive(int fd, void*, std::size_t) {
  return Scripted("receive", fd);
}

int64_t FakeAioSyscalls::Send(int fd, std::span<const iovec>) {
  return Scripted("send", fd);
}

int FakeAioSyscalls::Poll(int fd, uint32_t) {
  const int64_t result = Scripted("poll", fd);
  return result == -EAGAIN ? 0 : static_cast<int>(result);
}

int FakeAioSyscalls::Accept(int fd) {
  return static_cast<int>(Scripted("accept", fd));
}

int FakeAioSyscalls::Connect(int fd, const void*, std::size_t) {
  return static_cast<int>(Scripted("connect", fd));
}

int FakeAioSyscalls::Shutdown(int fd, int) {
  return static_cast<int>(Scripted("shutdown", fd));
}

int FakeAioSyscalls::Open(const char*, int, unsigned) {
  return static_cast<int>(Scripted("open", -1));
}

int FakeAioSyscalls::CloseFile(int fd) {
  return static_cast<int>(Scripted("close", fd));
}

int FakeAioSyscalls::Allocate(int fd, int, uint64_t, uint64_t) {
  return static_cast<int>(Scripted("allocate", fd));
}

}  // namespace wharf
