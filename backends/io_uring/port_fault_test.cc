// What the port makes of a kernel's answers that no real kernel gives on
// demand. Goal: the rows U-24 to U-32 of the fault catalogue. Method: the real
// port over FakeSyscalls.

#include <errno.h>

#include <algorithm>
#include <array>
#include <memory>
#include <thread>
#include <vector>

#include "backends/io_uring/fake_syscalls.h"
#include "backends/io_uring/kernel_abi.h"
#include "backends/io_uring/port.h"
#include "backends/io_uring/prepare.h"
#include "engine/error.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using uring::kCancelTag;
using uring::kWakeTag;

Operation Nop(uint64_t id) {
  Operation operation;
  operation.id = OperationId{id};
  return operation;
}

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

TEST_F(PortFaultTest, FirstReapArmsTheWake) {
  Open();
  Reap();
  ASSERT_EQ(kernel_.taken.size(), 1u);
  EXPECT_EQ(kernel_.taken[0].opcode, IORING_OP_POLL_ADD);
  EXPECT_EQ(kernel_.taken[0].user_data, kWakeTag);
  EXPECT_EQ(kernel_.taken[0].len, IORING_POLL_ADD_MULTI);
}

TEST_F(PortFaultTest, OneEnterSubmitsAndWaits) {
  OpenArmed();
  ASSERT_EQ(Submit({Nop(1), Nop(2)}), 2u);
  EXPECT_TRUE(kernel_.enters.empty());
  kernel_.when_idle = [&] { kernel_.Post(1, 0); };
  EXPECT_EQ(Reap(Wait::Forever()).size(), 1u);
  ASSERT_EQ(kernel_.enters.size(), 1u);
  EXPECT_EQ(kernel_.enters[0].to_submit, 2u);
  EXPECT_EQ(kernel_.enters[0].min_complete, 1u);
  EXPECT_EQ(kernel_.enters[0].timeout, -1);
}

TEST_F(PortFaultTest, CompletionsAlreadyThereNeedNoSystemCall) {
  OpenArmed();
  Submit({Nop(1)});
  Reap();
  kernel_.enters.clear();
  kernel_.Post(1, 0);
  EXPECT_EQ(Reap(Wait::None()).size(), 1u);
  EXPECT_TRUE(kernel_.enters.empty());
}

TEST_F(PortFaultTest, DoesNotSleepWhileCompletionsAreThere) {
  OpenArmed();
  Submit({Nop(1)});
  Reap();
  Submit({Nop(2)});
  kernel_.enters.clear();
  kernel_.Post(1, 0);
  EXPECT_EQ(Reap(Wait::Forever()).size(), 1u);
  ASSERT_EQ(kernel_.enters.size(), 1u);
  EXPECT_EQ(kernel_.enters[0].min_complete, 0u);
}

TEST_F(PortFaultTest, NothingToDoNeedsNoSystemCall) {
  OpenArmed();
  Submit({Nop(1)});
  Reap();
  kernel_.enters.clear();
  EXPECT_TRUE(Reap(Wait::None()).empty());
  EXPECT_TRUE(kernel_.enters.empty());
}

TEST_F(PortFaultTest, AnnouncedWorkIsFetched) {
  OpenArmed();
  Submit({Nop(1)});
  Reap();
  for (unsigned flag : {IORING_SQ_TASKRUN, IORING_SQ_CQ_OVERFLOW}) {
    *kernel_.sq_flags() = flag;
    kernel_.enters.clear();
    Reap(Wait::None());
    ASSERT_EQ(kernel_.enters.size(), 1u) << flag;
    EXPECT_TRUE(kernel_.enters[0].flags & IORING_ENTER_GETEVENTS);
  }
}

TEST_F(PortFaultTest, DeferringRingAnnouncesItsWork) {
  OpenArmed();
  EXPECT_TRUE(port_->setup_flags() & IORING_SETUP_TASKRUN_FLAG);
}

TEST_F(PortFaultTest, DeadlineIsAbsoluteWhereTheKernelCan) {
  OpenArmed();
  Reap(Wait::Until(Time(Duration(5'000'000'123))));
  ASSERT_EQ(kernel_.enters.size(), 1u);
  EXPECT_EQ(kernel_.enters[0].timeout, 5'000'000'123);
  EXPECT_TRUE(kernel_.enters[0].flags & uring::kEnterAbsoluteTimer);
}

TEST_F(PortFaultTest, DeadlineIsRelativeOnOlderKernels) {
  kernel_.features &= ~uring::kFeatureMinTimeout;
  OpenArmed();
  Reap(Wait::Until(Time(Duration(kernel_.now + 250))));
  ASSERT_EQ(kernel_.enters.size(), 1u);
  EXPECT_EQ(kernel_.enters[0].timeout, 250);
  EXPECT_FALSE(kernel_.enters[0].flags & uring::kEnterAbsoluteTimer);
}

TEST_F(PortFaultTest, HugeRelativeWaitIsShortened_R18) {
  kernel_.features &= ~uring::kFeatureMinTimeout;
  OpenArmed();
  Reap(Wait::Until(Time(kNever - Duration(1))));
  ASSERT_EQ(kernel_.enters.size(), 1u);
  EXPECT_EQ(kernel_.enters[0].timeout,
            Duration(std::chrono::hours(24)).count());
}

TEST_F(PortFaultTest, DeadlineInThePastDoesNotSleep) {
  kernel_.features &= ~uring::kFeatureMinTimeout;
  OpenArmed();
  Reap(Wait::Until(Time(Duration(kernel_.now - 1))));
  Reap(Wait::Until(Time(Duration(-5))));
  for (const auto& call : kernel_.enters) EXPECT_EQ(call.min_complete, 0u);
}

TEST_F(PortFaultTest, TransientAnswersAreNotErrors) {
  OpenArmed();
  for (int error : {EINTR, EAGAIN, EBUSY, ETIME, ENOMEM}) {
    kernel_.script.push_back({.result = -error, .consume = 0});
    EXPECT_TRUE(ReapStatus(In(std::chrono::seconds(1))).ok()) << error;
  }
}

TEST_F(PortFaultTest, CompletionsPostedByAnInterruptedEnterAreReturned_U28) {
  OpenArmed();
  Submit({Nop(1)});
  kernel_.script.push_back(
      {.result = -EINTR, .consume = 1, .effect = [&] { kernel_.Post(1, 0); }});
  EXPECT_EQ(Reap(Wait::Forever()).size(), 1u);
}

TEST_F(PortFaultTest, EntriesTheKernelLeftAreOfferedAgain_R25) {
  OpenArmed();
  Submit({Nop(1), Nop(2), Nop(3), Nop(4)});
  kernel_.script.push_back({.consume = 2});
  Reap();
  EXPECT_EQ(kernel_.taken.size(), 2u);
  EXPECT_EQ(port_->stats().short_submits, 1u);
  Reap();
  ASSERT_EQ(kernel_.taken.size(), 4u);
  EXPECT_EQ(kernel_.enters.back().to_submit, 2u);
  EXPECT_EQ(kernel_.taken[2].user_data, 3u);
  EXPECT_EQ(kernel_.taken[3].user_data, 4u);
}

TEST_F(PortFaultTest, EntriesAreOfferedAgainAfterAFailedEnter_U26) {
  OpenArmed();
  Submit({Nop(1)});
  kernel_.script.push_back({.result = -EAGAIN, .consume = 0});
  Reap();
  EXPECT_TRUE(kernel_.taken.empty());
  Reap();
  EXPECT_EQ(kernel_.taken.size(), 1u);
}

TEST_F(PortFaultTest, BacksOffWhenTheKernelHasNoMemory) {
  OpenArmed();
  Submit({Nop(1)});
  kernel_.script.push_back({.result = -EAGAIN, .consume = 0});
  Reap(Wait::Forever());
  ASSERT_EQ(kernel_.enters.size(), 2u);
  EXPECT_EQ(kernel_.enters[1].to_submit, 0u);
  EXPECT_EQ(kernel_.enters[1].timeout, 1'000'000);
}

TEST_F(PortFaultTest, GivesUpWhenNothingMovesForTheGrace) {
  IoUringOptions options;
  options.enter_failure_grace = std::chrono::seconds(3);
  OpenArmed(options);
  Submit({Nop(1)});
  for (int i = 0; i < 4; ++i) {
    kernel_.script.push_back({.result = -ENOMEM, .consume = 0});
    EXPECT_TRUE(ReapStatus().ok()) << i;
    kernel_.now += 1'000'000'000;
  }
  kernel_.script.push_back({.result = -ENOMEM, .consume = 0});
  const absl::Status status = ReapStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_EQ(ReapStatus(), status);
}

TEST_F(PortFaultTest, ProgressResetsTheGrace) {
  IoUringOptions options;
  options.enter_failure_grace = std::chrono::seconds(3);
  OpenArmed(options);
  Submit({Nop(1), Nop(2)});
  for (int i = 0; i < 10; ++i) {
    kernel_.now += 2'000'000'000;
    kernel_.script.push_back({.result = -EAGAIN, .consume = 0});
    if (i % 2 == 1) kernel_.Post(99, 0);
    EXPECT_TRUE(ReapStatus().ok()) << i;
  }
}

TEST_F(PortFaultTest, FatalAnswersAreRepeatedAndEndSubmission) {
  struct Row {
    int error;
    absl::StatusCode code;
  };
  for (Row row : {Row{EEXIST, absl::StatusCode::kFailedPrecondition},
                  Row{EOWNERDEAD, absl::StatusCode::kInternal},
                  Row{EBADR, absl::StatusCode::kDataLoss},
                  Row{ENXIO, absl::StatusCode::kInternal},
                  Row{EBADF, absl::StatusCode::kInternal}}) {
    OpenArmed();
    Submit({Nop(1)});
    kernel_.script.push_back({.result = -row.error, .consume = 0});
    const absl::Status status = ReapStatus();
    EXPECT_EQ(status.code(), row.code) << status;
    EXPECT_EQ(ReapStatus(), status);
    EXPECT_EQ(Submit({Nop(2)}), 0u);
    port_.reset();
  }
}

TEST_F(PortFaultTest, AnotherThreadIsToldSo_U30) {
  OpenArmed();
  Submit({Nop(1)});
  absl::Status status;
  std::thread([&] { status = ReapStatus(Wait::Forever()); }).join();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("another thread"), absl::string_view::npos);
  EXPECT_TRUE(kernel_.enters.empty());
}

TEST_F(PortFaultTest, UnknownAndDuplicateCompletionsNeverSurface) {
  OpenArmed();
  Submit({Nop(1)});
  kernel_.script.push_back({.effect = [&] {
    kernel_.Post(12345, 7);
    kernel_.Post(1, 3);
    kernel_.Post(1, 4);
    kernel_.Post(1 + kIdGenerationUnit, 5);
  }});
  const std::vector<Completion> completions = Reap();
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions[0].result, 3);
  EXPECT_EQ(port_->stats().unknown_completions, 3u);
}

TEST_F(PortFaultTest, MoreToComeDoesNotEndTheOperation) {
  OpenArmed();
  Submit({Nop(1)});
  kernel_.script.push_back({.effect = [&] {
    kernel_.Post(1, 3, IORING_CQE_F_MORE);
    kernel_.Post(1, 4);
  }});
  const std::vector<Completion> completions = Reap();
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[0].flags, kCompletionMore);
  EXPECT_EQ(completions[1].flags, 0u);
}

TEST_F(PortFaultTest, KernelInternalRestartIsAnInterruption_U09) {
  OpenArmed();
  Submit({Nop(1), Nop(2)});
  kernel_.script.push_back({.effect = [&] {
    kernel_.Post(1, -512);
    kernel_.Post(2, -4095);
  }});
  const std::vector<Completion> completions = Reap();
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[0].result, -static_cast<int64_t>(Error::kInterrupted));
  EXPECT_EQ(completions[0].native_error, 512);
  EXPECT_EQ(completions[1].result, -static_cast<int64_t>(Error::kUnknown));
  EXPECT_EQ(completions[1].native_error, 4095);
}

TEST_F(PortFaultTest, CancelNamesTheWholeIdentityOnce) {
  OpenArmed();
  const uint64_t id = 5 + 3 * kIdGenerationUnit;
  Submit({Nop(id)});
  port_->Cancel(OperationId{id});
  port_->Cancel(OperationId{id});
  port_->Cancel(OperationId{id + kIdGenerationUnit});
  port_->Cancel(OperationId{6});
  Reap();
  ASSERT_EQ(kernel_.taken.size(), 2u);
  EXPECT_EQ(kernel_.taken[1].opcode, IORING_OP_ASYNC_CANCEL);
  EXPECT_EQ(kernel_.taken[1].addr, id);
  EXPECT_EQ(kernel_.taken[1].user_data, kCancelTag | id);
}

TEST_F(PortFaultTest, CancelAcknowledgementNeverEndsTheOperation_U05) {
  OpenArmed();
  Submit({Nop(1)});
  port_->Cancel(OperationId{1});
  for (int result : {0, -ENOENT, -EALREADY, -EINVAL, -EPERM}) {
    kernel_.Post(kCancelTag | 1, result);
    EXPECT_TRUE(Reap().empty());
  }
  kernel_.Post(1, 4096);
  ASSERT_EQ(Reap().size(), 1u);
  // A late acknowledgement changes nothing for the slot's new owner.
  Submit({Nop(1 + kIdGenerationUnit)});
  kernel_.Post(kCancelTag | 1, -ENOENT);
  EXPECT_TRUE(Reap().empty());
  kernel_.Post(1 + kIdGenerationUnit, 0);
  EXPECT_EQ(Reap().size(), 1u);
}

// The kernel takes nothing, so cancels pile up beyond the queue.
TEST_F(PortFaultTest, CancelsOutliveAFullQueueAndAreStagedFirst_R21) {
  IoUringOptions options;
  options.entries = 14;  // submission queue of 16
  OpenArmed(options);
  std::vector<Operation> operations;
  for (uint64_t id = 0; id < 14; ++id) operations.push_back(Nop(id));
  ASSERT_EQ(port_->Submit(operations), 14u);
  for (uint64_t id = 0; id < 14; ++id) port_->Cancel(OperationId{id});
  kernel_.script.assign(2, {.result = -EAGAIN, .consume = 0});
  Reap();
  EXPECT_TRUE(kernel_.taken.empty());
  Reap();
  ASSERT_EQ(kernel_.CountTaken(IORING_OP_ASYNC_CANCEL), 14);
  int cancels = 0;
  for (const io_uring_sqe& sqe : kernel_.taken) {
    if (sqe.opcode == IORING_OP_ASYNC_CANCEL) {
      EXPECT_EQ(sqe.addr, static_cast<uint64_t>(cancels++));
    }
  }
}

TEST_F(PortFaultTest, NeverSleepsForLongWhileACancelCannotBeStaged) {
  IoUringOptions options;
  options.entries = 2;
  OpenArmed(options);
  ASSERT_EQ(Submit({Nop(0), Nop(1)}), 2u);
  for (uint64_t id = 0; id < 2; ++id) port_->Cancel(OperationId{id});
  for (int i = 0; i < 3; ++i) {
    kernel_.script.push_back({.result = -EAGAIN, .consume = 0});
  }
  Reap(Wait::Forever());
  for (const auto& call : kernel_.enters) {
    EXPECT_TRUE(call.min_complete == 0 || call.timeout >= 0);
  }
}

// Goal: the list of queued cancels stays within its bound although operations
// end and slots are reused while no cancel can be staged.
TEST_F(PortFaultTest, QueuedCancelOfAnEndedOperationIsDropped_R9) {
  IoUringOptions options;
  options.entries = 2;
  OpenArmed(options);
  Submit({Nop(0), Nop(1)});
  Reap();
  uint64_t generation = 0;
  for (int round = 0; round < 50; ++round) {
    port_->Cancel(OperationId{generation});
    kernel_.Post(generation, 0);
    kernel_.script.assign(4, {.result = -EAGAIN, .consume = 0});
    ASSERT_EQ(Reap().size(), 1u) << round;
    kernel_.script.clear();
    generation += kIdGenerationUnit;
    kernel_.script.assign(4, {.result = -EAGAIN, .consume = 0});
    if (Submit({Nop(generation)}) == 0) {
      kernel_.script.clear();
      ASSERT_EQ(Submit({Nop(generation)}), 1u) << round;
    }
    kernel_.script.clear();
  }
  Reap();
  Reap();
  // No cancel names an operation before it was submitted.
  std::vector<uint64_t> submitted = {0};
  for (const io_uring_sqe& sqe : kernel_.taken) {
    if (sqe.opcode == IORING_OP_NOP) submitted.push_back(sqe.user_data);
    if (sqe.opcode == IORING_OP_ASYNC_CANCEL) {
      EXPECT_NE(std::find(submitted.begin(), submitted.end(), sqe.addr),
                submitted.end());
    }
  }
}

TEST_F(PortFaultTest, SubmitFlushesAFullQueueAndReportsBackpressure) {
  IoUringOptions options;
  options.entries = 6000;  // submission queue of 4096
  OpenArmed(options);
  std::vector<Operation> operations;
  for (uint64_t id = 0; id < 6001; ++id) operations.push_back(Nop(id));
  kernel_.script.push_back({.result = -EAGAIN, .consume = 0});
  EXPECT_EQ(port_->Submit(operations), 4094u);
  EXPECT_EQ(port_->Submit(std::span(operations).subspan(4094)), 6000u - 4094u);
  EXPECT_EQ(port_->Submit(std::span(operations).last(1)), 0u);
  for (const auto& call : kernel_.enters) {
    EXPECT_FALSE(call.flags & IORING_ENTER_GETEVENTS);
  }
}

TEST_F(PortFaultTest, WakeEndsTheReapAndIsCoalesced) {
  OpenArmed();
  port_->Wake();
  port_->Wake();
  EXPECT_EQ(kernel_.eventfd_count, 1u);
  kernel_.Post(kWakeTag, 1, IORING_CQE_F_MORE);
  EXPECT_TRUE(Reap(Wait::Forever()).empty());
  EXPECT_EQ(kernel_.eventfd_count, 0u);
  port_->Wake();
  EXPECT_EQ(kernel_.eventfd_count, 1u);
}

TEST_F(PortFaultTest, WakeIsArmedAgainWhenItsPollEnds) {
  OpenArmed();
  for (int result : {1, -ECANCELED, 1, -ENOMEM}) {
    kernel_.taken.clear();
    kernel_.Post(kWakeTag, result, 0);
    Reap();
    Reap();
    EXPECT_EQ(kernel_.CountTaken(IORING_OP_POLL_ADD), 1) << result;
  }
}

// The queue is full and the kernel takes nothing when the wake's poll ends.
TEST_F(PortFaultTest, WakeIsArmedAgainThoughTheQueueIsFull_R13) {
  IoUringOptions options;
  options.entries = 2;
  OpenArmed(options);
  Submit({Nop(0), Nop(1)});
  port_->Cancel(OperationId{0});
  kernel_.Post(kWakeTag, 1, 0);
  kernel_.script.assign(1, {.result = -EBUSY, .consume = 0});
  Reap();
  kernel_.script.assign(2, {.result = -EBUSY, .consume = 0});
  Reap(Wait::Forever());
  kernel_.script.clear();
  Reap();
  EXPECT_EQ(kernel_.CountTaken(IORING_OP_POLL_ADD), 1);
}

TEST_F(PortFaultTest, RefusedWakePollsDegradeToAFlagThatReapLooksAt) {
  IoUringOptions options;
  options.close_grace = Duration::zero();
  OpenArmed(options);
  for (int i = 0; i < 8; ++i) {
    kernel_.Post(kWakeTag, -EINVAL, 0);
    Reap();
    Reap();
  }
  EXPECT_EQ(port_->wake_mode(), uring::WakeSource::Mode::kFlagOnly);
  Submit({Nop(1)});
  kernel_.enters.clear();
  int idle = 0;
  kernel_.when_idle = [&] {
    if (++idle == 3) port_->Wake();
  };
  EXPECT_TRUE(Reap(Wait::Forever()).empty());
  EXPECT_EQ(idle, 3);
  for (const auto& call : kernel_.enters) {
    EXPECT_TRUE(call.min_complete == 0 || call.timeout >= 0);
  }
}

TEST_F(PortFaultTest, PollingPortSleepsOnTheEventFdWhenNothingIsInFlight) {
  IoUringOptions options;
  options.io_poll = true;
  Open(options);
  EXPECT_EQ(port_->wake_mode(), uring::WakeSource::Mode::kFlagOnly);
  Reap(Wait::Until(Time(Duration(kernel_.now + 50))));
  Reap(Wait::Forever());
  EXPECT_EQ(kernel_.eventfd_waits, (std::vector<int64_t>{50, -1}));
}

TEST_F(PortFaultTest, PollingPortHasOnlyWhatIoPollHas) {
  IoUringOptions options;
  options.io_poll = true;
  Open(options);
  const PortCapabilities& capabilities = port_->Capabilities();
  EXPECT_TRUE(capabilities.Has(Opcode::kRead));
  EXPECT_FALSE(capabilities.Has(Opcode::kReceive));
  EXPECT_FALSE(capabilities.Has(Opcode::kPoll));
  EXPECT_FALSE(capabilities.Has(Opcode::kSync));
  EXPECT_FALSE(capabilities.HasFeatures(kFeatureCancel));
}

TEST_F(PortFaultTest, SleepingSubmissionThreadIsWoken_U32) {
  IoUringOptions options;
  options.sq_poll = true;
  Open(options);
  EXPECT_FALSE(port_->setup_flags() & IORING_SETUP_DEFER_TASKRUN);
  Reap();
  kernel_.enters.clear();
  Submit({Nop(1)});
  Reap();
  EXPECT_TRUE(kernel_.enters.empty());
  *kernel_.sq_flags() = IORING_SQ_NEED_WAKEUP;
  Reap();
  ASSERT_EQ(kernel_.enters.size(), 1u);
  EXPECT_TRUE(kernel_.enters[0].flags & IORING_ENTER_SQ_WAKEUP);
}

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
