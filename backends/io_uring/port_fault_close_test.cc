// Close, and an Open that fails: bounded, and nothing stays open.

#include <cerrno>
#include <chrono>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "backends/io_uring/port.h"
#include "backends/io_uring/port_fault_test_util.h"
#include "backends/io_uring/prepare.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST_F(PortFaultTest, CloseTakesBackWhatTheKernelNeverSaw) {
  OpenArmed();
  Submit({Nop(1), Nop(2)});
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_TRUE(kernel_.taken.empty());
  EXPECT_EQ(kernel_.open_rings, 0);
}

TEST_F(PortFaultTest, CloseCancelsEverythingAndWaits) {
  OpenArmed();
  Submit({Nop(1), Nop(2)});
  Reap();
  kernel_.when_idle = [&] {
    kernel_.Post(uring::kCancelAllTag, 2);
    kernel_.Post(1, -ECANCELED);
    kernel_.Post(2, 4096);
  };
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_EQ(kernel_.CountTaken(IORING_OP_ASYNC_CANCEL), 1);
}

TEST_F(PortFaultTest, CloseCancelsOneByOneOnOlderKernels) {
  OpenArmed();
  Submit({Nop(1), Nop(2)});
  Reap();
  kernel_.when_idle = [&] {
    kernel_.now += 30'000'000;
    if (kernel_.CountTaken(IORING_OP_ASYNC_CANCEL) == 1) {
      kernel_.Post(uring::kCancelAllTag, -EINVAL);
    } else {
      kernel_.Post(1, -ECANCELED);
      kernel_.Post(2, -ECANCELED);
    }
  };
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_EQ(kernel_.CountTaken(IORING_OP_ASYNC_CANCEL), 3);
}

// Found by fuzzing: it went round and round until its time was over.
TEST_F(PortFaultTest, CloseSleepsAlsoWhereTheKernelRefusedTheWake) {
  IoUringOptions options;
  options.close_grace = std::chrono::milliseconds(50);
  OpenArmed(options);
  for (int i = 0; i < 8; ++i) {
    kernel_.Post(uring::kWakeTag, -EINVAL);
    Reap();
    Reap();
  }
  ASSERT_EQ(port_->wake_mode(), uring::WakeSource::Mode::kFlagOnly);
  Submit({Nop(7)});
  Reap();
  kernel_.enters.clear();
  for (int i = 0; i < 100; ++i) {
    kernel_.script.push_back({.effect = [&] { kernel_.now += 1'000'000; }});
  }
  EXPECT_EQ(port_->Close().operations_left.size(), 1u);
  for (const auto& call : kernel_.enters) EXPECT_EQ(call.min_complete, 1u);
}

TEST_F(PortFaultTest, CloseIsBoundedAndNamesWhatIsLeft_R17) {
  IoUringOptions options;
  options.close_grace = std::chrono::milliseconds(100);
  OpenArmed(options);
  Submit({Nop(7), Nop(8)});
  Reap();
  int idle = 0;
  kernel_.when_idle = [&] {
    if (++idle == 3) kernel_.Post(7, 0);
  };
  const CloseReport report = port_->Close();
  EXPECT_GE(idle, 4);
  EXPECT_GE(kernel_.now, 1'100'000'000);
  EXPECT_LT(kernel_.now, 1'110'000'000);
  EXPECT_EQ(report.operations_left, std::vector<OperationId>{OperationId{8}});
  EXPECT_EQ(kernel_.open_rings, 0);
  EXPECT_EQ(port_->Close().operations_left, report.operations_left);
  EXPECT_EQ(ReapStatus().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Submit({Nop(9)}), 0u);
}

TEST_F(PortFaultTest, CloseOnAnotherThreadDoesNotEnterTheRing) {
  OpenArmed();
  Submit({Nop(1)});
  Reap();
  kernel_.enters.clear();
  std::thread([&] {
    EXPECT_EQ(port_->Close().operations_left.size(), 1u);
  }).join();
  EXPECT_TRUE(kernel_.enters.empty());
}

TEST_F(PortFaultTest, FailedOpenLeavesNothingOpen) {
  kernel_.eventfd_result = -EMFILE;
  auto port = IoUringPort::Open({}, kernel_);
  EXPECT_EQ(port.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(kernel_.open_rings, 0);
  EXPECT_EQ(kernel_.open_fds, 0);
}

}  // namespace
}  // namespace wharf
