// Choosing a backend: which of this build's ports a program gets, and why.
//
//   absl::StatusOr<OpenedPort> opened = OpenPort({.max_in_flight = 64});
//   // opened->reason: "io_uring: Linux 6.18 has everything Wharf uses"

#ifndef WHARF_BACKENDS_OPEN_H_
#define WHARF_BACKENDS_OPEN_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/port.h"

namespace wharf {

// A kernel interface, or the wish for the best one.
enum class BackendChoice : uint8_t {
  kAuto,     // the first of AllBackends that works here
  kIoUring,  // Linux io_uring
};

// As users write it: "auto", "io_uring". Static lifetime.
std::string_view BackendName(BackendChoice backend);

// The choice that `name` names, or nothing.
std::optional<BackendChoice> BackendFromName(std::string_view name);

// Every name that BackendFromName knows, for messages: "auto, io_uring".
std::string BackendNames();

// What a program wants from its port.
struct OpenOptions {
  BackendChoice backend = BackendChoice::kAuto;
  // Most operations in flight at once.
  uint32_t max_in_flight = 256;
};

// A port, and a sentence for people that says why it is this one.
struct OpenedPort {
  std::unique_ptr<CompletionPort> port;
  std::string reason;
};

// Opens a port for the calling thread, which must then be the one that runs the
// engine's turns. If the choice is kAuto the first backend that works is taken;
// if none does, UNAVAILABLE says for each why not and what to do. A backend
// asked for by name is taken or its own error returned, never replaced.
[[nodiscard]] absl::StatusOr<OpenedPort> OpenPort(const OpenOptions& options);

// One thing that a backend has here, or has not.
struct BackendFact {
  std::string name;
  bool available = false;
  // What it is good for.
  std::string explanation;
  // What to do if it is missing; empty if available.
  std::string way_out;
};

// What one backend offers on this machine. Plain data.
struct BackendOffer {
  BackendChoice backend = BackendChoice::kAuto;
  // True if OpenPort can open it.
  bool available = false;
  // Why, or why not.
  std::string explanation;
  // What to do if not available; empty if available.
  std::string way_out;
  // Abilities of the kernel interface, and operations that it has; empty if
  // not available.
  std::vector<BackendFact> features;
  std::vector<BackendFact> operations;
};

// This machine as the backends see it.
struct BackendProbe {
  // As uname(2) says, for example "6.18.44".
  std::string kernel_release;
  // Every backend of this build, the one that kAuto prefers first.
  std::vector<BackendOffer> offers;
  // What kAuto takes, or nothing if none is available.
  std::optional<BackendChoice> chosen;
  // Why, in one sentence.
  std::string reason;
};

// Asks the kernel; opens nothing for longer than the call. Any thread; never
// fails; allocates.
BackendProbe ProbeBackends();

}  // namespace wharf

#endif  // WHARF_BACKENDS_OPEN_H_
