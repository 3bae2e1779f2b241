// Goal: an engine ends in bounded time with an outcome for everyone, and what
// the kernel may still touch is never released (G12, G2, G11). Method: an
// engine on the scripted port, which goes on writing into memory that was left
// behind.

#include <chrono>
#include <vector>

#include "engine/engine.h"
#include "engine/quarantine.h"
#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

using std::chrono::milliseconds;

constexpr sim::ScriptedPortOptions LeavesOperations() {
  sim::ScriptedPortOptions options;
  options.forbid_left_at_close = false;
  return options;
}

class EngineShutdownTest : public EngineFixture {
 protected:
  // Completes whatever is in flight, `step` after the engine starts to sleep.
  void CompleteWhenAsleep(Duration step) {
    port().OnIdle([this, step](Time) {
      if (in_flight() == 0 || scheduled_) return;
      scheduled_ = true;
      port().After(step, [this] {
        scheduled_ = false;
        if (in_flight() > 0) port().Complete(Op(0), 8);
      });
    });
  }

 private:
  bool scheduled_ = false;
};

// More completions than one wait brings come with the deadline, and the budget
// ends in between.
TEST_F(EngineShutdownTest, G12_ADeadlineThatPassesWithTheBudgetCounts) {
  Start({.in_flight_capacity = 100});
  for (int i = 0; i < 70; ++i) Submit(Receive(8));
  const RequestId sleep = Submit(Request::Sleep(At(10)));
  port().At(At(10), [this] {
    for (const Operation& operation : port().in_flight()) {
      port().Complete(operation.id, 8);
    }
  });
  const ShutdownReport report =
      engine().Shutdown({.budget = std::chrono::milliseconds(10)});
  EXPECT_EQ(report.abandoned, 0u);
  EXPECT_EQ(OutcomeOf(sleep), Ok());
}

TEST_F(EngineShutdownTest, G12_WithoutABudgetItWaitsForTheLastRequest) {
  Start();
  for (int i = 0; i < 3; ++i) Submit(Receive(8));
  CompleteWhenAsleep(std::chrono::hours(1));
  const ShutdownReport report = engine().Shutdown();
  EXPECT_EQ(report.abandoned, 0u);
  ASSERT_EQ(results().size(), 3u);
  for (const Result& result : results()) EXPECT_EQ(result.outcome, Ok(8));
  EXPECT_EQ(engine().live(), 0u);
  EXPECT_TRUE(port().closed());
}

TEST_F(EngineShutdownTest,
       G12_RequestsBehindAFullCapacityAreAdmittedAndDrained) {
  Start({.in_flight_capacity = 1});
  for (int i = 0; i < 4; ++i) Submit(Read(8));
  CompleteWhenAsleep(milliseconds(1));
  EXPECT_EQ(engine().Shutdown().abandoned, 0u);
  EXPECT_EQ(results().size(), 4u);
  EXPECT_EQ(port().submitted().size(), 4u);
}

TEST_F(EngineShutdownTest, G12_ContinuingRequestsAreFinished) {
  Start();
  const RequestId receive = Submit(Receive(16));
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  CompleteWhenAsleep(milliseconds(1));
  engine().Shutdown();
  EXPECT_EQ(OutcomeOf(receive), Ok(16));
}

TEST_F(EngineShutdownTest, G12_DeadlinesFireWhileItDrains) {
  Start({}, {.cancel_policy = sim::CancelPolicy::kWin});
  const RequestId receive = Submit(Receive(8).WithDeadline(At(50)));
  Turn();
  EXPECT_EQ(engine().Shutdown().abandoned, 0u);
  EXPECT_EQ(OutcomeOf(receive), Ended(OutcomeKind::kDeadline));
  EXPECT_EQ(engine().Now(), At(50));
}

TEST_F(EngineShutdownTest, G12_DeadlineBeforeTheEndOfTheBudgetIsADeadline) {
  Start({}, {.cancel_policy = sim::CancelPolicy::kWin});
  const RequestId receive = Submit(Receive(8).WithDeadline(At(50)));
  Turn();
  EXPECT_EQ(engine().Shutdown({.budget = milliseconds(500)}).abandoned, 0u);
  EXPECT_EQ(OutcomeOf(receive), Ended(OutcomeKind::kDeadline));
  EXPECT_EQ(engine().Now(), At(50));
}

TEST_F(EngineShutdownTest, G12_EndOfTheBudgetBeforeTheDeadlineAbandons) {
  Start({}, LeavesOperations());
  const RequestId receive = Submit(Receive(8).WithDeadline(At(500)));
  Turn();
  const ShutdownReport report = engine().Shutdown({.budget = milliseconds(50)});
  EXPECT_EQ(report.abandoned, 1u);
  EXPECT_EQ(report.quarantined, 1u);
  EXPECT_EQ(OutcomeOf(receive), Ended(OutcomeKind::kAbandoned));
  EXPECT_EQ(engine().Now(), At(50));
}

TEST_F(EngineShutdownTest, G12_AbandonedMemoryAndHandleAreNeverReleased) {
  TrackedMemory& memory = NewMemory(8);
  TrackedHandle& handle = NewHandle(9);
  Start({}, LeavesOperations());
  const uint64_t quarantined = QuarantineTotals().requests;
  const RequestId receive =
      Submit(Request::Receive(handle.handle(), memory.Lend()));
  handle.Close();
  Turn();
  engine().Shutdown({.budget = Duration::zero()});
  EXPECT_TRUE(Find(receive)->buffer.empty());
  port().TouchMemory();  // the kernel writes on
  DestroyEngine();
  EXPECT_EQ(memory.releases(), 0);
  EXPECT_EQ(handle.closes(), 0);
  EXPECT_EQ(QuarantineTotals().requests, quarantined + 1);
}

TEST_F(EngineShutdownTest, G12_AbandonedVectorArrayStaysWhereItIs) {
  TrackedMemory& first = NewMemory(8);
  TrackedMemory& second = NewMemory(8);
  Start({}, LeavesOperations());
  std::vector<Buffer> buffers;
  buffers.push_back(first.Lend());
  buffers.push_back(second.Lend());
  Submit(Request::Read(File(), std::move(buffers), {.offset = 0}));
  Turn();
  engine().Shutdown({.budget = Duration::zero()});
  port().TouchMemory();  // follows the array; ASan sees a freed one
  EXPECT_TRUE(results().at(0).buffers.empty());
  DestroyEngine();
  EXPECT_EQ(first.releases() + second.releases(), 0);
}

TEST_F(EngineShutdownTest, G03_WhatTheKernelDoesNotHoldComesBack) {
  Start({.in_flight_capacity = 1}, LeavesOperations());
  const RequestId flying = Submit(Receive(8));
  const RequestId queued = Submit(Read(8));
  const RequestId sleeping = Submit(Request::Sleep(kNever));
  Turn();
  const ShutdownReport report = engine().Shutdown({.budget = Duration::zero()});
  EXPECT_EQ(report.abandoned, 3u);
  EXPECT_EQ(report.quarantined, 1u);
  EXPECT_EQ(OutcomeOf(sleeping), Ended(OutcomeKind::kAbandoned));
  EXPECT_EQ(Find(flying)->buffer.size(), 0u);
  EXPECT_EQ(Find(queued)->buffer.size(), 8u);
  EXPECT_EQ(port().submitted().size(), 1u);
}

TEST_F(EngineShutdownTest, G12_AnExhaustedBudgetIssuesNothingMore) {
  Start();
  TrackedMemory& memory = NewMemory(8);
  const RequestId fresh =
      Submit(Request::Write(File(), memory.Lend(), {.offset = 0}));
  const ShutdownReport report = engine().Shutdown({.budget = Duration::zero()});
  EXPECT_EQ(report.abandoned, 1u);
  EXPECT_EQ(report.quarantined, 0u);
  EXPECT_TRUE(port().submitted().empty());
  EXPECT_EQ(Find(fresh)->buffer.data(), memory.data());
}

TEST_F(EngineShutdownTest, G12_AnExhaustedBudgetContinuesNothing) {
  Start();
  const RequestId read = Submit(Read(8));
  Turn();
  port().Complete(Op(0), 3);
  Turn();
  engine().Shutdown({.budget = Duration::zero()});
  EXPECT_EQ(OutcomeOf(read), Ended(OutcomeKind::kAbandoned, 3));
  EXPECT_EQ(Find(read)->buffer.size(), 8u);
  EXPECT_EQ(port().submitted().size(), 1u);
}

TEST_F(EngineShutdownTest, G12_WhatHasCompletedByTheEndOfTheBudgetCounts) {
  Start({}, LeavesOperations());
  const RequestId done = Submit(Read(8));
  const RequestId stuck = Submit(Receive(8));
  Turn();
  port().Complete(Op(0), 8);
  engine().Shutdown({.budget = Duration::zero()});
  EXPECT_EQ(OutcomeOf(done), Ok(8));
  EXPECT_EQ(OutcomeOf(stuck), Ended(OutcomeKind::kAbandoned));
}

TEST_F(EngineShutdownTest, G12_ABudgetBoundsASleepThatNothingEnds) {
  Start();
  const RequestId sleep = Submit(Request::Sleep(kNever));
  EXPECT_EQ(engine().Shutdown({.budget = milliseconds(50)}).abandoned, 1u);
  EXPECT_EQ(OutcomeOf(sleep), Ended(OutcomeKind::kAbandoned));
  EXPECT_EQ(engine().Now(), At(50));
}

TEST_F(EngineShutdownTest, G12_WithoutABudgetASleepThatNothingEndsIsAbandoned) {
  Start();
  const RequestId read = Submit(Read(8));
  const RequestId sleep = Submit(Request::Sleep(kNever));
  CompleteWhenAsleep(milliseconds(1));
  EXPECT_EQ(engine().Shutdown().abandoned, 1u);
  EXPECT_EQ(OutcomeOf(read), Ok(8));
  EXPECT_EQ(OutcomeOf(sleep), Ended(OutcomeKind::kAbandoned));
}

TEST_F(EngineShutdownTest, CancelFirstEndsWhatCanBeCancelled) {
  Start({.in_flight_capacity = 1}, {.cancel_policy = sim::CancelPolicy::kWin});
  Submit(Receive(8));
  Submit(Write(8));
  Submit(Request::Sleep(kNever));
  Turn();
  EXPECT_EQ(engine()
                .Shutdown({.budget = std::nullopt, .cancel_first = true})
                .abandoned,
            0u);
  ASSERT_EQ(results().size(), 3u);
  for (const Result& result : results()) {
    EXPECT_EQ(result.outcome, Ended(OutcomeKind::kCancelled));
  }
}

TEST_F(EngineShutdownTest, RefusesNewRequestsFromThenOn) {
  Start();
  absl::Status inside;
  ASSERT_TRUE(engine()
                  .Submit(Read(8),
                          [&](Result&&) {
                            Request request = Read(8);
                            inside = TrySubmit(request).status();
                          })
                  .ok());
  Turn();
  port().Complete(Op(0), 8);
  engine().Shutdown();
  EXPECT_TRUE(absl::IsFailedPrecondition(inside)) << inside;
  for (Request& request : std::vector<Request>(2)) {
    EXPECT_TRUE(absl::IsFailedPrecondition(TrySubmit(request).status()));
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(engine().Turn(Wait::None())));
}

TEST_F(EngineShutdownTest, FurtherCallsRepeatTheReport) {
  Start({}, LeavesOperations());
  Submit(Receive(8));
  Turn();
  engine().Shutdown({.budget = Duration::zero()});
  const ShutdownReport again = engine().Shutdown();
  EXPECT_EQ(again.abandoned, 1u);
  EXPECT_EQ(again.quarantined, 1u);
  EXPECT_EQ(results().size(), 1u);
}

TEST_F(EngineShutdownTest, G01_TheDestructorGivesEveryRequestItsOutcome) {
  Start({.in_flight_capacity = 1}, LeavesOperations());
  const RequestId flying = Submit(Receive(8));
  Turn();
  const RequestId queued = Submit(Read(8).WithDeadline(At(5)));
  DestroyEngine();
  EXPECT_EQ(OutcomeOf(flying), Ended(OutcomeKind::kAbandoned));
  EXPECT_EQ(OutcomeOf(queued), Ended(OutcomeKind::kAbandoned));
}

TEST_F(EngineShutdownTest, G11_AFatalPortGivesEveryRequestItsOutcome) {
  Start({.in_flight_capacity = 1}, LeavesOperations());
  const RequestId flying = Submit(Receive(8));
  const RequestId queued = Submit(Read(8));
  const RequestId sleeping = Submit(Request::Sleep(At(1000)));
  Turn();
  const absl::Status dead = absl::InternalError("the ring is gone");
  port().FailNextReap(dead);
  EXPECT_EQ(engine().Turn(Wait::Forever()), dead);
  for (const RequestId id : {flying, queued, sleeping}) {
    EXPECT_EQ(OutcomeOf(id), Ended(OutcomeKind::kAbandoned));
  }
  EXPECT_EQ(Find(queued)->buffer.size(), 8u);
  EXPECT_EQ(engine().status(), dead);
  EXPECT_EQ(engine().live(), 0u);
}

TEST_F(EngineShutdownTest, G11_AfterAFatalErrorTheEngineRefusesWithTheReason) {
  Start();
  port().FailNextReap(absl::InternalError("the ring is gone"));
  Submit(Read(0));
  EXPECT_FALSE(engine().RunUntilIdle().ok());
  Request request = Read(8);
  const absl::Status refused = TrySubmit(request).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_NE(refused.message().find("the ring is gone"), std::string::npos);
  EXPECT_FALSE(engine().Turn(Wait::None()).ok());
  EXPECT_EQ(engine().Shutdown().abandoned, 0u);
  EXPECT_EQ(OutcomeOf(results().at(0).id), Ok(0));  // it had its outcome
}

TEST_F(EngineShutdownTest, G11_AFatalErrorWhileDrainingEndsTheDrain) {
  Start({}, LeavesOperations());
  Submit(Receive(8));
  Turn();
  port().FailNextReap(absl::InternalError("the ring is gone"));
  const ShutdownReport report = engine().Shutdown();
  EXPECT_EQ(report.abandoned, 1u);
  EXPECT_EQ(results().size(), 1u);
}

TEST_F(EngineShutdownTest, G16_ADroppedRequestIsAbandonedInSilence) {
  TrackedMemory& memory = NewMemory(8);
  Start({}, LeavesOperations());
  const RequestId write =
      Submit(Request::Write(File(), memory.Lend(), {.offset = 0}));
  Turn();
  EXPECT_TRUE(engine().Drop(write));
  EXPECT_EQ(engine().Shutdown({.budget = Duration::zero()}).quarantined, 1u);
  DestroyEngine();
  EXPECT_TRUE(results().empty());
  EXPECT_EQ(memory.releases(), 0);
}

}  // namespace
}  // namespace wharf::testing_support
