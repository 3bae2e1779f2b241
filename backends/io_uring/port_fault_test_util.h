// What the port_fault tests share. Their goal: what the port makes of a
// kernel's answers that no real kernel gives on demand, the rows U-24 to U-32
// of the fault catalogue. Their method: the real port over FakeSyscalls.

#ifndef WHARF_BACKENDS_IO_URING_PORT_FAULT_TEST_UTIL_H_
#define WHARF_BACKENDS_IO_URING_PORT_FAULT_TEST_UTIL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "backends/io_uring/fake_syscalls.h"
#include "backends/io_uring/port.h"
#include "gtest/gtest.h"

namespace wharf {

// A nop with this identity.
inline Operation Nop(uint64_t id) {
  Operation operation;
  operation.id = OperationId{id};
  return operation;
}

// The real port over FakeSyscalls.
class PortFaultTest : public testing::Test {
 protected:
  // Opens the port and lets it arm its wake.
  void Open(IoUringOptions options = {}) {
    auto port = IoUringPort::Open(options, kernel_);
    ASSERT_TRUE(port.ok()) << port.status();
    port_ = *std::move(port);
  }
  void OpenArmed(IoUringOptions options = {}) {
    Open(options);
    Reap();
    kernel_.enters.clear();
    kernel_.taken.clear();
  }

  std::size_t Submit(std::vector<Operation> operations) {
    return port_->Submit(operations);
  }

  // Reaps once; fails the test if that is fatal.
  std::vector<Completion> Reap(Wait wait = Wait::None()) {
    std::array<Completion, 16> buffer;
    auto count = port_->Reap(buffer, wait);
    EXPECT_TRUE(count.ok()) << count.status();
    return {buffer.begin(), buffer.begin() + (count.ok() ? *count : 0)};
  }
  absl::Status ReapStatus(Wait wait = Wait::None()) {
    std::array<Completion, 16> buffer;
    return port_->Reap(buffer, wait).status();
  }
  Wait In(Duration duration) {
    return Wait::Until(SaturatingAdd(port_->Now(), duration));
  }

  FakeSyscalls kernel_;
  std::unique_ptr<IoUringPort> port_;
};

}  // namespace wharf

#endif  // WHARF_BACKENDS_IO_URING_PORT_FAULT_TEST_UTIL_H_
