// Choosing a backend: which of this build's ports a program gets, and why.
//
//   absl::StatusOr<OpenedPort> opened = OpenPort({.max_in_flight = 64});
//   // opened->reason: "io_uring, because this kernel has it and it is ..."

#ifndef WHARF_BACKENDS_OPEN_H_
#define WHARF_BACKENDS_OPEN_H_

#include "absl/status/statusor.h"
#include "backends/backend.h"

namespace wharf {

// Opens a port for the calling thread, which must then be the one that runs the
// engine's turns. If the choice is kAuto the first backend that works is taken,
// and `reason` says why those before it do not work; if none does, UNAVAILABLE
// says for each why not and what to do. A backend asked for by name is taken or
// its own error returned, never replaced: UNIMPLEMENTED, with the names there
// are, if it is not in a build for this system.
[[nodiscard]] absl::StatusOr<OpenedPort> OpenPort(const OpenOptions& options);

// Asks the kernel; opens nothing for longer than the call. Any thread; never
// fails; allocates.
BackendProbe ProbeBackends();

}  // namespace wharf

#endif  // WHARF_BACKENDS_OPEN_H_
