// CopyOptions: what a user may choose about a copy.

#ifndef WHARF_TOOLS_CP_OPTIONS_H_
#define WHARF_TOOLS_CP_OPTIONS_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "engine/time.h"

namespace wharf::cp {

// Plain data. The defaults were the fastest for a large file in memory: blocks
// that stay in a processor's cache between their read and their write.
struct CopyOptions {
  static constexpr uint32_t kMaxDepth = 1024;
  static constexpr uint64_t kMinBlockSize = 4096;
  static constexpr uint64_t kMaxBlockSize = uint64_t{64} << 20;
  // Of all blocks together.
  static constexpr uint64_t kMaxMemory = uint64_t{4} << 30;
  static constexpr Duration kMaxDeadline = std::chrono::hours(24);

  // Blocks on their way at once, over all files.
  uint32_t depth = 8;
  // Bytes in one read or write: a multiple of 4096.
  uint64_t block_size = uint64_t{128} << 10;
  // Past the page cache, where the file systems can.
  bool direct = false;
  // Durable before it has its name.
  bool sync = false;
  // Read back and compared before it has its name.
  bool verify = false;
  // Longest time for one read, write or sync.
  std::optional<Duration> deadline = std::nullopt;
};

// OK, or INVALID_ARGUMENT that names the flag, its value, the limits and the
// way out.
absl::Status ValidateCopyOptions(const CopyOptions& options);

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_OPTIONS_H_
