// How long the port waits, what it makes of io_getevents' answers, the wake,
// and cancels.

#include <poll.h>

#include <cerrno>
#include <chrono>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "backends/linux_aio/port.h"
#include "backends/linux_aio/port_fault_test_util.h"
#include "backends/linux_aio/prepare.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST_F(AioPortFaultTest, RA01_ErrorsHaveTheirSign) {
  Open();
  Submit({Read(1), Read(2)});
  Reap();
  kernel_.Post(1, -EIO);
  kernel_.Post(2, -EAGAIN);
  const std::vector<Completion> completions = Reap();
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[0].result, Negated(Error::kIo));
  EXPECT_EQ(completions[0].native_error, EIO);
  EXPECT_EQ(completions[1].result, Negated(Error::kWouldBlock));
}

// No kernel says this; but what it says is 64 bits wide.
TEST_F(AioPortFaultTest, AnErrorThatIsNoErrnoStaysAnError) {
  constexpr int64_t kSmallest = std::numeric_limits<int64_t>::min();
  constexpr int64_t kResults[] = {kSmallest, -(int64_t{1} << 32), -4096};
  Open();
  Submit({Read(1), Read(2), Read(3)});
  Reap();
  for (uint64_t i = 0; i < 3; ++i) kernel_.Post(i + 1, kResults[i]);
  const std::vector<Completion> completions = Reap();
  ASSERT_EQ(completions.size(), 3u);
  for (const Completion& completion : completions) {
    EXPECT_EQ(completion.result, Negated(Error::kUnknown));
    EXPECT_GT(completion.native_error, 0);
  }
  EXPECT_EQ(completions[2].native_error, 4096);
}

TEST_F(AioPortFaultTest, RA05_ShortTransfersAndTheEndAreTold_A12) {
  Open();
  Submit({Read(1), Read(2)});
  Reap();
  kernel_.Post(1, 3);
  kernel_.Post(2, 0);
  const std::vector<Completion> completions = Reap();
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[0].result, 3);
  EXPECT_EQ(completions[1].result, 0);
}

TEST_F(AioPortFaultTest, RA06_InterruptedOrFewerEventsAreNotTheEnd_A10) {
  Open();
  Submit({Read(1), Read(2)});
  Reap();
  kernel_.wait_results = {-EINTR};
  EXPECT_TRUE(Reap(Wait::Forever()).empty());
  kernel_.Post(1, 8);
  EXPECT_EQ(Reap(Wait::Forever()).size(), 1u);
  EXPECT_TRUE(Reap(In(milliseconds(5))).empty());
  kernel_.Post(2, 8);
  EXPECT_EQ(Reap(Wait::Forever()).size(), 1u);
}

TEST_F(AioPortFaultTest, AnAnswerThatIsNotListedIsFatalOnceAndForAll) {
  Open();
  kernel_.wait_results = {-EINVAL};
  const absl::Status status = ReapStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ReapStatus(), status);
}

TEST_F(AioPortFaultTest, WaitsAreRelativeAndBounded_R18) {
  Open();
  Submit({Read(1)});
  Reap();
  kernel_.waits.clear();
  Reap(Wait::None());
  Reap(In(Duration(250)));
  Reap(Wait::Until(Time(Duration(-5))));
  Reap(Wait::Until(kNever - Duration(1)));
  Reap(Wait::Forever());
  EXPECT_EQ(kernel_.waits,
            (std::vector<int64_t>{0, 250, 0, Duration(hours(24)).count(), -1}));
}

TEST_F(AioPortFaultTest, WhatIsReadyIsNotWaitedFor) {
  Open();
  Submit({Make(1, Opcode::kNop, -1)});
  kernel_.waits.clear();
  EXPECT_EQ(Reap(Wait::Forever()).size(), 1u);
  EXPECT_EQ(kernel_.waits, std::vector<int64_t>{0});
}

TEST_F(AioPortFaultTest, EventsForNothingInFlightAreIgnored) {
  Open();
  Submit({Read(1)});
  kernel_.Post(7, 8);
  kernel_.Post(kIdGenerationUnit + 1, 8);  // the same slot's next owner
  EXPECT_TRUE(Reap().empty());
  EXPECT_EQ(port_->stats().unknown_events, 2u);
  kernel_.Post(1, 8);
  EXPECT_EQ(ReapOne().id, OperationId{1});
  kernel_.Post(1, 8);
  EXPECT_TRUE(Reap().empty());
}

// Every value that is no identity is nobody's, the marks of the port's own
// tables among them.
TEST_F(AioPortFaultTest, AnEventWithAnyWordIsIgnored) {
  Open();
  Submit({Read(1)});
  Reap();
  const uint64_t words[] = {~uint64_t{0}, ~uint64_t{0} >> 1, ~uint64_t{0} >> 2,
                            uint64_t{1} << 63};
  for (const uint64_t word : words) kernel_.Post(word, 8);
  EXPECT_TRUE(Reap().empty());
  EXPECT_EQ(port_->stats().unknown_events, 4u);
  kernel_.Post(1, 8);
  EXPECT_EQ(ReapOne().id, OperationId{1});
}

// It says nothing about an operation that the kernel does not have.
TEST_F(AioPortFaultTest, AnEventForWhatWasNotTakenIsIgnored) {
  Open();
  kernel_.submit_results = {-EAGAIN};
  Submit({Read(1)});
  kernel_.Post(1, 8);
  EXPECT_TRUE(Reap().empty());
  EXPECT_EQ(port_->stats().unknown_events, 1u);
  Reap();
  kernel_.Post(1, 8);
  EXPECT_EQ(ReapOne().id, OperationId{1});
}

TEST_F(AioPortFaultTest, AWakeEndsTheReapIsCoalescedAndArmedAgain_A14) {
  Open();
  port_->Wake();
  port_->Wake();
  EXPECT_EQ(kernel_.eventfd_count, 1u);
  kernel_.Post(aio::kWakeTag, POLLIN);
  EXPECT_TRUE(Reap(Wait::Forever()).empty());
  EXPECT_EQ(kernel_.eventfd_count, 0u);
  EXPECT_EQ(kernel_.CountTaken(IO_CMD_POLL), 0);
  Reap();
  EXPECT_EQ(kernel_.CountTaken(IO_CMD_POLL), 1);
  EXPECT_EQ(aio::DataOf(kernel_.taken.back()), aio::kWakeTag);
  // One with nothing behind it.
  kernel_.Post(aio::kWakeTag, POLLIN);
  EXPECT_TRUE(Reap(Wait::Forever()).empty());
}

TEST_F(AioPortFaultTest, AWakeThatCannotBeArmedIsLookedAt) {
  Open();
  kernel_.Post(aio::kWakeTag, POLLIN);
  Reap(Wait::Forever());
  kernel_.refused = {{aio::kWakeTag, ENOMEM}};
  kernel_.waits.clear();
  EXPECT_TRUE(Reap(Wait::Forever()).empty());
  EXPECT_EQ(kernel_.waits, std::vector<int64_t>{1'000'000});
  port_->Wake();
  kernel_.waits.clear();
  EXPECT_TRUE(Reap(Wait::Forever()).empty());
  EXPECT_EQ(kernel_.waits, std::vector<int64_t>{0});
}

// Else the batch would grow by one poll with each.
TEST_F(AioPortFaultTest, AWakeThatTheKernelHasNotIsIgnoredWhenItComes) {
  Open();
  kernel_.Post(aio::kWakeTag, POLLIN);
  Reap();
  kernel_.submit_results = {-EAGAIN, -EAGAIN};
  for (int i = 0; i < 2; ++i) {
    kernel_.Post(aio::kWakeTag, POLLIN);
    Reap();
  }
  EXPECT_EQ(port_->stats().unknown_events, 2u);
  kernel_.submits.clear();
  Reap();
  EXPECT_EQ(kernel_.submits, std::vector<std::size_t>{1});
}

// The ring is heard without it, and once.
TEST_F(AioPortFaultTest, AWakeWhosePollTheKernelHasNotEndsTheReap) {
  Open();
  kernel_.Post(aio::kWakeTag, POLLIN);
  Reap();
  kernel_.submit_results = {-EAGAIN, -EAGAIN};
  port_->Wake();
  kernel_.waits.clear();
  Reap(Wait::Forever());
  Reap(Wait::Forever());
  EXPECT_EQ(kernel_.waits, (std::vector<int64_t>{0, 1'000'000}));
}

TEST_F(AioPortFaultTest, ACancelOfFileIoChangesNothing_A01) {
  Open();
  Submit({Read(1)});
  Reap();
  port_->Cancel(OperationId{1});
  port_->Cancel(OperationId{1});
  EXPECT_EQ(kernel_.cancels, std::vector<uint64_t>{1});
  EXPECT_TRUE(Reap().empty());
  kernel_.Post(1, 8);
  EXPECT_EQ(ReapOne().result, 8);
}

TEST_F(AioPortFaultTest, ACancelledPollEndsWithItsEventOfZero_A02) {
  Open();
  kernel_.cancel_result = -EINPROGRESS;
  Submit({Make(1, Opcode::kPoll, kSocket), Receive(2)});
  Reap();
  port_->Cancel(OperationId{1});
  port_->Cancel(OperationId{2});
  EXPECT_TRUE(Reap().empty());
  kernel_.Post(2, 0);
  kernel_.Post(1, 0);
  const std::vector<Completion> completions = Reap();
  ASSERT_EQ(completions.size(), 2u);
  for (const Completion& completion : completions) {
    EXPECT_EQ(completion.result, Negated(Error::kCancelled));
    EXPECT_EQ(completion.native_error, ECANCELED);
  }
}

// The poll was over when the cancel came: data that is there is delivered, and
// a false alarm is not waited for a second time.
TEST_F(AioPortFaultTest, ACancelThatComesTooLateLosesNoData_A03) {
  Open();
  kernel_.results["receive"] = {-EAGAIN, -EAGAIN};
  Submit({Receive(1), Receive(2)});
  Reap();
  port_->Cancel(OperationId{1});
  port_->Cancel(OperationId{2});
  kernel_.results["receive"] = {5, -EAGAIN};
  kernel_.Post(1, POLLIN);
  kernel_.Post(2, POLLIN);
  const std::vector<Completion> completions = Reap();
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[0].result, 5);
  EXPECT_EQ(completions[1].result, Negated(Error::kCancelled));
}

TEST_F(AioPortFaultTest, ACancelOfWhatTheKernelHasNotEndsIt) {
  Open();
  Submit({Read(1), Read(2)});
  port_->Cancel(OperationId{1});
  kernel_.submit_results = {-EAGAIN};
  EXPECT_EQ(ReapOne().id, OperationId{1});
  port_->Cancel(OperationId{2});
  EXPECT_EQ(ReapOne().result, Negated(Error::kCancelled));
  EXPECT_TRUE(kernel_.taken.empty());
  EXPECT_TRUE(kernel_.cancels.empty());
}

TEST_F(AioPortFaultTest, ACancelForNothingDoesNothing) {
  Open();
  Submit({Read(1)});
  Reap();
  port_->Cancel(OperationId{9});
  port_->Cancel(OperationId{kIdGenerationUnit + 1});
  EXPECT_TRUE(kernel_.cancels.empty());
}

}  // namespace
}  // namespace wharf
