#include "examples/line_echo/line_echo.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "absl/status/statusor.h"
#include "engine/await.h"
#include "engine/buffer.h"
#include "engine/request.h"

namespace wharf::examples {
namespace {

// Bytes up to and including the last line end; 0 if there is none.
std::size_t WholeLines(std::span<const std::byte> bytes) {
  const auto last =
      std::find(bytes.rbegin(), bytes.rend(), static_cast<std::byte>('\n'));
  return static_cast<std::size_t>(bytes.rend() - last);
}

}  // namespace

void LineEcho::Start() {
  for (uint32_t i = 0; i < options_.max_connections; ++i) {
    servers_.push_back(Serve());
    servers_.back().Start();
  }
}

Task<> LineEcho::Serve() {
  while (true) {
    absl::StatusOr<Result> client =
        co_await Await(engine_, Request::Accept(listener_));
    if (!client.ok()) co_return;  // The engine has ended.
    if (client->outcome.ok()) {
      ++accepted_;
      ++connections_;
      co_await Talk(std::move(client->handle));
      --connections_;
      continue;
    }
    if (client->outcome.kind != OutcomeKind::kError) co_return;
    // The client has gone again, or there is no memory or handle for it: none
    // of this is the next one's fault.
    const absl::StatusOr<Result> slept = co_await Await(
        engine_, Request::Sleep(engine_.Now() + options_.accept_pause));
    if (!slept.ok()) co_return;
  }
}

Task<> LineEcho::Talk(Handle socket) {
  // The beginning of a line that has not ended yet is at the front.
  Buffer buffer = Buffer::Allocate(options_.max_line_bytes);
  std::size_t kept = 0;
  while (true) {
    absl::StatusOr<Result> got = co_await Await(
        engine_,
        Request::Receive(socket, std::move(buffer),
                         {.extent = Extent::kSome, .buffer_offset = kept})
            .WithDeadline(engine_.Now() + options_.idle));
    if (!got.ok()) co_return;
    if (got->outcome.kind == OutcomeKind::kDeadline) {
      co_await Dismiss(std::move(socket), kTooSlow);
      co_return;
    }
    // The end of the stream: all its lines were sent back. Anything else: the
    // connection is broken. Either way it closes as the last copy of the handle
    // goes.
    if (!got->outcome.ok()) co_return;
    buffer = std::move(got->buffer);
    const std::size_t filled = kept + got->outcome.bytes;
    const std::size_t whole = WholeLines(buffer.bytes().first(filled));
    if (whole == 0 && filled == buffer.size()) {
      co_await Dismiss(std::move(socket), kTooLong);
      co_return;
    }
    if (whole > 0) {
      absl::StatusOr<Result> sent = co_await Await(
          engine_, Request::Send(socket, std::move(buffer), {.length = whole})
                       .WithDeadline(engine_.Now() + options_.idle));
      if (!sent.ok() || !sent->outcome.ok()) co_return;
      buffer = std::move(sent->buffer);
    }
    kept = filled - whole;
    if (kept > 0) std::memmove(buffer.data(), buffer.data() + whole, kept);
  }
}

Task<> LineEcho::Dismiss(Handle socket, std::string_view why) {
  const Time end = engine_.Now() + options_.linger;
  Buffer answer = Buffer::Allocate(why.size());
  std::memcpy(answer.data(), why.data(), why.size());
  const absl::StatusOr<Result> sent = co_await Await(
      engine_, Request::Send(socket, std::move(answer)).WithDeadline(end));
  if (!sent.ok() || !sent->outcome.ok()) co_return;
  // Where a port cannot do this, the client learns of the end by the close.
  const absl::StatusOr<Result> ended =
      co_await Await(engine_, Request::Shutdown(socket, ShutdownSide::kSend));
  static_cast<void>(ended);
  // A close over bytes that nobody has read is a reset, and a reset overtakes
  // the answer (RFC 1122, 4.2.2.13): let the client finish.
  Buffer ignored = Buffer::Allocate(options_.max_line_bytes);
  while (true) {
    absl::StatusOr<Result> more = co_await Await(
        engine_,
        Request::Receive(socket, std::move(ignored), {.extent = Extent::kSome})
            .WithDeadline(end));
    if (!more.ok() || !more->outcome.ok()) co_return;
    ignored = std::move(more->buffer);
  }
}

}  // namespace wharf::examples
