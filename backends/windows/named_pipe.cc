#include "backends/windows/named_pipe.h"

#include <winsock2.h>
// After winsock2.h, or it brings the old sockets.
#include <windows.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "backends/windows/handle.h"
#include "backends/windows/text.h"
#include "engine/await.h"
#include "engine/error.h"
#include "engine/outcome.h"

namespace wharf {
namespace {

absl::Status MakeError(const std::string& name, DWORD code) {
  switch (code) {
    case ERROR_INVALID_NAME:
    case ERROR_INVALID_PARAMETER:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_NO_UNICODE_TRANSLATION:
      return absl::InvalidArgumentError(
          absl::StrCat("'", name, "' cannot be a pipe's name (Windows' error ",
                       code, "); give UTF-8 of the form \\\\.\\pipe\\NAME"));
    case ERROR_ACCESS_DENIED:
    case ERROR_PIPE_BUSY:
      return absl::AlreadyExistsError(
          absl::StrCat("somebody listens to '", name, "' (Windows' error ",
                       code, "); take another name"));
    default:
      return absl::ResourceExhaustedError(absl::StrCat(
          "no instance of the pipe '", name, "' can be made (Windows' error ",
          code, "); try again when clients have gone"));
  }
}

absl::StatusOr<Handle> MakeInstance(const std::string& name,
                                    const NamedPipeOptions& options,
                                    bool first) {
  std::wstring wide;
  if (StrictUtf16(name, &wide) != 0) {
    return MakeError(name, ERROR_NO_UNICODE_TRANSLATION);
  }
  const DWORD type = options.messages
                         ? PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE
                         : PIPE_TYPE_BYTE | PIPE_READMODE_BYTE;
  const HANDLE pipe = CreateNamedPipeW(
      wide.c_str(),
      PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED |
          (first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0),
      type | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, PIPE_UNLIMITED_INSTANCES,
      options.buffer_bytes, options.buffer_bytes, 0, nullptr);
  if (pipe == INVALID_HANDLE_VALUE) return MakeError(name, GetLastError());
  return AdoptHandle(pipe);
}

}  // namespace

absl::StatusOr<NamedPipeListener> NamedPipeListener::Listen(
    std::string name, const NamedPipeOptions& options) {
  absl::StatusOr<Handle> first = MakeInstance(name, options, /*first=*/true);
  if (!first.ok()) return first.status();
  return NamedPipeListener(std::move(name), options, *std::move(first));
}

Task<absl::StatusOr<Result>> NamedPipeListener::Accept(Engine& engine,
                                                       Time deadline) {
  if (!waiting_.valid()) {
    absl::StatusOr<Handle> instance =
        MakeInstance(name_, options_, /*first=*/false);
    if (!instance.ok()) co_return instance.status();
    waiting_ = *std::move(instance);
  }
  absl::StatusOr<Result> accepted =
      co_await Await(engine, Request::Accept(waiting_).WithDeadline(deadline));
  if (accepted.ok() && accepted->outcome.ok()) {
    // At once, so that a client finds one while nobody accepts.
    waiting_ =
        MakeInstance(name_, options_, /*first=*/false).value_or(Handle());
  }
  co_return accepted;
}

Task<absl::StatusOr<Result>> DialNamedPipe(Engine& engine, std::string name,
                                           Time deadline) {
  while (true) {
    absl::StatusOr<Result> dialled = co_await Await(
        engine,
        Request::Open(name, kOpenRead | kOpenWrite).WithDeadline(deadline));
    if (!dialled.ok() || dialled->outcome.error != Error::kBusy) {
      co_return dialled;
    }
    absl::StatusOr<Result> slept = co_await Await(
        engine, Request::Sleep(std::min(engine.Now() + kDialPause, deadline)));
    // Cancelled, abandoned or refused: not the time to dial again.
    if (!slept.ok() || !slept->outcome.ok()) co_return slept;
    if (engine.Now() >= deadline) {
      dialled->outcome = {.kind = OutcomeKind::kDeadline};
      co_return dialled;
    }
  }
}

}  // namespace wharf
