// Close, and an Open that fails: bounded, and nothing stays open but what the
// kernel still has.

#include <poll.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "backends/linux_aio/port.h"
#include "backends/linux_aio/port_fault_test_util.h"
#include "backends/linux_aio/prepare.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

TEST_F(AioPortFaultTest, CloseTakesBackWhatTheKernelNeverSaw) {
  Open();
  Submit({Read(1), Receive(2), Make(3, Opcode::kClose, 33)});
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_TRUE(kernel_.taken.empty());
  EXPECT_THAT(kernel_.closed, Contains(33));
  EXPECT_EQ(kernel_.contexts, 0);
}

TEST_F(AioPortFaultTest, CloseCancelsAndAwaitsWhatTheKernelHas) {
  Open();
  Submit({Read(1), Receive(2)});
  Reap();
  kernel_.when_idle = [&] {
    kernel_.Post(2, 0);
    kernel_.Post(1, 8);
  };
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_THAT(kernel_.cancels, Contains(1u));
  EXPECT_THAT(kernel_.cancels, Contains(2u));
  EXPECT_EQ(kernel_.contexts, 0);
}

TEST_F(AioPortFaultTest, CloseLeavesNoDuplicateOpen) {
  LinuxAioOptions options;
  options.close_grace = Duration::zero();
  Open(options);
  kernel_.results["connect"] = {-EAGAIN};
  Submit({Receive(1), Make(2, Opcode::kConnect, 8)});
  Reap();
  EXPECT_EQ(port_->Close().operations_left.size(), 1u);
  EXPECT_THAT(kernel_.closed, UnorderedElementsAre(106, 108));
}

// io_destroy would wait for the device, however long that takes.
TEST_F(AioPortFaultTest, CloseIsBoundedAndDoesNotDestroyWhatIsInUse_A11) {
  LinuxAioOptions options;
  options.close_grace = milliseconds(100);
  Open(options);
  Submit({Read(7), Read(8)});
  Reap();
  int idle = 0;
  kernel_.when_idle = [&] {
    if (++idle == 1) kernel_.Post(7, 0);
  };
  const CloseReport report = port_->Close();
  EXPECT_EQ(report.operations_left, std::vector<OperationId>{OperationId{8}});
  EXPECT_GE(kernel_.now, 1'100'000'000);
  EXPECT_LT(kernel_.now, 1'110'000'000);
  EXPECT_EQ(kernel_.contexts, 1);
  EXPECT_EQ(port_->Close().operations_left, report.operations_left);
  EXPECT_EQ(ReapStatus().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Submit({Read(9)}), 0u);
}

TEST_F(AioPortFaultTest, RA09_NothingCallsADestroyedContext) {
  Open();
  Submit({Read(1), Receive(2)});
  Reap();
  kernel_.Post(1, 8);
  kernel_.Post(2, 0);
  port_->Close();
  EXPECT_EQ(kernel_.contexts, 0);
  port_->Cancel(OperationId{1});
  EXPECT_FALSE(ReapStatus().ok());
  port_->Close();
  port_.reset();
  EXPECT_EQ(kernel_.calls_after_destroy, 0);
}

TEST_F(AioPortFaultTest, AHandleThatNobodyWillHearOfIsClosed) {
  Open();
  kernel_.results["open"] = {41};
  kernel_.results["accept"] = {42};
  Submit({Make(1, Opcode::kOpen, -1), Make(2, Opcode::kAccept, kSocket),
          Make(3, Opcode::kClose, 43)});
  port_->Cancel(OperationId{3});
  std::array<Completion, 1> none;
  ASSERT_TRUE(port_->Reap({none.data(), 0}, Wait::None()).ok());
  kernel_.Post(2, 1);
  ASSERT_TRUE(port_->Reap(none, Wait::None()).ok());  // the cancelled close
  port_->Close();
  EXPECT_THAT(kernel_.closed, Contains(41));
  EXPECT_THAT(kernel_.closed, Contains(42));
}

// The events of its poll, 1, are not the connection's number.
TEST_F(AioPortFaultTest, AnAcceptThatBecomesReadyDuringCloseClosesNothing) {
  Open();
  Submit({Make(1, Opcode::kAccept, kSocket)});
  Reap();
  kernel_.Post(1, POLLIN);
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_THAT(kernel_.closed, ElementsAre(106));
}

TEST_F(AioPortFaultTest, ADeadPortBringsBackWhatItCan) {
  Open();
  Submit({Read(1)});
  Reap();
  kernel_.wait_results = {-EFAULT};
  EXPECT_FALSE(ReapStatus().ok());
  kernel_.Post(1, 8);
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_EQ(kernel_.contexts, 0);
}

// The kernel takes nothing for longer than is tolerated, and the call before
// the last refuses 1: it has ended, its slot is free, and only 2 is taken back.
TEST_F(AioPortFaultTest, APortThatDiesBehindARefusalTakesBackOnlyTheRest) {
  LinuxAioOptions options;
  options.submit_failure_grace = milliseconds(50);
  Open(options);
  Submit({Read(1), Read(2)});
  kernel_.submit_results = {-EAGAIN, -EBADF, -EAGAIN};
  EXPECT_TRUE(Reap().empty());
  kernel_.now += 60'000'000;
  EXPECT_EQ(ReapStatus().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_TRUE(kernel_.taken.empty());
  EXPECT_EQ(kernel_.contexts, 0);
}

// The same with a poll that the handle does not have: 1 waits on its own.
TEST_F(AioPortFaultTest, APortThatDiesBehindAParkedOperationClosesItOnce) {
  LinuxAioOptions options;
  options.submit_failure_grace = milliseconds(50);
  Open(options);
  kernel_.results["receive"] = {-EAGAIN};
  Submit({Receive(1), Read(2)});
  kernel_.submit_results = {-EAGAIN, -EINVAL, -EAGAIN};
  EXPECT_TRUE(Reap().empty());
  kernel_.now += 60'000'000;
  EXPECT_EQ(ReapStatus().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_THAT(kernel_.closed, ElementsAre(kSocket + 100));
}

TEST_F(AioPortFaultTest, FailedOpensLeaveNothingOpen) {
  kernel_.eventfd_result = -EMFILE;
  EXPECT_EQ(LinuxAioPort::Open({}, kernel_).status().code(),
            absl::StatusCode::kResourceExhausted);
  kernel_.eventfd_result = 77;
  kernel_.setup_error = EAGAIN;
  kernel_.nr = 65'500;
  const absl::Status full = LinuxAioPort::Open({}, kernel_).status();
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(full.message()),
              HasSubstr("257 AIO events are needed, but only 36"));
  kernel_.setup_error = 0;
  kernel_.refused = {{aio::kWakeTag, EINVAL}};
  EXPECT_EQ(LinuxAioPort::Open({}, kernel_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(kernel_.contexts, 0);
  EXPECT_EQ(kernel_.closed, (std::vector<int>{77, 77}));
  EXPECT_EQ(kernel_.calls_after_destroy, 0);
}

}  // namespace
}  // namespace wharf
