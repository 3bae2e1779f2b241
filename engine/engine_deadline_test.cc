// Goal: a deadline fires when it should, once, wherever its request is, and
// never against a success (G4 to G6, G9). Method: an engine on the scripted
// port, whose clock moves only when the test or a sleep moves it.

#include <chrono>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

using EngineDeadlineTest = EngineFixture;

TEST_F(EngineDeadlineTest, NeverReadyReceiveTimesOut) {
  Start({}, {.cancel_policy = sim::CancelPolicy::kWin});
  const RequestId receive = Submit(Receive(8).WithDeadline(At(50)));
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  EXPECT_EQ(OutcomeOf(receive), Ended(OutcomeKind::kDeadline));
  EXPECT_EQ(engine().Now(), At(50));
  EXPECT_EQ(Find(receive)->buffer.size(), 8u);
}

TEST_F(EngineDeadlineTest, G06_NeverEarlyAndAtMostOneTickLate) {
  Start({.tick = milliseconds(10)}, {.cancel_policy = sim::CancelPolicy::kWin});
  for (int64_t us : {0, 1, 4999, 9999, 10000, 10001, 25000, 99999, 640000}) {
    const Time deadline = engine().Now() + microseconds(us);
    Time ended;
    ASSERT_TRUE(engine()
                    .Submit(Receive(8).WithDeadline(deadline),
                            [&](Result&& result) {
                              ended = engine().Now();
                              EXPECT_EQ(result.outcome.kind,
                                        OutcomeKind::kDeadline);
                            })
                    .ok());
    EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
    EXPECT_GE(ended, deadline) << us;
    EXPECT_LE(ended, deadline + milliseconds(10)) << us;
    port().clock().Advance(microseconds(3333));  // another phase of the tick
  }
}

TEST_F(EngineDeadlineTest, G06_ATurnJustBeforeTheDeadlineDoesNotFire) {
  Start({.tick = milliseconds(10)});
  const RequestId read = Submit(Read(8).WithDeadline(At(15)));
  Turn();
  port().clock().AdvanceTo(At(20) - Duration(1));
  Turn();
  EXPECT_TRUE(port().cancels().empty());
  port().clock().AdvanceTo(At(20));
  Turn();
  EXPECT_EQ(port().cancels().size(), 1u);
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ok(8));
}

TEST_F(EngineDeadlineTest, G05_PassedDeadlineMeansNoOperation) {
  Start();
  port().clock().AdvanceTo(At(100));
  const RequestId past = Submit(Read(8).WithDeadline(At(99)));
  const RequestId ancient = Submit(Read(8).WithDeadline(Time::min()));
  const RequestId now = Submit(Read(8).WithDeadline(At(100)));
  Turn();
  for (const RequestId id : {past, ancient, now}) {
    EXPECT_EQ(OutcomeOf(id), Ended(OutcomeKind::kDeadline));
    EXPECT_EQ(Find(id)->buffer.size(), 8u);
  }
  EXPECT_TRUE(port().submitted().empty());
}

TEST_F(EngineDeadlineTest, G05_FiresInTheQueueWithoutAnOperation) {
  Start({.in_flight_capacity = 1});
  const RequestId blocker = Submit(Receive(8));
  const RequestId queued = Submit(Read(8).WithDeadline(At(10)));
  TurnUntil(At(10));
  EXPECT_EQ(OutcomeOf(queued), Ended(OutcomeKind::kDeadline));
  EXPECT_EQ(OutcomeOf(blocker), std::nullopt);
  EXPECT_EQ(port().submitted().size(), 1u);
  EXPECT_TRUE(port().cancels().empty());
}

TEST_F(EngineDeadlineTest, G05_FiresBetweenTwoOperationsOfTheRequest) {
  Start();
  const RequestId read = Submit(Read(100).WithDeadline(At(10)));
  Turn();
  port().Complete(Op(0), 40);
  Turn();
  port().clock().AdvanceTo(At(10));
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ended(OutcomeKind::kDeadline, 40));
  EXPECT_EQ(port().submitted().size(), 1u);
  EXPECT_TRUE(port().cancels().empty());
  EXPECT_EQ(engine().in_flight(), 0u);
}

TEST_F(EngineDeadlineTest, G05_PartialAfterTheDeadlineIsNotContinued) {
  Start();
  const RequestId receive = Submit(Receive(100).WithDeadline(At(10)));
  TurnUntil(At(10));
  port().Complete(Op(0), 40);
  Turn();
  Turn();
  EXPECT_EQ(OutcomeOf(receive), Ended(OutcomeKind::kDeadline, 40));
  EXPECT_EQ(port().submitted().size(), 1u);
}

TEST_F(EngineDeadlineTest, G04_CompleteSuccessBeatsDeadline) {
  Start({}, {.cancel_policy = sim::CancelPolicy::kLose});
  const RequestId read = Submit(Read(8).WithDeadline(At(10)));
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  EXPECT_EQ(port().cancels().size(), 1u);
  EXPECT_EQ(OutcomeOf(read), Ok(8));
}

TEST_F(EngineDeadlineTest, G04_CompletionThatIsThereAtTheDeadlineWins) {
  Start();
  const RequestId read = Submit(Read(8).WithDeadline(At(10)));
  Turn();
  port().clock().AdvanceTo(At(10));
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ok(8));
}

TEST_F(EngineDeadlineTest, CoversTheWholeRequestNotOneOperation) {
  Start({}, {.cancel_policy = sim::CancelPolicy::kWin});
  const RequestId receive = Submit(Receive(100).WithDeadline(At(50)));
  for (int ms = 10; ms <= 40; ms += 10) {
    TurnUntil(At(ms));
    port().Complete(Op(0), 10);
    Turn();
  }
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  EXPECT_EQ(OutcomeOf(receive), Ended(OutcomeKind::kDeadline, 40));
  EXPECT_EQ(engine().Now(), At(50));
}

TEST_F(EngineDeadlineTest, ExactReceiveAddsUpItsParts) {
  Start();
  const RequestId receive = Submit(Receive(100).WithDeadline(At(50)));
  Turn();
  port().Complete(Op(0), 40);
  Turn();
  Turn();
  EXPECT_EQ(port().Find(Op(0))->length, 60u);
  port().Complete(Op(0), 60);
  Turn();
  EXPECT_EQ(OutcomeOf(receive), Ok(100));
}

TEST_F(EngineDeadlineTest, NothingIsLeftOfTheDeadlineOfAnEndedRequest) {
  Start({.max_requests = 1, .max_remote_requests = 0});
  Submit(Read(8).WithDeadline(At(20)));
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  const RequestId successor = Submit(Read(8).WithDeadline(At(200)));
  TurnUntil(At(100));
  EXPECT_TRUE(port().cancels().empty());
  EXPECT_EQ(OutcomeOf(successor), std::nullopt);
  TurnUntil(At(200));
  EXPECT_EQ(port().cancels().size(), 1u);
  port().CompleteWithError(Op(0), Error::kCancelled);
  Turn();
  EXPECT_EQ(OutcomeOf(successor), Ended(OutcomeKind::kDeadline));
}

TEST_F(EngineDeadlineTest, AFarDeadlineIsKeptAndNotClamped) {
  Start({.tick = milliseconds(1)}, {.cancel_policy = sim::CancelPolicy::kWin});
  const Time far = At(int64_t{100} * 365 * 24 * 3600 * 1000);  // 100 years
  const RequestId receive = Submit(Receive(8).WithDeadline(far));
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  EXPECT_EQ(OutcomeOf(receive), Ended(OutcomeKind::kDeadline));
  EXPECT_EQ(engine().Now(), far);
  EXPECT_LT(engine().stats().turns, 20u);
}

TEST_F(EngineDeadlineTest, EqualDeadlinesEndInTheOrderOfSubmission) {
  Start({.in_flight_capacity = 1});
  Submit(Receive(8));
  RequestId ids[5];
  for (RequestId& id : ids) id = Submit(Read(8).WithDeadline(At(10)));
  TurnUntil(At(10));
  ASSERT_EQ(results().size(), 5u);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(results()[i].id, ids[i]);
}

TEST_F(EngineDeadlineTest,
       G17_ManyTimedReceivesBehindASmallCapacityAllTimeOut) {
  Start({.in_flight_capacity = 8}, {.cancel_policy = sim::CancelPolicy::kLate});
  for (int i = 0; i < 64; ++i) Submit(Receive(8).WithDeadline(At(20)));
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  ASSERT_EQ(results().size(), 64u);
  for (const Result& result : results()) {
    EXPECT_EQ(result.outcome, Ended(OutcomeKind::kDeadline));
  }
  EXPECT_LE(engine().Now(), At(22));
  EXPECT_EQ(port().submitted().size(), 8u);
}

TEST_F(EngineDeadlineTest, TheClockIsNotReadWhileThereIsNoDeadline) {
  Start();
  const uint64_t before = injector().clock_reads();
  Submit(Read(8));
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(injector().clock_reads(), before);
}

TEST_F(EngineDeadlineTest, SleepEndsOkAtItsTime) {
  Start();
  const RequestId second = Submit(Request::Sleep(At(20)));
  const RequestId first = Submit(Request::Sleep(At(10)));
  const RequestId past = Submit(Request::Sleep(Time::min()));
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  ASSERT_EQ(results().size(), 3u);
  EXPECT_EQ(results()[0].id, past);
  EXPECT_EQ(results()[1].id, first);
  EXPECT_EQ(results()[2].id, second);
  for (const Result& result : results()) EXPECT_EQ(result.outcome, Ok());
  EXPECT_TRUE(port().submitted().empty());
}

TEST_F(EngineDeadlineTest, APollGivesUpAtItsDeadline) {
  Start({}, {.cancel_policy = sim::CancelPolicy::kWin});
  const RequestId poll =
      Submit(Request::Poll(Stream(), kPollReadable).WithDeadline(At(10)));
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  EXPECT_EQ(OutcomeOf(poll), Ended(OutcomeKind::kDeadline));
}

TEST_F(EngineDeadlineTest, G05_FiresWhileTheRequestWaitsForReadiness) {
  Start({}, {.cancel_policy = sim::CancelPolicy::kWin});
  const RequestId send = Submit(Send(8).WithDeadline(At(10)));
  Turn();
  port().CompleteWithError(Op(0), Error::kWouldBlock);
  Turn();
  Turn();
  ASSERT_EQ(port().Find(Op(0))->opcode, Opcode::kPoll);
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  EXPECT_EQ(OutcomeOf(send), Ended(OutcomeKind::kDeadline));
  EXPECT_EQ(port().submitted().size(), 2u);
}

}  // namespace
}  // namespace wharf::testing_support
