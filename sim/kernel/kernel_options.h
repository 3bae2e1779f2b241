// How a simulated machine, its ports and what it opens are set up.

#ifndef WHARF_SIM_KERNEL_KERNEL_OPTIONS_H_
#define WHARF_SIM_KERNEL_KERNEL_OPTIONS_H_

#include <cstddef>
#include <cstdint>

#include "sim/chooser.h"
#include "sim/kernel/personality.h"
#include "sim/trace.h"

namespace wharf::sim {

// The machine. Passed by value at construction.
struct KernelOptions {
  // Answers every decision; borrowed. Null: the plainest machine, where nothing
  // ever goes wrong.
  Chooser* chooser = nullptr;
  // Whether the trace keeps its entries or only their hash.
  Trace::Keep keep_trace = Trace::Keep::kHashOnly;
  // Check the ownership of all memory (sim/kernel/ownership.h).
  bool strict = true;
  // The unit of which a crash decides, and the alignment of direct transfers.
  // A power of two.
  uint32_t sector = 512;
  // Room on the disk, and in one file.
  uint64_t disk_bytes = uint64_t{1} << 30;
  uint64_t max_file_bytes = uint64_t{1} << 30;
  // Room in each direction of a stream.
  std::size_t stream_bytes = 65536;
  // An open or accept that would make more than so many handles ends with
  // Error::kTooManyFiles. The machine's own methods open without limit.
  std::size_t max_handles = 1024;
  // The power fails right before this step (see Kernel::steps); 0: never.
  uint64_t crash_before_step = 0;
  // A handle that is closed while operations use it, an operation on a handle
  // that names nothing, and a second close are violations. If not, they are
  // only answered as the real kernel would.
  bool forbid_closed_handles = true;
  // A port that is closed while operations are in flight is a violation. Not
  // for engines, which abandon what a shutdown's budget has no time for.
  bool forbid_left_at_close = false;
  // The chooser decides at every step whether the power fails there.
  bool may_crash = false;
  // The chooser decides at every Reap whether the port fails for good.
  bool may_fail = false;
  // Reaps in a row, on one port, that were to sleep for ever with nothing that
  // could end it, after which that port fails: the program hangs. 0: never.
  uint32_t max_stuck_reaps = 1000;
};

// One port.
struct PortOptions {
  Personality personality = Personality::kIoUring;
  uint32_t max_in_flight = 256;
};

// One opened file.
struct FileOptions {
  // Create the file if there is none.
  bool create = true;
  // Transfers must be aligned to sectors (O_DIRECT), in memory and file.
  bool direct = false;
  // A write is durable when it has ended (O_DSYNC, FILE_FLAG_WRITE_THROUGH).
  // The only durability on a port that has no sync.
  bool write_through = false;
};

// One pair of stream ends.
struct StreamOptions {
  // Operations that would wait end with Error::kWouldBlock (O_NONBLOCK).
  bool nonblocking = false;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_KERNEL_OPTIONS_H_
