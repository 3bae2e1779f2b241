#include "backends/linux_aio/options.h"

#include "backends/posix/option_error.h"

namespace wharf {

absl::Status ValidateLinuxAioOptions(const LinuxAioOptions& options) {
  if (options.entries == 0 || options.entries > LinuxAioOptions::kMaxEntries) {
    return posix::InvalidOption("LinuxAioOptions::entries", options.entries,
                                "1 to 262144",
                                "use several engines for more at once");
  }
  if (options.close_grace < Duration::zero()) {
    return posix::InvalidOption("LinuxAioOptions::close_grace",
                                options.close_grace.count(), "at least 0 ns",
                                "0 does not wait for what the kernel has");
  }
  if (options.submit_failure_grace < Duration::zero()) {
    return posix::InvalidOption("LinuxAioOptions::submit_failure_grace",
                                options.submit_failure_grace.count(),
                                "at least 0 ns",
                                "10 s outlives a shortage of memory");
  }
  return absl::OkStatus();
}

}  // namespace wharf
