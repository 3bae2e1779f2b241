// Known bugs of other engines about what happens next to a request: lost in a
// queue, retried wrongly, hit by something stale (R4, R6 to R9, R12, R14, R18
// to R20; README.md tells each story). Method: an engine on the scripted port.

#include <chrono>
#include <vector>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

class ProgressRegressions : public EngineFixture {
 protected:
  // Ends operations as they come, whenever the engine sleeps.
  void CompleteEverything() {
    port().OnIdle([this](Time) {
      for (const Operation& operation : port().in_flight()) {
        port().Complete(operation.id, 8);
      }
    });
  }
};

TEST_F(ProgressRegressions, R04_ADeadlineNeedsNoSecondPlaceInTheQueue) {
  Start();
  for (int i = 0; i < 4; ++i) Submit(Receive(8).WithDeadline(At(1000)));
  for (int i = 1; i <= 4; ++i) {
    port().LimitNextSubmit(1);  // one free place each time
    Turn();
    EXPECT_EQ(in_flight(), static_cast<std::size_t>(i));
  }
  CompleteEverything();
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  for (const Result& result : results()) EXPECT_EQ(result.outcome, Ok(8));
}

TEST_F(ProgressRegressions, R06_AReapThatBringsNothingIsNotAnError) {
  Start();
  const RequestId read = Submit(Read(8));
  Turn();
  port().SkipReaps(100);  // as after EINTR, EAGAIN or EBUSY
  for (int i = 0; i < 100; ++i) Turn();
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ok(8));
}

TEST_F(ProgressRegressions, R07_AnInterruptedOperationIsIssuedAgain) {
  Start();
  Request requests[] = {Read(8),
                        Write(8),
                        Receive(8),
                        Send(8),
                        Request::Sync(File()),
                        Request::Poll(Stream(), kPollReadable)};
  for (Request& request : requests) {
    const RequestId id = Submit(std::move(request));
    Turn();
    const Opcode opcode = port().Find(Op(0))->opcode;
    port().CompleteWithError(Op(0), Error::kInterrupted);
    Turn();
    EXPECT_EQ(OutcomeOf(id), std::nullopt);
    Turn();
    EXPECT_EQ(port().Find(Op(0))->opcode, opcode);
    port().Complete(Op(0), sim::IsTransfer(opcode) ? 8 : 1);
    Turn();
    EXPECT_TRUE(OutcomeOf(id)->ok());
  }
}

TEST_F(ProgressRegressions, R08_DeadlineInTheReadyQueueEndsTheRequest) {
  Start({.in_flight_capacity = 1, .max_requests = 2});
  const RequestId receive = Submit(Receive(100).WithDeadline(At(10)));
  Turn();
  port().Complete(Op(0), 40);
  Turn();  // now it waits for its next operation
  port().clock().AdvanceTo(At(11));
  Turn();
  EXPECT_EQ(OutcomeOf(receive), Ended(OutcomeKind::kDeadline, 40));
  EXPECT_EQ(engine().in_flight(), 0u);  // the slot is not leaked
  EXPECT_TRUE(port().cancels().empty());
  const RequestId next = Submit(Read(8));
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(next), Ok(8));
}

TEST_F(ProgressRegressions, R09_ACancelOfWhatHasEndedHitsNobody) {
  Start({.max_requests = 1, .max_remote_requests = 0});
  const RequestId old = Submit(Read(8));
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  const RequestId owner = Submit(Read(8));
  Turn();
  EXPECT_FALSE(engine().Cancel(old));
  EXPECT_TRUE(port().cancels().empty());
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(owner), Ok(8));
}

TEST_F(ProgressRegressions, R09_ADeadlineOfWhatHasEndedHitsNobody) {
  Start({.max_requests = 1, .max_remote_requests = 0});
  Submit(Read(8).WithDeadline(At(10)));
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  const RequestId owner = Submit(Read(8).WithDeadline(At(30)));
  TurnUntil(At(29));
  EXPECT_TRUE(port().cancels().empty());
  TurnUntil(At(30));
  EXPECT_EQ(port().cancels(), std::vector<OperationId>{Op(0)});
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(owner), Ok(8));
}

TEST_F(ProgressRegressions, R09_ACompletionOfWhatHasEndedHitsNobody) {
  Start({.max_requests = 1, .max_remote_requests = 0});
  ExpectStrays(1);
  const RequestId first = Submit(Receive(8).WithDeadline(At(10)));
  TurnUntil(At(10));
  const OperationId old = Op(0);
  port().Complete(old, 8);
  Turn();
  EXPECT_EQ(OutcomeOf(first), Ok(8));
  const RequestId owner = Submit(Read(8));
  Turn();
  injector().Inject(
      {.id = old, .result = -static_cast<int64_t>(Error::kCancelled)});
  Turn();
  EXPECT_EQ(OutcomeOf(owner), std::nullopt);
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_EQ(OutcomeOf(owner), Ok(8));
}

TEST_F(ProgressRegressions, R12_AFullQueueDoesNotSleepOnWhatItHoldsBack) {
  Start({.in_flight_capacity = 8});
  for (int i = 0; i < 7; ++i) Submit(Receive(8));
  const RequestId eighth = Submit(Send(8));
  port().LimitNextSubmit(7);
  // The seven depend on the eighth.
  port().OnIdle([this](Time) {
    if (in_flight() < 8) return;
    for (const Operation& operation : port().in_flight()) {
      port().Complete(operation.id, 8);
    }
  });
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  EXPECT_EQ(OutcomeOf(eighth), Ok(8));
  EXPECT_EQ(port().stuck_reaps(), 0u);
}

TEST_F(ProgressRegressions, R14_ACapacityOfOneIsEnough) {
  sim::ScriptedPortOptions options;
  options.capabilities.max_in_flight = 1;
  Start({.in_flight_capacity = 1, .max_requests = 1, .max_remote_requests = 1},
        options);
  int told = 0;
  {
    Submitter submitter = engine().MakeSubmitter();
    for (int i = 0; i < 3; ++i) {
      Submit(Read(8).WithDeadline(At(1000)));
      ASSERT_TRUE(
          submitter.Submit(Read(8), [&told](Result&&) { ++told; }).ok());
      CompleteEverything();
      EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
    }
  }
  EXPECT_EQ(engine().Run(), absl::OkStatus());
  EXPECT_EQ(told, 3);
  EXPECT_EQ(results().size(), 3u);
  // Nothing was held back until its deadline.
  for (const Result& result : results()) EXPECT_EQ(result.outcome, Ok(8));
  EXPECT_LT(engine().Now(), At(1000));
}

TEST_F(ProgressRegressions, R18_HugeTimesOverflowNothing) {
  sim::ScriptedPortOptions options;
  options.forbid_left_at_close = false;
  Start({.tick = std::chrono::microseconds(1)}, options);
  port().clock().AdvanceTo(At(1000));
  const RequestId reads[] = {
      Submit(Read(8).WithDeadline(kNever - Duration(1))),
      Submit(Read(8).WithDeadline(kNever)),
      Submit(Read(8).WithDeadline(SaturatingAdd(At(1000), Duration::max())))};
  Turn();
  EXPECT_TRUE(port().cancels().empty());
  CompleteEverything();
  EXPECT_EQ(engine().Shutdown({.budget = Duration::max()}).abandoned, 0u);
  for (const RequestId read : reads) EXPECT_EQ(OutcomeOf(read), Ok(8));
}

TEST_F(ProgressRegressions, R19_ADroppedDurableWriteIsStillSynced) {
  sim::ScriptedPortOptions options;
  options.capabilities.features = 0;  // no durable flag: write, then sync
  Start({}, options);
  const RequestId write =
      Submit(Request::DurableWrite(File(), Zeros(8), {.offset = 0}));
  Turn();
  port().Complete(Op(0), 8);
  Turn();
  EXPECT_TRUE(engine().Drop(write));
  Turn();
  ASSERT_EQ(in_flight(), 1u);
  EXPECT_EQ(port().Find(Op(0))->opcode, Opcode::kSync);
  port().Complete(Op(0), 0);
  Turn();
  EXPECT_EQ(engine().live(), 0u);
}

TEST_F(ProgressRegressions, R20_EveryWriteInFlightLearnsThatTheHintIsUnknown) {
  Start();
  RequestId writes[3];
  for (RequestId& write : writes) {
    write = Submit(Request::DurableWrite(File(), Zeros(8), {.offset = 0}));
  }
  Turn();
  for (const Operation& operation : port().in_flight()) {
    EXPECT_EQ(operation.flags, kOperationDurable);
    port().CompleteWithError(operation.id, Error::kNotSupported);
  }
  for (const int64_t result : {8, 0}) {  // the writes, then the syncs
    Turn();
    Turn();
    ASSERT_EQ(in_flight(), 3u);
    for (const Operation& operation : port().in_flight()) {
      EXPECT_EQ(operation.opcode, result > 0 ? Opcode::kWrite : Opcode::kSync);
      port().Complete(operation.id, result);
    }
  }
  Turn();
  for (const RequestId write : writes) EXPECT_EQ(OutcomeOf(write), Ok(8));
}

}  // namespace
}  // namespace wharf::testing_support
