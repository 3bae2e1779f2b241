// Interrupt: Ctrl-C and SIGTERM as something an engine can wait for.

#ifndef WHARF_TOOLS_CP_INTERRUPT_H_
#define WHARF_TOOLS_CP_INTERRUPT_H_

#include <utility>

#include "absl/status/statusor.h"
#include "engine/handle.h"

namespace wharf::cp {

// While one exists, SIGINT and SIGTERM do not end the process; they make
// handle() readable (signalfd(2)), so that a poll request ends and no signal
// handler is needed. Make it before any thread is started, one at a time.
class Interrupt {
 public:
  // UNKNOWN if the kernel gives no descriptor.
  [[nodiscard]] static absl::StatusOr<Interrupt> Install();

  Interrupt(Interrupt&&) = default;
  Interrupt& operator=(Interrupt&&) = default;
  // Takes back what Install did. A signal that came and was not taken by
  // Restore is then forgotten, if it was SIGINT or SIGTERM.
  ~Interrupt();

  // Readable as soon as a signal has come.
  const Handle& handle() const { return handle_; }

  // Takes the signal that came and gives both signals their default effect
  // back, so that a second Ctrl-C ends the process at once. Returns the signal,
  // 0 if none has come.
  int Restore();

 private:
  explicit Interrupt(Handle handle) : handle_(std::move(handle)) {}

  Handle handle_;
};

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_INTERRUPT_H_
