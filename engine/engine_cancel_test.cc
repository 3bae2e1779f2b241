// Goal: a cancel ends its request early or not at all, once, and never touches
// another (G4, G5, G9, G13). Method: an engine on the scripted port.

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

using EngineCancelTest = EngineFixture;

TEST_F(EngineCancelTest, QueuedRequestEndsWithoutAnOperation) {
  Start();
  const RequestId read = Submit(Read(8));
  EXPECT_TRUE(engine().Cancel(read));
  EXPECT_TRUE(results().empty());  // G1: not inside the call
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ended(OutcomeKind::kCancelled));
  EXPECT_EQ(Find(read)->buffer.size(), 8u);
  EXPECT_TRUE(port().submitted().empty());
  EXPECT_TRUE(port().cancels().empty());
}

TEST_F(EngineCancelTest, InFlightRequestEndsOnlyWithItsOwnCompletion) {
  Start();
  const RequestId read = Submit(Read(8));
  Turn();
  EXPECT_TRUE(engine().Cancel(read));
  EXPECT_EQ(port().cancels(), std::vector<OperationId>{Op(0)});
  Turn();
  EXPECT_TRUE(results().empty());
  port().CompleteWithError(Op(0), Error::kCancelled);
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ended(OutcomeKind::kCancelled));
}

TEST_F(EngineCancelTest, G05_ContinuingRequestEndsWithoutAnotherOperation) {
  Start();
  const RequestId read = Submit(Read(8));
  Turn();
  port().Complete(Op(0), 3);
  Turn();
  EXPECT_TRUE(engine().Cancel(read));
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ended(OutcomeKind::kCancelled, 3));
  EXPECT_EQ(port().submitted().size(), 1u);
  EXPECT_TRUE(port().cancels().empty());
}

TEST_F(EngineCancelTest, SleepEnds) {
  Start();
  const RequestId sleep = Submit(Request::Sleep(kNever));
  EXPECT_TRUE(engine().Cancel(sleep));
  Turn();
  EXPECT_EQ(OutcomeOf(sleep), Ended(OutcomeKind::kCancelled));
}

TEST_F(EngineCancelTest, G04_CompleteSuccessBeatsCancel) {
  Start({}, {.cancel_policy = sim::CancelPolicy::kLose});
  const RequestId read = Submit(Read(8));
  Turn();
  EXPECT_TRUE(engine().Cancel(read));
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ok(8));
}

TEST_F(EngineCancelTest, G04_SomeBytesCompleteARequestThatWantsSome) {
  Start();
  const RequestId receive = Submit(Receive(8, {.extent = Extent::kSome}));
  Turn();
  engine().Cancel(receive);
  port().Complete(Op(0), 3);
  Turn();
  EXPECT_EQ(OutcomeOf(receive), Ok(3));
}

TEST_F(EngineCancelTest, G04_EndOfStreamBeatsCancel) {
  Start();
  const RequestId receive = Submit(Receive(8));
  Turn();
  engine().Cancel(receive);
  port().Complete(Op(0), 0);
  Turn();
  EXPECT_EQ(OutcomeOf(receive), Ended(OutcomeKind::kEndOfStream));
}

TEST_F(EngineCancelTest, G05_PartialTransferAfterCancelIsNotContinued) {
  Start();
  const RequestId send = Submit(Send(8));
  Turn();
  engine().Cancel(send);
  port().Complete(Op(0), 5);
  Turn();
  Turn();
  EXPECT_EQ(OutcomeOf(send), Ended(OutcomeKind::kCancelled, 5));
  EXPECT_EQ(port().submitted().size(), 1u);
}

TEST_F(EngineCancelTest, G05_TransientAnswerAfterCancelIsNotRetried) {
  Start();
  for (const Error error : {Error::kInterrupted, Error::kWouldBlock}) {
    const RequestId receive = Submit(Receive(8));
    Turn();
    engine().Cancel(receive);
    port().CompleteWithError(Op(0), error);
    Turn();
    Turn();
    EXPECT_EQ(OutcomeOf(receive), Ended(OutcomeKind::kCancelled));
  }
  EXPECT_EQ(port().submitted().size(), 2u);
}

TEST_F(EngineCancelTest, G13_AnErrorThatRacedWithTheCancelIsThatError) {
  Start();
  const RequestId write = Submit(Write(8));
  Turn();
  engine().Cancel(write);
  port().CompleteWithError(Op(0), Error::kNoSpace);
  Turn();
  EXPECT_EQ(OutcomeOf(write), Failed(Error::kNoSpace));
}

TEST_F(EngineCancelTest, G13_CancelledThatNobodyAskedForIsAnError) {
  Start();
  const RequestId read = Submit(Read(8));
  const RequestId receive = Submit(Receive(8).WithDeadline(At(100)));
  Turn();
  const OperationId ids[] = {Op(0), Op(1)};
  for (const OperationId id : ids) {
    port().CompleteWithError(id, Error::kCancelled);
  }
  Turn();
  EXPECT_EQ(OutcomeOf(read), Failed(Error::kCancelled));
  EXPECT_EQ(OutcomeOf(receive), Failed(Error::kCancelled));
}

TEST_F(EngineCancelTest, OnlyTheFirstCancelCounts) {
  Start();
  const RequestId read = Submit(Read(8));
  Turn();
  EXPECT_TRUE(engine().Cancel(read));
  EXPECT_FALSE(engine().Cancel(read));
  EXPECT_EQ(port().cancels().size(), 1u);
  EXPECT_EQ(engine().stats().cancels, 1u);
  port().CompleteWithError(Op(0), Error::kCancelled);
  Turn();
  EXPECT_FALSE(engine().Cancel(read));
}

TEST_F(EngineCancelTest, FirstReasonToStopDecidesTheOutcome) {
  Start();
  const RequestId late = Submit(Read(8).WithDeadline(At(10)));
  const RequestId early = Submit(Read(8).WithDeadline(At(10)));
  Turn();
  EXPECT_TRUE(engine().Cancel(early));
  TurnUntil(At(11));
  EXPECT_FALSE(engine().Cancel(late));
  EXPECT_EQ(port().cancels().size(), 2u);  // once each
  const OperationId ids[] = {Op(0), Op(1)};
  for (const OperationId id : ids) {
    port().CompleteWithError(id, Error::kCancelled);
  }
  Turn();
  EXPECT_EQ(OutcomeOf(late), Ended(OutcomeKind::kDeadline));
  EXPECT_EQ(OutcomeOf(early), Ended(OutcomeKind::kCancelled));
}

TEST_F(EngineCancelTest, G09_AStaleIdentityDoesNotTouchTheNewOwner) {
  Start({.in_flight_capacity = 1, .max_requests = 1, .max_remote_requests = 0});
  const RequestId old = Submit(Read(8));
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  RequestId owner = Submit(Read(8));
  while (owner.index() != old.index()) {  // until the slot comes round again
    Turn();
    port().Complete(Op(0), 8);
    Turn();
    owner = Submit(Read(8));
  }
  Turn();
  EXPECT_FALSE(engine().Cancel(old));
  EXPECT_FALSE(engine().Drop(old));
  EXPECT_TRUE(port().cancels().empty());
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(owner), Ok(8));
}

TEST_F(EngineCancelTest, G09_IdentitiesThatWereNeverGivenOutNameNothing) {
  Start({.max_requests = 4, .max_remote_requests = 0});
  Submit(Read(8));
  for (const uint64_t value :
       {uint64_t{0}, uint64_t{1}, kIdMask, ~uint64_t{0}, kIdIndexMask,
        kIdGenerationUnit + 3, kIdGenerationUnit + 1000}) {
    EXPECT_FALSE(engine().Cancel(RequestId{value})) << value;
    EXPECT_FALSE(engine().Drop(RequestId{value})) << value;
  }
}

TEST_F(EngineCancelTest, G09_ALateCompletionDoesNotTouchTheSlotsNewOwner) {
  Start({.max_requests = 1, .max_remote_requests = 0});
  ExpectStrays(2);
  Submit(Read(8));
  Turn();
  const OperationId old = Op(0);
  port().Complete(old, 8);
  Turn();
  const RequestId owner = Submit(Read(16));
  Turn();
  ASSERT_EQ(old.index(), Op(0).index());
  injector().Inject({.id = old, .result = 8});
  injector().Inject(
      {.id = old, .result = -static_cast<int64_t>(Error::kCancelled)});
  Turn();
  EXPECT_EQ(results().size(), 1u);
  EXPECT_EQ(engine().in_flight(), 1u);
  port().Complete(Op(0), 16);
  Turn();
  EXPECT_EQ(OutcomeOf(owner), Ok(16));
}

TEST_F(EngineCancelTest, G09_ACompletionWithoutARequestIsCountedAndIgnored) {
  Start();
  ExpectStrays(3);
  const RequestId read = Submit(Read(8));
  injector().Inject({.id = OperationId{5}.Next(), .result = 8});
  injector().Inject({.id = OperationId{kIdIndexMask}, .result = 8});
  injector().Inject({.id = OperationId{~uint64_t{0}}, .result = 0});
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ok(8));
}

TEST_F(EngineCancelTest, G09_ACompletionSentTwiceCountsOnce) {
  Start();
  ExpectStrays(1);
  const RequestId read = Submit(Read(8));
  Turn();
  const OperationId id = Op(0);
  port().Complete(id, 3);
  Turn();  // continues: the slot waits for its next operation
  injector().Inject({.id = id, .result = 3});
  Turn();
  EXPECT_EQ(engine().in_flight(), 1u);
  port().Complete(Op(0), 5);
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ok(8));
}

TEST_F(EngineCancelTest, ALateCancelOfTheKernelStillEndsTheRequest) {
  Start({}, {.cancel_policy = sim::CancelPolicy::kLate,
             .late_cancel_delay = std::chrono::milliseconds(5)});
  const RequestId receive = Submit(Receive(8));
  Turn();
  engine().Cancel(receive);
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  EXPECT_EQ(engine().Now(), At(5));
  EXPECT_EQ(OutcomeOf(receive), Ended(OutcomeKind::kCancelled));
}

}  // namespace
}  // namespace wharf::testing_support
