// What AIO has no command for: attempts, polls in between, and what cannot be
// polled.

#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>

#include <cerrno>
#include <chrono>
#include <vector>

#include "backends/linux_aio/port.h"
#include "backends/linux_aio/port_fault_test_util.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

TEST_F(AioPortFaultTest, WhatIsThereIsReceivedWithoutAPoll) {
  Open();
  kernel_.results["receive"] = {5};
  Submit({Receive(1)});
  EXPECT_EQ(ReapOne().result, 5);
  EXPECT_TRUE(kernel_.taken.empty());
}

TEST_F(AioPortFaultTest, WhatIsNotThereIsPolledForAsOftenAsItTakes) {
  Open();
  Submit({Receive(1)});
  Reap();
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(kernel_.CountTaken(IO_CMD_POLL), i);
    EXPECT_EQ(kernel_.taken.back().u.poll.events, POLLIN);
    kernel_.Post(1, POLLIN);
    EXPECT_TRUE(Reap(Wait::Forever()).empty());
    Reap();
  }
  kernel_.results["receive"] = {7};
  kernel_.Post(1, POLLIN);
  EXPECT_EQ(ReapOne().result, 7);
}

TEST_F(AioPortFaultTest, ASendWaitsForRoom) {
  Open();
  Submit({Make(1, Opcode::kSend, kSocket)});
  Reap();
  EXPECT_EQ(kernel_.taken.back().u.poll.events, POLLOUT);
  kernel_.results["send"] = {-EPIPE};
  kernel_.Post(1, POLLOUT | POLLERR);
  EXPECT_EQ(ReapOne().result, Negated(Error::kBrokenPipe));
}

// io_submit would wait for the pipe's bytes inside the kernel.
TEST_F(AioPortFaultTest, APipeIsNeverGivenToIoSubmit) {
  Open();
  for (const Opcode opcode : {Opcode::kRead, Opcode::kWrite}) {
    Submit({Make(1, opcode, kPipe)});
    Reap();
    ASSERT_EQ(kernel_.taken.size(), 1u);
    EXPECT_EQ(kernel_.taken[0].aio_lio_opcode, IO_CMD_POLL);
    kernel_.results[opcode == Opcode::kRead ? "read" : "write"] = {4};
    kernel_.Post(1, POLLIN | POLLOUT);
    EXPECT_EQ(ReapOne().result, 4);
    kernel_.taken.clear();
  }
  for (const int flags : kernel_.rw_flags) EXPECT_EQ(flags, RWF_NOWAIT);
}

TEST_F(AioPortFaultTest, AWriteToASocketIsASend) {
  Open();
  kernel_.results["send"] = {8};
  Submit({Make(1, Opcode::kWrite, kSocket)});
  EXPECT_EQ(ReapOne().result, 8);
  EXPECT_THAT(kernel_.calls, ElementsAre("send 6"));
}

TEST_F(AioPortFaultTest, AFileAtItsCurrentPositionIsReadInsideReap) {
  Open();
  kernel_.results["read"] = {8};
  kernel_.results["write"] = {8};
  Operation read = Read(1);
  read.offset = kCurrentPosition;
  Operation write = Make(2, Opcode::kWrite, kFile);
  write.offset = kCurrentPosition;
  write.flags = kOperationDurable;
  Submit({read, write});
  EXPECT_EQ(Reap().size(), 2u);
  EXPECT_TRUE(kernel_.taken.empty());
  EXPECT_THAT(kernel_.rw_flags, ElementsAre(0, RWF_DSYNC));
}

TEST_F(AioPortFaultTest, ABadHandleIsACompletion) {
  Open();
  Submit({Make(1, Opcode::kRead, -1)});
  EXPECT_EQ(ReapOne().result, Negated(Error::kBadHandle));
}

TEST_F(AioPortFaultTest, AConnectIsPolledForAndAskedAgain) {
  Open();
  kernel_.results["connect"] = {-EINPROGRESS, -EALREADY};
  Submit({Make(1, Opcode::kConnect, kSocket)});
  Reap();
  EXPECT_EQ(kernel_.taken.back().u.poll.events, POLLOUT);
  kernel_.Post(1, POLLOUT);
  EXPECT_TRUE(Reap().empty());
  kernel_.results["connect"] = {-EISCONN};
  kernel_.Post(1, POLLOUT);
  Reap();
  kernel_.Post(1, POLLOUT);
  EXPECT_EQ(kernel_.calls.size(), 9u);  // three times: on, connect, off
}

TEST_F(AioPortFaultTest, AConnectThatFailedSaysWhy) {
  Open();
  kernel_.results["connect"] = {-EINPROGRESS, -ECONNREFUSED, -EISCONN};
  Submit({Make(1, Opcode::kConnect, kSocket)});
  Reap();
  kernel_.Post(1, POLLOUT | POLLERR | POLLHUP);
  EXPECT_EQ(ReapOne().result, Negated(Error::kConnectionRefused));
  // It was connected before, by somebody else: that is not success.
  Submit({Make(2, Opcode::kConnect, kSocket)});
  EXPECT_EQ(ReapOne().result, Negated(Error::kAlreadyConnected));
}

TEST_F(AioPortFaultTest, AConnectToAFullBacklogIsTriedEveryMillisecond) {
  Open();
  kernel_.results["connect"] = {-EAGAIN, -EAGAIN, -EAGAIN, 0};
  Submit({Make(1, Opcode::kConnect, kSocket)});
  int reaps = 0;
  while (Reap(In(seconds(10))).empty()) ASSERT_LT(++reaps, 10);
  EXPECT_EQ(reaps, 3);
  EXPECT_EQ(kernel_.now, 1'000'000'000 + 3 * 1'000'000);
  EXPECT_TRUE(kernel_.taken.empty());
}

TEST_F(AioPortFaultTest, ParkedOperationsAreNotTriedMoreOftenThanThat) {
  Open();
  kernel_.results["connect"] = {-EAGAIN};
  Submit({Make(1, Opcode::kConnect, kSocket)});
  for (int i = 0; i < 50; ++i) Reap(Wait::None());
  EXPECT_EQ(kernel_.calls.size(), 3u);
  port_->Cancel(OperationId{1});
  EXPECT_EQ(ReapOne().result, Negated(Error::kCancelled));
}

TEST_F(AioPortFaultTest, WhatTheKernelCannotPollIsLookedAt) {
  Open();
  kernel_.refused = {{1, EINVAL}, {2, EINVAL}};
  Operation poll = Make(2, Opcode::kPoll, kPipe);
  poll.mode = kPollReadable;
  Submit({Make(1, Opcode::kRead, kPipe), poll});
  EXPECT_TRUE(Reap().empty());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Reap(In(seconds(1))).empty());
  kernel_.results["read"] = {3};
  kernel_.results["poll"] = {POLLIN | POLLHUP};
  const std::vector<Completion> completions = Reap(In(seconds(1)));
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[0].result, 3);
  EXPECT_EQ(completions[1].result, kPollReadable | kPollHangUp);
  EXPECT_TRUE(kernel_.taken.empty());
}

// The number may have another owner by the time there is something.
TEST_F(AioPortFaultTest, WhatWaitsHoldsItsHandle_A13) {
  Open();
  Submit({Receive(1), Make(2, Opcode::kPoll, kSocket)});
  Reap();
  EXPECT_EQ(kernel_.taken[0].aio_fildes, 106);
  EXPECT_EQ(kernel_.taken[1].aio_fildes, 6);
  kernel_.results["receive"] = {-EAGAIN, 5};
  kernel_.Post(1, POLLIN);
  Reap();
  Reap();
  EXPECT_TRUE(kernel_.closed.empty());
  kernel_.Post(1, POLLIN);
  EXPECT_EQ(ReapOne().result, 5);
  EXPECT_THAT(kernel_.calls,
              ElementsAre("receive 6", "receive 106", "receive 106"));
  EXPECT_THAT(kernel_.closed, ElementsAre(106));
}

TEST_F(AioPortFaultTest, WithoutAFreeDescriptorTheNumberItselfMustDo) {
  Open();
  kernel_.duplicate_error = EMFILE;
  Submit({Receive(1)});
  Reap();
  kernel_.results["receive"] = {5};
  kernel_.Post(1, POLLIN);
  EXPECT_EQ(ReapOne().result, 5);
  EXPECT_TRUE(kernel_.closed.empty());
}

// An error queue makes a socket ready for ever without anything to receive.
TEST_F(AioPortFaultTest, ReadinessOfTheWrongKindDoesNotSpin) {
  Open();
  Submit({Receive(1)});
  Reap();
  kernel_.Post(1, POLLERR);
  EXPECT_TRUE(Reap().empty());
  for (int i = 0; i < 20; ++i) Reap(Wait::None());
  EXPECT_EQ(kernel_.CountTaken(IO_CMD_POLL), 1);
  EXPECT_EQ(kernel_.calls.size(), 2u);
}

}  // namespace
}  // namespace wharf
