// Named pipes as go-winio has them (seed 2's G12 and G13): a listener that
// always has an instance for the next client, and a dial that waits for one.

#ifndef WHARF_BACKENDS_WINDOWS_NAMED_PIPE_H_
#define WHARF_BACKENDS_WINDOWS_NAMED_PIPE_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/handle.h"
#include "engine/request.h"
#include "engine/task.h"
#include "engine/time.h"

namespace wharf {

// How the instances of a pipe are made.
struct NamedPipeOptions {
  // Each write is a message, and a read ends with it; else a stream of bytes.
  // Of messages each side can be ended: Request::Shutdown with
  // ShutdownSide::kSend, which the other side reads as the end of the stream.
  bool messages = false;
  // Bytes that the system keeps for each direction; a hint.
  uint32_t buffer_bytes = 64 * 1024;
};

// The server's side of one name. Belongs to the loop thread.
class NamedPipeListener {
 public:
  // Makes the first instance of `name`, UTF-8, "\\.\pipe\...". Clients of other
  // machines are refused. From here on a client finds it, also before Accept.
  // INVALID_ARGUMENT if the name is not one, ALREADY_EXISTS if somebody listens
  // to it, else RESOURCE_EXHAUSTED; each names it and has Windows' code.
  [[nodiscard]] static absl::StatusOr<NamedPipeListener> Listen(
      std::string name, const NamedPipeOptions& options = {});

  // Waits for a client and gives its stream in Result::handle. A client that
  // has come and gone is accepted too: its stream ends at once. After kDeadline
  // or kCancelled this can be called again, and a client who came just then is
  // the next one's. RESOURCE_EXHAUSTED, with Windows' code, if there can be no
  // instance for a client to come to; that, too, can be tried again.
  //
  // One at a time; the listener outlives the task. Destroying the task ends the
  // wait.
  Task<absl::StatusOr<Result>> Accept(Engine& engine, Time deadline = kNever);

 private:
  NamedPipeListener(std::string name, const NamedPipeOptions& options,
                    Handle waiting)
      : name_(std::move(name)),
        options_(options),
        waiting_(std::move(waiting)) {}

  std::string name_;
  NamedPipeOptions options_;
  // The instance that the next client comes to; nothing if it could not be made
  // when the one before was taken.
  Handle waiting_;
};

// How long a dial waits between two attempts.
inline constexpr std::chrono::milliseconds kDialPause{10};

// Opens the pipe `name`, UTF-8, for reading and writing. While every instance
// is taken (kBusy) it is tried again after each kDialPause, until `deadline`:
// the outcome is then kDeadline. Other errors come at once, kNotFound if nobody
// listens.
Task<absl::StatusOr<Result>> DialNamedPipe(Engine& engine, std::string name,
                                           Time deadline);

}  // namespace wharf

#endif  // WHARF_BACKENDS_WINDOWS_NAMED_PIPE_H_
