// What can be said of a backend: its name, what a program wants of it, what it
// offers here. The same on every platform; plain data.

#ifndef WHARF_BACKENDS_BACKEND_H_
#define WHARF_BACKENDS_BACKEND_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/port.h"

namespace wharf {

// A kernel interface, or the wish for the best one. Every name is known in
// every build; which ones a build has, AllBackends says.
enum class BackendChoice : uint8_t {
  kAuto,      // the first of AllBackends that works here
  kIoUring,   // Linux io_uring
  kLinuxAio,  // Linux AIO
  kIocp,      // Windows I/O completion ports
};

// As users write it: "auto", "io_uring", "linux_aio", "iocp". Static lifetime.
std::string_view BackendName(BackendChoice backend);

// The choice that `name` names, or nothing. "aio" is linux_aio, too.
std::optional<BackendChoice> BackendFromName(std::string_view name);

// Every name that BackendFromName knows, for messages:
// "auto, io_uring, linux_aio (or aio), iocp".
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

// One thing that a backend has here, or has not.
struct BackendFact {
  std::string name;
  bool available = false;
  // What it is good for.
  std::string explanation;
  // What to do if it is missing; empty if available.
  std::string way_out;
};

// What one backend offers on this machine.
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
  // As the system says, for example "6.18.44".
  std::string kernel_release;
  // Every backend of this build, the one that kAuto prefers first.
  std::vector<BackendOffer> offers;
  // What kAuto takes, or nothing if none is available.
  std::optional<BackendChoice> chosen;
  // Why, in one sentence.
  std::string reason;
};

}  // namespace wharf

#endif  // WHARF_BACKENDS_BACKEND_H_
