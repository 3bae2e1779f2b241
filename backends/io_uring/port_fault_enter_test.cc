// When the port enters the kernel, how long it waits, what it makes of what the
// enter call answers, and which completions it passes on.

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "backends/io_uring/kernel_abi.h"
#include "backends/io_uring/port.h"
#include "backends/io_uring/port_fault_test_util.h"
#include "engine/error.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

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

TEST_F(PortFaultTest, ANumberThatIsNoErrnoIsAnErrorAllTheSame) {
  OpenArmed();
  Submit({Nop(1)});
  kernel_.script.push_back({.effect = [&] { kernel_.Post(1, INT32_MIN); }});
  const std::vector<Completion> completions = Reap();
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions[0].result, -static_cast<int64_t>(Error::kUnknown));
  EXPECT_EQ(completions[0].native_error, INT32_MAX);
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

}  // namespace
}  // namespace wharf
