// What the port_fault tests share. Their goal: what the port makes of answers
// that Wine never gives, and Windows not on demand, the rows W-01 to W-19 of
// the fault catalogue. Their method: the real port over FakeCalls.

#ifndef WHARF_BACKENDS_IOCP_PORT_FAULT_TEST_UTIL_H_
#define WHARF_BACKENDS_IOCP_PORT_FAULT_TEST_UTIL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "backends/iocp/fake_calls.h"
#include "backends/iocp/port.h"
#include "engine/error.h"
#include "gtest/gtest.h"

namespace wharf {

// NTSTATUS values.
inline constexpr uint32_t kStatusSuccess = 0;
inline constexpr uint32_t kStatusCancelled = 0xC0000120;
inline constexpr uint32_t kStatusConnectionReset = 0xC000020D;

// The result of an operation that ended with `error`.
constexpr int64_t Negated(Error error) { return -static_cast<int64_t>(error); }

// The real port over FakeCalls.
class PortFaultTest : public testing::Test {
 protected:
  static constexpr NativeHandle kFile = 0x40;
  static constexpr NativeHandle kPipe = 0x44;
  static constexpr NativeHandle kSocket = 0x48;

  PortFaultTest() {
    kernel_.kinds[AsHandle(kPipe)] = IocpHandleKind::kPipe;
    kernel_.kinds[AsHandle(kSocket)] = IocpHandleKind::kSocket;
  }

  static HANDLE AsHandle(NativeHandle native) {
    return reinterpret_cast<HANDLE>(native);
  }

  void Open(IocpOptions options = {}) {
    auto port = IocpPort::Open(options, kernel_);
    ASSERT_TRUE(port.ok()) << port.status();
    port_ = *std::move(port);
  }

  Operation Make(Opcode opcode, NativeHandle handle = kInvalidNativeHandle,
                 uint64_t offset = 0) {
    Operation operation;
    operation.id = next_ = OperationId{next_.value + kIdGenerationUnit};
    operation.opcode = opcode;
    operation.handle = handle;
    operation.data = bytes_.data();
    operation.length = bytes_.size();
    operation.offset = offset;
    return operation;
  }
  // Submits one operation and has it issued; gives its identity.
  OperationId Issue(const Operation& operation) {
    EXPECT_EQ(port_->Submit({&operation, 1}), 1u);
    EXPECT_TRUE(port_->Reap({}, Wait::None()).ok());
    return operation.id;
  }
  // Submits one operation, which must end at once.
  Completion Run(const Operation& operation) {
    EXPECT_EQ(port_->Submit({&operation, 1}), 1u);
    const std::vector<Completion> ended = Reap();
    EXPECT_EQ(ended.size(), 1u);
    if (ended.size() != 1) return {};
    EXPECT_EQ(ended[0].id, operation.id);
    return ended[0];
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

  FakeCalls kernel_;
  std::unique_ptr<IocpPort> port_;
  OperationId next_{0};
  std::array<char, 100> bytes_{};
};

}  // namespace wharf

#endif  // WHARF_BACKENDS_IOCP_PORT_FAULT_TEST_UTIL_H_
