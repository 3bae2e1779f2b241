// Waits: how long, how they end early, and the wake.

#include <chrono>
#include <cstdint>

#include "absl/status/status.h"
#include "backends/iocp/port_fault_test_util.h"
#include "backends/iocp/wake.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Known bug R-W11: a wait of less than a millisecond became none, and spun.
TEST_F(PortFaultTest, WaitsAreRoundedUpAndBounded_RW11) {
  Open();
  Reap(In(microseconds(1)));
  EXPECT_EQ(kernel_.waits.back(), 1u);
  Reap(In(milliseconds(5)));
  EXPECT_EQ(kernel_.waits.back(), 5u);
  Reap(In(milliseconds(5) + Duration(1)));
  EXPECT_EQ(kernel_.waits.back(), 6u);
  Reap(Wait::None());
  EXPECT_EQ(kernel_.waits.back(), 0u);
  Reap(Wait::Until(port_->Now() - Duration(1)));
  EXPECT_EQ(kernel_.waits.back(), 0u);
  Reap(Wait::Forever());
  EXPECT_EQ(kernel_.waits.back(), 10'000u);
  Reap(Wait::Until(kNever - Duration(1)));
  EXPECT_EQ(kernel_.waits.back(), 10'000u);
}

TEST_F(PortFaultTest, DoesNotSleepOverWhatIsReady) {
  Open();
  kernel_.Script("Read", ERROR_DISK_FULL);
  const Operation operation = Make(Opcode::kRead, kFile);
  EXPECT_EQ(port_->Submit({&operation, 1}), 1u);
  EXPECT_EQ(Reap(Wait::Forever()).size(), 1u);
  EXPECT_EQ(kernel_.waits.back(), 0u);
}

TEST_F(PortFaultTest, AnEarlyTimeoutAndAnAlertAreNoErrors_W10_W11) {
  Open();
  const int64_t before = kernel_.now;
  kernel_.dequeues.push_back({.code = WAIT_TIMEOUT});
  kernel_.dequeues.push_back({.code = WAIT_IO_COMPLETION});
  EXPECT_TRUE(Reap(In(milliseconds(5))).empty());
  EXPECT_TRUE(Reap(In(milliseconds(5))).empty());
  EXPECT_EQ(kernel_.now, before);
}

TEST_F(PortFaultTest, AClosedPortIsFatalOnceAndForAll_W14) {
  for (DWORD code : {ERROR_ABANDONED_WAIT_0, ERROR_INVALID_HANDLE}) {
    Open({.close_grace = Duration::zero()});
    kernel_.dequeues.push_back({.code = code});
    const absl::Status status = ReapStatus();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(ReapStatus(), status);
    const Operation operation = Make(Opcode::kNop);
    EXPECT_EQ(port_->Submit({&operation, 1}), 0u);
  }
}

TEST_F(PortFaultTest, AnyOtherFailureOfTheQueueIsFatal) {
  Open();
  kernel_.dequeues.push_back({.code = ERROR_INVALID_PARAMETER});
  EXPECT_EQ(ReapStatus().code(), absl::StatusCode::kInternal);
}

TEST_F(PortFaultTest, WakesAreCoalescedAndEndOneReap_W13) {
  Open();
  port_->Wake();
  port_->Wake();
  EXPECT_EQ(kernel_.packets.size(), 1u);
  EXPECT_TRUE(Reap(Wait::Forever()).empty());
  const int64_t before = kernel_.now;
  Reap(In(milliseconds(5)));
  EXPECT_EQ(kernel_.now, before + 5'000'000);
  // The next one is posted again.
  port_->Wake();
  EXPECT_EQ(kernel_.packets.size(), 1u);
  EXPECT_EQ(port_->stats().unknown_packets, 0u);
}

TEST_F(PortFaultTest, AWakeThatCannotBePostedIsNotLost) {
  Open();
  for (int i = 0; i < 16; ++i) {
    kernel_.Script("Post", ERROR_NO_SYSTEM_RESOURCES);
  }
  port_->Wake();
  EXPECT_TRUE(kernel_.packets.empty());
  Reap(Wait::Forever());
  EXPECT_EQ(kernel_.waits.back(), 0u);
  Reap(Wait::Forever());
  EXPECT_EQ(kernel_.waits.back(), 10'000u);
  port_->Wake();
  EXPECT_EQ(kernel_.packets.size(), 1u);
}

TEST_F(PortFaultTest, AWakeThatIsPostedAtLastIsOne) {
  Open();
  kernel_.Script("Post", ERROR_NO_SYSTEM_RESOURCES);
  port_->Wake();
  EXPECT_EQ(kernel_.packets.size(), 1u);
}

}  // namespace
}  // namespace wharf
