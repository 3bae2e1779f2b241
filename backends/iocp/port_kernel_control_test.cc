// The port on the machine's own kernel: cancel, wait, wake, close.

#include <chrono>
#include <cstdint>
#include <thread>

#include "backends/iocp/port_kernel_test_util.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using std::chrono::milliseconds;

TEST_P(PortKernelTest, ACancelledWaitEndsAsCancelled_W05) {
  char back[8];
  ConnectSockets();
  const Handle listener = Listen();
  for (const Operation& operation : {Make(Opcode::kReceive, near_, back, 8),
                                     Make(Opcode::kAccept, listener)}) {
    Submit(operation);
    port_->Cancel(operation.id);
    const Completion ended = ReapOne();
    EXPECT_EQ(ended.id, operation.id);
    EXPECT_EQ(ended.result, Negated(Error::kCancelled));
    EXPECT_EQ(ended.native_error, ERROR_OPERATION_ABORTED);
  }
  ConnectPipe();
  const Operation read = Make(Opcode::kRead, near_, back, 8);
  Submit(read);
  port_->Cancel(read.id);
  EXPECT_EQ(ReapOne().result, Negated(Error::kCancelled));
}

// Seed 0's test_cancel_io.
TEST_P(PortKernelTest, AnAcceptOfAPipeIsCancelledAndMayBeTriedAgain) {
  const Handle server = MakePipe();
  const Operation accept = Make(Opcode::kAccept, server);
  Submit(accept);
  port_->Cancel(accept.id);
  EXPECT_EQ(ReapOne().result, Negated(Error::kCancelled));
  far_ = OpenByName(PipeName(), FILE_FLAG_OVERLAPPED);
  const int64_t connection = Run(Make(Opcode::kAccept, server)).result;
  ASSERT_GE(connection, 0);
  near_ = AdoptHandle(reinterpret_cast<void*>(connection));
}

// The packet is in the port already when the cancel is asked for.
TEST_P(PortKernelTest, ACancelThatIsTooLateChangesNothing_W06) {
  ConnectSockets();
  char text[] = "hello";
  char back[8];
  EXPECT_EQ(Run(Make(Opcode::kSend, far_, text, 5)).result, 5);
  const Operation receive = Make(Opcode::kReceive, near_, back, 8);
  ASSERT_EQ(port_->Submit({&receive, 1}), 1u);
  ASSERT_TRUE(port_->Reap({}, Wait::None()).ok());
  std::this_thread::sleep_for(milliseconds(20));
  port_->Cancel(receive.id);
  EXPECT_EQ(ReapOne().result, 5);
  EXPECT_EQ(ReapFor(milliseconds(20)), 0u);
}

TEST_P(PortKernelTest, CancelHitsOnlyTheOneItNames) {
  ConnectSockets();
  char first[8];
  char second[8];
  const Operation a = Make(Opcode::kReceive, near_, first, 8);
  const Operation b = Make(Opcode::kReceive, near_, second, 8);
  Submit(a);
  Submit(b);
  port_->Cancel(a.id);
  const Completion ended = ReapOne();
  EXPECT_EQ(ended.id, a.id);
  EXPECT_EQ(ended.result, Negated(Error::kCancelled));
  char text[] = "hello";
  ASSERT_EQ(send(AsSocket(far_), text, 5, 0), 5);
  EXPECT_EQ(ReapOne().result, 5);
}

// Wine aborts with another code than Windows for a pipe (109, which ends the
// stream); what counts is that the operation ends.
TEST_P(PortKernelTest, OperationsOfAClosedHandleEnd_W08) {
  ConnectPipe();
  char back[8];
  Submit(Make(Opcode::kRead, near_, back, 8));
  near_.Reset();
  EXPECT_LE(ReapOne().result, 0);
  ConnectSockets();
  Submit(Make(Opcode::kReceive, near_, back, 8));
  near_.Reset();
  EXPECT_LE(ReapOne().result, 0);
}

TEST_P(PortKernelTest, AWaitEndsNotBeforeItsTime) {
  const Time start = port_->Now();
  EXPECT_EQ(ReapFor(milliseconds(30)), 0u);
  EXPECT_GE(port_->Now() - start, milliseconds(30));
}

TEST_P(PortKernelTest, WakeEndsTheWaitOnce) {
  std::thread other([&] {
    std::this_thread::sleep_for(milliseconds(30));
    port_->Wake();
  });
  const Time start = port_->Now();
  EXPECT_TRUE(port_->Reap({}, Wait::None()).ok());
  Completion none;
  auto count = port_->Reap({&none, 1}, Wait::Forever());
  ASSERT_TRUE(count.ok());
  EXPECT_EQ(*count, 0u);
  EXPECT_LT(port_->Now() - start, std::chrono::seconds(8));
  other.join();
  // Before the wait is as good as within it.
  port_->Wake();
  port_->Wake();
  count = port_->Reap({&none, 1}, Wait::Forever());
  ASSERT_TRUE(count.ok());
  EXPECT_LT(port_->Now() - start, std::chrono::seconds(8));
  EXPECT_EQ(ReapFor(milliseconds(20)), 0u);
}

TEST_P(PortKernelTest, ManyThreadsWake) {
  std::thread threads[4];
  for (std::thread& thread : threads) {
    thread = std::thread([&] {
      for (int i = 0; i < 200; ++i) port_->Wake();
    });
  }
  for (int i = 0; i < 50; ++i) EXPECT_EQ(ReapFor(milliseconds(1)), 0u);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ReapFor(milliseconds(20)), 0u);
  port_->Wake();
  Completion none;
  EXPECT_TRUE(port_->Reap({&none, 1}, Wait::Forever()).ok());
  EXPECT_EQ(port_->stats().unknown_packets, 0u);
}

TEST_P(PortKernelTest, CloseBringsBackWhatIsInFlight_RW10) {
  ConnectSockets();
  char back[8];
  Submit(Make(Opcode::kReceive, near_, back, 8));
  const Handle listener = Listen();
  Submit(Make(Opcode::kAccept, listener));
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_TRUE(port_->Close().operations_left.empty());
}

}  // namespace
}  // namespace wharf
