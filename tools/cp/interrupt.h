// Interrupt: Ctrl-C (and SIGTERM) as something an engine can wait for. One file
// for each system.

#ifndef WHARF_TOOLS_CP_INTERRUPT_H_
#define WHARF_TOOLS_CP_INTERRUPT_H_

#include <utility>

#include "absl/status/statusor.h"
#include "engine/handle.h"
#include "engine/request.h"

namespace wharf::cp {

// While one exists, the first SIGINT or SIGTERM (on Windows, Ctrl-C, Ctrl-Break
// or the end of the console) does not end the process but the request of
// Await(). No signal handler: a signalfd(2), on Windows a pipe. Make it before
// any thread is started, one at a time.
class Interrupt {
 public:
  // UNKNOWN, naming the call, if the system does not give what it takes.
  [[nodiscard]] static absl::StatusOr<Interrupt> Install();

  Interrupt(Interrupt&&) = default;
  Interrupt& operator=(Interrupt&&) = default;
  // Takes back what Install did. A signal that came and was not taken by
  // Restore is then forgotten, if it was SIGINT or SIGTERM.
  ~Interrupt();

  // A request that ends with kOk as soon as a signal has come. Submit it, to an
  // engine on this system's port; once.
  [[nodiscard]] Request Await() const;

  // Takes the signal that came and gives both signals their default effect
  // back, so that a second Ctrl-C ends the process at once. Returns the signal,
  // 0 if none has come.
  int Restore();

  // As if Ctrl-C had come now: for tests, where there may be no console.
  static void Simulate();

 private:
  explicit Interrupt(Handle handle) : handle_(std::move(handle)) {}

  Handle handle_;
};

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_INTERRUPT_H_
