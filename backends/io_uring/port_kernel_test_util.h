// What the tests of the port on the machine's own kernel share.

#ifndef WHARF_BACKENDS_IO_URING_PORT_KERNEL_TEST_UTIL_H_
#define WHARF_BACKENDS_IO_URING_PORT_KERNEL_TEST_UTIL_H_

#include <chrono>
#include <memory>
#include <string>

#include "backends/io_uring/port.h"
#include "backends/posix/port_kernel_test_util.h"
#include "gtest/gtest.h"

namespace wharf {

// The ways to set a ring up.
enum class RingKind { kDefault, kPlain, kSqPoll, kTiny };

// The port on a ring of the kind that is the parameter.
class PortKernelTest : public PosixPortTest,
                       public testing::WithParamInterface<RingKind> {
 protected:
  // Before the descriptors that its operations use.
  ~PortKernelTest() override { port_.reset(); }
  void SetUp() override { Open(OptionsOf(GetParam())); }

  static IoUringOptions OptionsOf(RingKind kind) {
    IoUringOptions options;
    switch (kind) {
      case RingKind::kDefault:
        break;
      case RingKind::kPlain:
        options.defer_task_work = false;
        options.register_ring = false;
        break;
      case RingKind::kSqPoll:
        options.sq_poll = true;
        options.sq_poll_idle = std::chrono::milliseconds(1);
        break;
      case RingKind::kTiny:
        options.entries = 1;
        break;
    }
    return options;
  }

  void Open(const IoUringOptions& options,
            IoUringSyscalls& syscalls = RealIoUringSyscalls()) {
    port_.reset();
    auto port = IoUringPort::Open(options, syscalls);
    ASSERT_TRUE(port.ok()) << port.status();
    port_ = *std::move(port);
  }
  CompletionPort& port() override { return *port_; }

  std::unique_ptr<IoUringPort> port_;
};

// Every ring.
inline auto EveryRing() {
  return testing::Values(RingKind::kDefault, RingKind::kPlain,
                         RingKind::kSqPoll, RingKind::kTiny);
}

// The name of a test's ring.
inline std::string RingKindName(const testing::TestParamInfo<RingKind>& info) {
  constexpr const char* kNames[] = {"Default", "Plain", "SqPoll", "Tiny"};
  return kNames[static_cast<int>(info.param)];
}

}  // namespace wharf

#endif  // WHARF_BACKENDS_IO_URING_PORT_KERNEL_TEST_UTIL_H_
