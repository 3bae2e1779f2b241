// Windows tells a thread of its own of Ctrl-C. That thread writes a byte into a
// pipe, and the request reads it.

#include <windows.h>

#include <atomic>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/cp/filesystem.h"
#include "tools/cp/interrupt.h"

namespace wharf::cp {
namespace {

// The writing end, which the console's thread takes; INVALID_HANDLE_VALUE when
// nobody waits for Ctrl-C, or it has come.
std::atomic<HANDLE> writer{INVALID_HANDLE_VALUE};
std::atomic<bool> came{false};

BOOL WINAPI OnConsoleEvent(DWORD event) {
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT &&
      event != CTRL_CLOSE_EVENT) {
    return FALSE;
  }
  const HANDLE pipe = writer.exchange(INVALID_HANDLE_VALUE);
  // The second one: Windows ends the process.
  if (pipe == INVALID_HANDLE_VALUE) return FALSE;
  came = true;
  DWORD written = 0;
  ::WriteFile(pipe, "!", 1, &written, nullptr);
  // Not closed: what was written would go with it. The process ends soon.
  return TRUE;
}

absl::Status LastError(const char* call) {
  return absl::UnknownError(
      absl::StrCat(call, ": Windows error ", ::GetLastError()));
}

}  // namespace

absl::StatusOr<Interrupt> Interrupt::Install() {
  const std::string name =
      absl::StrCat("\\\\.\\pipe\\wharf-interrupt-", ::GetCurrentProcessId());
  const HANDLE reader = ::CreateNamedPipeA(
      name.c_str(),
      PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED |
          FILE_FLAG_FIRST_PIPE_INSTANCE,
      PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS, 1, 0, 16, 0, nullptr);
  if (reader == INVALID_HANDLE_VALUE) return LastError("CreateNamedPipe");
  Handle handle =
      AdoptFile(static_cast<NativeHandle>(reinterpret_cast<intptr_t>(reader)));
  const HANDLE pipe = ::CreateFileA(name.c_str(), GENERIC_WRITE, 0, nullptr,
                                    OPEN_EXISTING, 0, nullptr);
  if (pipe == INVALID_HANDLE_VALUE) return LastError("CreateFile");
  came = false;
  writer = pipe;
  if (::SetConsoleCtrlHandler(&OnConsoleEvent, TRUE) == 0) {
    return LastError("SetConsoleCtrlHandler");
  }
  return Interrupt(std::move(handle));
}

Interrupt::~Interrupt() {
  if (handle_.valid()) Restore();
}

Request Interrupt::Await() const {
  // A pipe ignores the offset; an overlapped handle has no position.
  return Request::Read(handle_, Buffer::Allocate(1), {.offset = 0});
}

int Interrupt::Restore() {
  ::SetConsoleCtrlHandler(&OnConsoleEvent, FALSE);
  const HANDLE pipe = writer.exchange(INVALID_HANDLE_VALUE);
  if (pipe != INVALID_HANDLE_VALUE) ::CloseHandle(pipe);
  constexpr int kCtrlC = 2;  // SIGINT
  return came.exchange(false) ? kCtrlC : 0;
}

void Interrupt::Simulate() { OnConsoleEvent(CTRL_C_EVENT); }

}  // namespace wharf::cp
