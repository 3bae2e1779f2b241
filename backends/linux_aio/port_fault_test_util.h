// What the port_fault tests share. Their goal: what the port makes of a
// kernel's answers that no real kernel gives on demand, the rows
// of the fault catalogue. Their method: the real port over FakeAioSyscalls.

#ifndef WHARF_BACKENDS_LINUX_AIO_PORT_FAULT_TEST_UTIL_H_
#define WHARF_BACKENDS_LINUX_AIO_PORT_FAULT_TEST_UTIL_H_

#include <sys/stat.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "backends/linux_aio/fake_syscalls.h"
#include "backends/linux_aio/port.h"
#include "engine/error.h"
#include "gtest/gtest.h"

namespace wharf {

// The real port over FakeAioSyscalls. Descriptor 5 is a file, 6 a socket, 7 a
// pipe.
class AioPortFaultTest : public testing::Test {
 protected:
  static constexpr int kFile = 5;
  static constexpr int kSocket = 6;
  static constexpr int kPipe = 7;

  AioPortFaultTest() {
    kernel_.modes[kSocket] = S_IFSOCK;
    kernel_.modes[kPipe] = S_IFIFO;
  }

  // Opens the port, and forgets how.
  void Open(LinuxAioOptions options = {}) {
    auto port = LinuxAioPort::Open(options, kernel_);
    ASSERT_TRUE(port.ok()) << port.status();
    port_ = *std::move(port);
    kernel_.taken.clear();
    kernel_.submits.clear();
  }

  static Operation Make(uint64_t id, Opcode opcode, int fd) {
    static char bytes[64];
    return Operation{.id = OperationId{id},
                     .handle = fd,
                     .offset = 0,
                     .data = bytes,
                     .length = 8,
                     .opcode = opcode};
  }
  static Operation Read(uint64_t id) { return Make(id, Opcode::kRead, kFile); }
  static Operation Receive(uint64_t id) {
    return Make(id, Opcode::kReceive, kSocket);
  }

  std::size_t Submit(std::vector<Operation> operations) {
    return port_->Submit(operations);
  }
  // Reaps once; fails the test if that is fatal.
  std::vector<Completion> Reap(Wait wait = Wait::None()) {
    std::array<Completion, 16> buffer;
    auto count = port_->Reap(buffer, wait);
    EXPECT_TRUE(count.ok()) << count.status();
    return {buffer.begin(),
            buffer.begin() + static_cast<int64_t>(count.ok() ? *count : 0)};
  }
  absl::Status ReapStatus(Wait wait = Wait::None()) {
    std::array<Completion, 16> buffer;
    return port_->Reap(buffer, wait).status();
  }
  // The one completion of a Reap.
  Completion ReapOne() {
    const std::vector<Completion> completions = Reap();
    EXPECT_EQ(completions.size(), 1u);
    return completions.empty() ? Completion{} : completions[0];
  }
  Wait In(Duration duration) {
    return Wait::Until(SaturatingAdd(port_->Now(), duration));
  }

  FakeAioSyscalls kernel_;
  std::unique_ptr<LinuxAioPort> port_;
};

// The result of an operation that ended with `error`.
constexpr int64_t Negated(Error error) { return -static_cast<int64_t>(error); }

}  // namespace wharf

#endif  // WHARF_BACKENDS_LINUX_AIO_PORT_FAULT_TEST_UTIL_H_
