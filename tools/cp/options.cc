#include "tools/cp/options.h"

#include "absl/strings/str_cat.h"

namespace wharf::cp {

absl::Status ValidateCopyOptions(const CopyOptions& options) {
  if (options.depth < 1 || options.depth > CopyOptions::kMaxDepth) {
    return absl::InvalidArgumentError(
        absl::StrCat("--depth=", options.depth, ": must be 1 to ",
                     CopyOptions::kMaxDepth, "; 8 suits most disks"));
  }
  if (options.block_size < CopyOptions::kMinBlockSize ||
      options.block_size > CopyOptions::kMaxBlockSize ||
      options.block_size % CopyOptions::kMinBlockSize != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--block-size=", options.block_size,
        ": must be a multiple of 4K from 4K to 64M; 128K suits most disks"));
  }
  if (options.block_size * options.depth > CopyOptions::kMaxMemory) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--depth=", options.depth, " blocks of --block-size=",
        options.block_size, " are more than 4G of memory; make one smaller"));
  }
  if (options.deadline.has_value() &&
      (*options.deadline <= Duration::zero() ||
       *options.deadline > CopyOptions::kMaxDeadline)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--deadline: must be longer than 0 and at most 24h, for example 10s; "
        "leave it out for no deadline"));
  }
  return absl::OkStatus();
}

}  // namespace wharf::cp
