// Goal: the order of things within a turn and the promises about when a
// callback runs (G1, G8). Method: an engine on the scripted port.

#include <chrono>
#include <vector>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

using std::chrono::milliseconds;

class EngineTurnTest : public EngineFixture {
 protected:
  std::vector<NativeHandle> SubmittedHandles() {
    std::vector<NativeHandle> handles;
    for (const Operation& operation : port().submitted()) {
      handles.push_back(operation.handle);
    }
    return handles;
  }
  static Request ReadFrom(NativeHandle handle, uint64_t bytes = 8) {
    return Request::Read(Handle::Borrow(handle), Buffer::Allocate(bytes),
                         {.offset = 0});
  }
};

TEST_F(EngineTurnTest, CreateNamesWhatIsWrongWithItsArguments) {
  EXPECT_TRUE(absl::IsInvalidArgument(Engine::Create(nullptr, {}).status()));
  const EngineOptions bad[] = {{.in_flight_capacity = 0},
                               {.in_flight_capacity = (1u << 20) + 1},
                               {.max_requests = 0},
                               {.max_requests = (1u << 24) + 1},
                               {.max_remote_requests = (1u << 20) + 1},
                               {.tick = Duration(999)},
                               {.tick = std::chrono::hours(1) + Duration(1)}};
  for (const EngineOptions& options : bad) {
    const absl::Status status =
        Engine::Create(std::make_unique<sim::ScriptedPort>(), options).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  }
}

TEST_F(EngineTurnTest, G01_OutcomeComesOnceAndInALaterTurn) {
  Start();
  Submit(Read(8));
  EXPECT_TRUE(results().empty());
  Turn();
  EXPECT_TRUE(results().empty());
  port().Complete(Op(0), 8);
  EXPECT_TRUE(results().empty());
  Turn();
  ASSERT_EQ(results().size(), 1u);
  EXPECT_EQ(results()[0].outcome, Ok(8));
  Turn();
  EXPECT_EQ(results().size(), 1u);
  EXPECT_EQ(engine().live(), 0u);
}

TEST_F(EngineTurnTest, G01_NeverInsideSubmitEvenWithoutAnOperation) {
  Start();
  const RequestId empty = Submit(Read(0));
  EXPECT_TRUE(results().empty());
  EXPECT_EQ(engine().live(), 1u);
  Turn();
  EXPECT_EQ(OutcomeOf(empty), Ok(0));
}

TEST_F(EngineTurnTest, G01_OutcomesFollowTheOrderOfCompletions) {
  Start();
  const RequestId a = Submit(Read(8));
  const RequestId b = Submit(Read(8));
  const RequestId c = Submit(Read(8));
  Turn();
  for (const std::size_t n : {2, 0, 0}) {
    const OperationId id = Op(n);
    port().Complete(id, 8);
  }
  Turn();
  ASSERT_EQ(results().size(), 3u);
  EXPECT_EQ(results()[0].id, c);
  EXPECT_EQ(results()[1].id, a);
  EXPECT_EQ(results()[2].id, b);
}

TEST_F(EngineTurnTest, G01_AllCompletionsAreJudgedBeforeTheFirstCallback) {
  Start();
  RequestId second;
  bool second_could_be_cancelled = true;
  ASSERT_TRUE(engine()
                  .Submit(Read(8),
                          [&](Result&&) {
                            second_could_be_cancelled = engine().Cancel(second);
                          })
                  .ok());
  second = Submit(Read(8));
  Turn();
  const OperationId ids[] = {Op(0), Op(1)};
  for (const OperationId id : ids) port().Complete(id, 8);
  Turn();
  EXPECT_FALSE(second_could_be_cancelled);
  EXPECT_EQ(OutcomeOf(second), Ok(8));
}

TEST_F(EngineTurnTest, G01_MoreToComeDoesNotEndTheOperation) {
  Start();
  const RequestId read = Submit(Read(8));
  Turn();
  port().Complete(Op(0), 8, 0, kCompletionMore);
  Turn();
  EXPECT_TRUE(results().empty());
  EXPECT_EQ(engine().in_flight(), 1u);
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ok(8));
}

TEST_F(EngineTurnTest, G08_FreshRequestsAreStagedInTheirOrder) {
  Start({.in_flight_capacity = 2});
  for (int i = 10; i < 15; ++i) Submit(ReadFrom(i));
  while (engine().live() > 0) {
    Turn();
    port().Complete(Op(in_flight() - 1), 8);  // the younger one first
    Turn();
  }
  EXPECT_EQ(SubmittedHandles(),
            (std::vector<NativeHandle>{10, 11, 12, 13, 14}));
}

TEST_F(EngineTurnTest, G08_ContinuingRequestsGoBeforeFreshOnes) {
  Start({.in_flight_capacity = 3});
  Submit(ReadFrom(10));
  Submit(ReadFrom(11));
  Turn();
  const OperationId ids[] = {Op(0), Op(1)};
  port().Complete(ids[1], 4);  // short: continues
  port().Complete(ids[0], 4);  // short: continues, behind the other
  Turn();
  Submit(ReadFrom(12));
  Turn();
  EXPECT_EQ(SubmittedHandles(),
            (std::vector<NativeHandle>{10, 11, 11, 10, 12}));
}

TEST_F(EngineTurnTest, G08_ACancelIsPassedOnWhateverIsFull) {
  Start({.in_flight_capacity = 1, .max_requests = 2});
  const RequestId flying = Submit(Read(8));
  const RequestId queued = Submit(Read(8));
  Turn();
  port().LimitNextSubmit(0);
  EXPECT_TRUE(engine().Cancel(flying));
  EXPECT_EQ(port().cancels(), std::vector<OperationId>{Op(0)});
  EXPECT_TRUE(engine().Cancel(queued));
  Turn();
  EXPECT_EQ(OutcomeOf(queued), Ended(OutcomeKind::kCancelled));
}

TEST_F(EngineTurnTest, BackpressureKeepsTheOrderAndDoesNotSleep) {
  Start();
  Submit(ReadFrom(9));
  Turn();
  for (int i = 10; i < 14; ++i) Submit(ReadFrom(i));
  port().LimitNextSubmit(1);
  ASSERT_TRUE(engine().Turn(Wait::Forever()).ok());
  EXPECT_EQ(port().last_wait().until, Time::min());
  EXPECT_EQ(engine().stats().backpressure, 3u);
  port().LimitNextSubmit(0);
  Turn();
  Turn();
  EXPECT_EQ(SubmittedHandles(), (std::vector<NativeHandle>{9, 10, 11, 12, 13}));
}

TEST_F(EngineTurnTest, BackpressureOnAContinuingRequestHoldsFreshOnesBack) {
  Start();
  Submit(ReadFrom(10));
  Submit(ReadFrom(11));
  Turn();
  port().Complete(Op(0), 4);
  Turn();
  Submit(ReadFrom(12));
  port().LimitNextSubmit(0);
  Turn();
  EXPECT_EQ(SubmittedHandles(), (std::vector<NativeHandle>{10, 11}));
  Turn();
  EXPECT_EQ(SubmittedHandles(), (std::vector<NativeHandle>{10, 11, 10, 12}));
}

TEST_F(EngineTurnTest, OperationsBeyondOneBatchAreAllStaged) {
  Start({.in_flight_capacity = 100});
  for (int i = 0; i < 100; ++i) Submit(ReadFrom(i));
  Turn();
  const std::vector<NativeHandle> handles = SubmittedHandles();
  ASSERT_EQ(handles.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(handles[i], i);
}

TEST_F(EngineTurnTest, CompletionsBeyondOneBatchWaitForTheNextTurn) {
  Start({.in_flight_capacity = 80});
  for (int i = 0; i < 80; ++i) Submit(Read(8));
  Turn();
  for (const Operation& operation : port().in_flight()) {
    port().Complete(operation.id, 8);
  }
  Turn();
  EXPECT_EQ(results().size(), 64u);
  Turn();
  EXPECT_EQ(results().size(), 80u);
}

TEST_F(EngineTurnTest, ASpuriousReapChangesNothing) {
  Start();
  const RequestId read = Submit(Read(8));
  Turn();
  port().Complete(Op(0), 8);
  port().SkipReaps(2);
  Turn();
  Turn();
  EXPECT_TRUE(results().empty());
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ok(8));
}

TEST_F(EngineTurnTest, ACallbackMaySubmitItsSuccessorInAFullEngine) {
  Start({.in_flight_capacity = 1, .max_requests = 1});
  absl::StatusOr<RequestId> successor = absl::UnknownError("not submitted");
  ASSERT_TRUE(engine()
                  .Submit(Read(8),
                          [&](Result&&) {
                            Request request = Read(8);
                            successor = TrySubmit(request);
                          })
                  .ok());
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  ASSERT_TRUE(successor.ok()) << successor.status();
  EXPECT_EQ(engine().live(), 1u);
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(*successor), Ok(8));
}

TEST_F(EngineTurnTest, ARequestThatEndsAtOnceWaitsForTheNextTurnInACallback) {
  Start();
  int deliveries = 0;
  struct Chain {
    static void Next(Engine& engine, int& deliveries) {
      // Refused in the end, by the engine's destructor.
      (void)engine.Submit(Read(0), [&engine, &deliveries](Result&&) {
        ++deliveries;
        Next(engine, deliveries);
      });
    }
  };
  Chain::Next(engine(), deliveries);
  for (int turn = 1; turn <= 3; ++turn) {
    Turn();
    EXPECT_EQ(deliveries, turn);  // an endless chain must not hold the turn
  }
  DestroyEngine();
}

TEST_F(EngineTurnTest, InAFullEngineEveryCallbackMaySubmitWhatEndsAtOnce) {
  constexpr int kMany = 100;
  Start({.max_requests = kMany, .max_remote_requests = 0});
  for (int i = 0; i < kMany; ++i) {
    ASSERT_TRUE(engine()
                    .Submit(Read(0),
                            [this](Result&& result) {
                              Submit(Read(0));
                              results().push_back(std::move(result));
                            })
                    .ok());
  }
  Turn();
  EXPECT_EQ(results().size(), std::size_t{kMany});
  EXPECT_EQ(engine().live(), uint64_t{kMany});
  Turn();
  EXPECT_EQ(results().size(), std::size_t{2 * kMany});
  EXPECT_EQ(engine().live(), 0u);
}

TEST_F(EngineTurnTest, ACallbackMayCancelAndDropOthersOfItsBatch) {
  Start();
  RequestId others[2];
  ASSERT_TRUE(engine()
                  .Submit(Read(8),
                          [&](Result&&) {
                            EXPECT_FALSE(engine().Cancel(others[0]));
                            EXPECT_TRUE(engine().Drop(others[1]));
                            EXPECT_FALSE(engine().Drop(others[1]));
                          })
                  .ok());
  for (RequestId& other : others) other = Submit(Read(8));
  Turn();
  for (const Operation& operation : port().in_flight()) {
    port().Complete(operation.id, 8);
  }
  Turn();
  EXPECT_EQ(OutcomeOf(others[0]), Ok(8));
  EXPECT_EQ(OutcomeOf(others[1]), std::nullopt);
  EXPECT_EQ(engine().live(), 0u);
}

TEST_F(EngineTurnTest, ACallbackCannotTurnOrShutDown) {
  Start();
  absl::Status turned, ran;
  ASSERT_TRUE(engine()
                  .Submit(Read(0),
                          [&](Result&&) {
                            turned = engine().Turn(Wait::None());
                            Submit(Read(0));
                            ran = engine().RunUntilIdle();
                            engine().Shutdown();
                          })
                  .ok());
  Turn();
  EXPECT_TRUE(absl::IsFailedPrecondition(turned));
  EXPECT_TRUE(absl::IsFailedPrecondition(ran));
  EXPECT_FALSE(port().closed());
  Turn();
  EXPECT_EQ(results().size(), 1u);
}

TEST_F(EngineTurnTest, ATurnDoesNotSleepWithNothingToWaitFor) {
  Start();
  ASSERT_TRUE(engine().Turn(Wait::Until(At(1000))).ok());
  EXPECT_EQ(engine().Now(), At(0));
  ASSERT_TRUE(engine().Turn(Wait::Forever()).ok());
  EXPECT_EQ(port().stuck_reaps(), 0u);
}

TEST_F(EngineTurnTest, ATurnSleepsUntilItsLimitOrTheNextDeadline) {
  Start();
  Submit(Read(8).WithDeadline(At(50)));
  Turn();
  ASSERT_TRUE(engine().Turn(Wait::Until(At(20))).ok());
  EXPECT_EQ(engine().Now(), At(20));
  ASSERT_TRUE(engine().Turn(Wait::Forever()).ok());
  EXPECT_EQ(engine().Now(), At(50));
  EXPECT_EQ(port().cancels().size(), 1u);
}

TEST_F(EngineTurnTest, ATurnDoesNotSleepOnOutcomesThatWaitForDelivery) {
  Start();
  Submit(Read(8));
  Turn();
  Submit(Read(0));
  ASSERT_TRUE(engine().Turn(Wait::Forever()).ok());
  EXPECT_EQ(results().size(), 1u);
  EXPECT_EQ(port().stuck_reaps(), 0u);
}

TEST_F(EngineTurnTest, RunUntilIdleEndsWithTheLastRequest) {
  Start();
  for (int i = 1; i <= 3; ++i) Submit(Read(8));
  Submit(Request::Sleep(At(70)));
  port().OnIdle([this](Time) {
    if (in_flight() > 0) port().Complete(Op(0), 8);
  });
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  EXPECT_EQ(results().size(), 4u);
  EXPECT_EQ(engine().Now(), At(70));
}

TEST_F(EngineTurnTest, StatsCountWhatHappened) {
  Start({.max_requests = 2});
  Submit(Read(8));
  Submit(Read(8));
  Request third = Read(8);
  EXPECT_FALSE(TrySubmit(third).ok());
  Turn();
  port().Complete(Op(0), 4);
  Turn();
  Turn();
  const OperationId ids[] = {Op(0), Op(1)};
  port().CompleteWithError(ids[0], Error::kIo);
  port().Complete(ids[1], 4);
  Turn();
  const EngineStats& stats = engine().stats();
  EXPECT_EQ(stats.refused, 1u);
  EXPECT_EQ(stats.operations, 3u);
  EXPECT_EQ(stats.continued, 1u);
  EXPECT_EQ(stats.outcomes[static_cast<int>(OutcomeKind::kOk)], 1u);
  EXPECT_EQ(stats.outcomes[static_cast<int>(OutcomeKind::kError)], 1u);
  EXPECT_EQ(stats.turns, 4u);
}

TEST_F(EngineTurnTest, RunningWithNothingThatCouldEndSaysSo) {
  Start();
  const RequestId sleep = Submit(Request::Sleep(kNever));
  EXPECT_TRUE(absl::IsFailedPrecondition(engine().RunUntilIdle()));
  EXPECT_TRUE(absl::IsFailedPrecondition(engine().Run()));
  EXPECT_TRUE(engine().Cancel(sleep));
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  EXPECT_EQ(OutcomeOf(sleep), Ended(OutcomeKind::kCancelled));
}

}  // namespace
}  // namespace wharf::testing_support
