// Choosing among the backends of a build, whatever they are: the first that
// works, or the one that was asked for, and a sentence that says why.

#ifndef WHARF_BACKENDS_CHOOSE_H_
#define WHARF_BACKENDS_CHOOSE_H_

#include <memory>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "backends/backend.h"

namespace wharf {

// One backend of a build.
struct Backend {
  BackendChoice choice = BackendChoice::kAuto;
  // Why kAuto takes it if it works, to follow its name and "because":
  // "this kernel has it and it is the fastest interface of this build".
  std::string_view advantage;
  // Opens a port for the calling thread; INVALID_ARGUMENT for options that it
  // refuses, any other error if it does not work here.
  absl::StatusOr<std::unique_ptr<CompletionPort>> (*open)(
      const OpenOptions& options) = nullptr;
  // Asks the kernel; never fails.
  BackendOffer (*probe)() = nullptr;
};

// OpenPort (open.h) for a build that has `backends`, the preferred first.
[[nodiscard]] absl::StatusOr<OpenedPort> OpenFrom(
    std::span<const Backend> backends, const OpenOptions& options);

// ProbeBackends (open.h) for a build that has `backends`, on a system that
// calls itself `kernel_release`.
BackendProbe ProbeFrom(std::span<const Backend> backends,
                       std::string_view kernel_release);

}  // namespace wharf

#endif  // WHARF_BACKENDS_CHOOSE_H_
