// IoUringWorld: the machine's own io_uring, for each way to set a ring up.

#ifndef WHARF_TESTS_CONFORMANCE_IO_URING_WORLD_H_
#define WHARF_TESTS_CONFORMANCE_IO_URING_WORLD_H_

#include <chrono>
#include <memory>

#include "backends/io_uring/port.h"
#include "tests/conformance/posix_world.h"

namespace wharf::conformance {

// The ways to set a ring up.
enum class RingKind : uint8_t { kPlain, kDeferTaskrun, kSqPoll };

// See the top of the file.
class IoUringWorld final : public PosixWorld {
 public:
  explicit IoUringWorld(RingKind kind) : kind_(kind) {}

  Column column() const override { return Column::kIoUring; }
  absl::StatusOr<std::unique_ptr<CompletionPort>> OpenPort(
      uint32_t max_in_flight) override {
    IoUringOptions options;
    options.entries = max_in_flight;
    options.close_grace = std::chrono::seconds(2);
    options.defer_task_work = kind_ == RingKind::kDeferTaskrun;
    options.register_ring = kind_ == RingKind::kDeferTaskrun;
    options.sq_poll = kind_ == RingKind::kSqPoll;
    options.sq_poll_idle = std::chrono::milliseconds(5);
    return IoUringPort::Open(options);
  }

 private:
  const RingKind kind_;
};

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_IO_URING_WORLD_H_
