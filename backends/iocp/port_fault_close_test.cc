// Close, and an Open that fails: bounded, and nothing stays open that should
// not.

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "backends/iocp/block_slab.h"
#include "backends/iocp/port_fault_test_util.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST_F(PortFaultTest, CloseTakesBackWhatWasNeverIssued) {
  Open();
  const std::vector<Operation> operations = {Make(Opcode::kRead, kFile),
                                             Make(Opcode::kClose, kFile)};
  EXPECT_EQ(port_->Submit(operations), 2u);
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_EQ(kernel_.Count("Read"), 0);
  // A close that is brought back has closed.
  EXPECT_EQ(
      std::count(kernel_.closed.begin(), kernel_.closed.end(), AsHandle(kFile)),
      1);
}

TEST_F(PortFaultTest, CloseCancelsEverythingAndWaits) {
  Open();
  Issue(Make(Opcode::kReceive, kSocket));
  Issue(Make(Opcode::kRead, kPipe));
  kernel_.when_idle = [&] {
    kernel_.Complete(kernel_.Last("Receive").overlapped, kStatusCancelled, 0);
    kernel_.Complete(kernel_.Last("Read").overlapped, kStatusSuccess, 9);
  };
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_EQ(kernel_.Count("Cancel"), 2);
}

// Known bug R-W10: packets left in the port when it was closed.
TEST_F(PortFaultTest, CloseTakesThePacketsThatAreThere_RW10) {
  Open({.batch = 1, .close_grace = Duration::zero()});
  for (int i = 0; i < 3; ++i) {
    Issue(Make(Opcode::kRead, kFile));
  }
  for (const auto& call : kernel_.calls) {
    if (call.name == "Read") {
      kernel_.Complete(call.overlapped, kStatusSuccess, 1);
    }
  }
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_TRUE(kernel_.packets.empty());
}

TEST_F(PortFaultTest, CloseClosesHandlesThatNobodyWillTake) {
  Open();
  std::string path = "x";
  Operation open = Make(Opcode::kOpen);
  open.data = path.data();
  open.length = 1;
  open.mode = kOpenRead;
  Issue(open);
  const HANDLE opened =
      AsHandle(static_cast<NativeHandle>(kernel_.next_handle - 1));
  Issue(Make(Opcode::kAccept, kSocket));
  const HANDLE accepted =
      AsHandle(static_cast<NativeHandle>(kernel_.next_handle - 1));
  kernel_.when_idle = [&] {
    kernel_.Complete(kernel_.Last("Accept").overlapped, kStatusSuccess, 0);
  };
  EXPECT_TRUE(port_->Close().operations_left.empty());
  for (HANDLE handle : {opened, accepted}) {
    EXPECT_EQ(std::count(kernel_.closed.begin(), kernel_.closed.end(), handle),
              1);
  }
}

TEST_F(PortFaultTest, CloseIsBoundedAndNamesWhatIsLeft_R17_RW10) {
  Open({.close_grace = std::chrono::milliseconds(100)});
  Issue(Make(Opcode::kReceive, kSocket));
  OVERLAPPED* first = kernel_.Last("Receive").overlapped;
  const OperationId left = Issue(Make(Opcode::kAccept, kSocket));
  OVERLAPPED* kept = kernel_.Last("Accept").overlapped;
  int idle = 0;
  kernel_.when_idle = [&] {
    if (++idle == 3) kernel_.Complete(first, kStatusCancelled, 0);
  };
  const std::size_t slabs_kept = iocp::BlockSlab::KeptForever();
  const int64_t before = kernel_.now;
  const CloseReport report = port_->Close();
  EXPECT_EQ(kernel_.now - before, 100'000'000);
  EXPECT_EQ(report.operations_left, std::vector<OperationId>{left});
  EXPECT_EQ(port_->Close().operations_left, report.operations_left);
  EXPECT_EQ(ReapStatus().code(), absl::StatusCode::kFailedPrecondition);
  // The connection's socket belongs to the operation that is left.
  EXPECT_EQ(kernel_.closed.size(), 1u);
  EXPECT_EQ(iocp::BlockSlab::KeptForever(), slabs_kept + 1);
  port_.reset();
  // The kernel may write now: the block is still there.
  FakeCalls::Mark(kept, kStatusSuccess, 0);
}

TEST_F(PortFaultTest, CloseOfADeadPortIsShort) {
  Open();
  Issue(Make(Opcode::kReceive, kSocket));
  kernel_.dequeues.assign(2, {.code = ERROR_INVALID_HANDLE});
  EXPECT_FALSE(ReapStatus().ok());
  EXPECT_EQ(port_->Close().operations_left.size(), 1u);
}

TEST_F(PortFaultTest, FailedOpenLeavesNothingOpen) {
  kernel_.Script("MakePort", ERROR_NOT_ENOUGH_MEMORY);
  EXPECT_EQ(IocpPort::Open({}, kernel_).status().code(),
            absl::StatusCode::kResourceExhausted);
  kernel_.Script("StartSockets", WSASYSNOTREADY);
  EXPECT_EQ(IocpPort::Open({}, kernel_).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(IocpPort::Open({.max_in_flight = 0}, kernel_).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(kernel_.closed.empty());
}

}  // namespace
}  // namespace wharf
