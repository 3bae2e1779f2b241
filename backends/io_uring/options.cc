#include "backends/io_uring/options.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "backends/posix/option_error.h"
#include "engine/operation.h"

namespace wharf {
namespace {

constexpr uint64_t kEveryOpcode = (uint64_t{1} << kOpcodeCount) - 1;
constexpr auto kMaxIdle = std::chrono::milliseconds(std::chrono::hours(24));

absl::Status Invalid(std::string_view field, int64_t value,
                     std::string_view limit, std::string_view advice) {
  return posix::InvalidOption(absl::StrCat("IoUringOptions::", field), value,
                              limit, advice);
}

}  // namespace

absl::Status ValidateIoUringOptions(const IoUringOptions& options) {
  if (options.entries == 0 || options.entries > IoUringOptions::kMaxEntries) {
    return Invalid("entries", options.entries, "1 to 262144",
                   "use several engines for more operations at once");
  }
  if (options.completion_factor == 0 ||
      options.completion_factor > IoUringOptions::kMaxCompletionFactor) {
    return Invalid("completion_factor", options.completion_factor, "1 to 16",
                   "2 fits an operation and its cancel");
  }
  if (options.sq_poll &&
      (options.sq_poll_idle.count() <= 0 || options.sq_poll_idle > kMaxIdle)) {
    return Invalid("sq_poll_idle", options.sq_poll_idle.count(), "1 ms to 24 h",
                   "1000 ms keeps the kernel thread awake between bursts");
  }
  if ((options.allowed_opcodes & ~kEveryOpcode) != 0) {
    return Invalid("allowed_opcodes",
                   static_cast<int64_t>(options.allowed_opcodes),
                   absl::StrCat("a set of bits 0 to ", kOpcodeCount - 1,
                                ", one for each Opcode"),
                   "set bit int(opcode) for each opcode, or 0 for all");
  }
  if (options.close_grace < Duration::zero()) {
    return Invalid("close_grace", options.close_grace.count(), "at least 0 ns",
                   "0 gives up at once on what is still in the kernel");
  }
  if (options.enter_failure_grace < Duration::zero()) {
    return Invalid("enter_failure_grace", options.enter_failure_grace.count(),
                   "at least 0 ns", "10 s outlives a shortage of memory");
  }
  return absl::OkStatus();
}

}  // namespace wharf
