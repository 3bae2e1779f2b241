// Known bugs of other engines about a queue that is full, or took less than it
// was offered (R21, R24, R25, R28, and two field reports; README.md tells each
// story). Method: an engine on the scripted port.

#include <cstddef>
#include <vector>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

using QueueRegressions = EngineFixture;

TEST_F(QueueRegressions, R21_ACancelIsPassedOnWhileTheQueueIsFull) {
  Start();
  const RequestId first = Submit(Receive(8));
  Turn();
  const OperationId operation = Op(0);
  Submit(Send(8));
  port().LimitNextSubmit(0);
  Turn();
  ASSERT_EQ(in_flight(), 1u);  // the queue is full
  EXPECT_TRUE(engine().Cancel(first));
  EXPECT_EQ(port().cancels(), std::vector<OperationId>{operation});
  port().CompleteWithError(operation, Error::kCancelled);
  Turn();
  EXPECT_EQ(OutcomeOf(first), Ended(OutcomeKind::kCancelled));
  port().Complete(Op(0), 8);
  Turn();
}

TEST_F(QueueRegressions, Zio628_ADeadlineBehindAFullQueueIsNotLost) {
  sim::ScriptedPortOptions options;
  options.cancel_policy = sim::CancelPolicy::kWin;
  Start({}, options);
  const RequestId held = Submit(Receive(8).WithDeadline(At(10)));
  Turn();
  for (int i = 0; i < 3; ++i) Submit(Send(8));
  port().LimitNextSubmit(0);
  Turn();
  port().clock().AdvanceTo(At(11));
  port().LimitNextSubmit(0);
  Turn();
  Turn();
  EXPECT_EQ(OutcomeOf(held), Ended(OutcomeKind::kDeadline));
  Turn();
  while (in_flight() > 0) {
    port().Complete(Op(0), 8);
    Turn();
  }
  EXPECT_EQ(results().size(), 4u);
}

TEST_F(QueueRegressions, R24_WhatThePortDidNotTakeIsNoPhantom) {
  Start();
  Submit(Receive(8));
  Turn();
  const RequestId refused = Submit(Send(8));
  port().LimitNextSubmit(0);
  Turn();
  EXPECT_EQ(engine().in_flight(), 1u);
  EXPECT_TRUE(engine().Cancel(refused));
  Turn();
  EXPECT_EQ(OutcomeOf(refused), Ended(OutcomeKind::kCancelled));
  EXPECT_TRUE(port().cancels().empty());
  port().Complete(Op(0), 8);
  EXPECT_EQ(engine().Shutdown().abandoned, 0u);  // the drain ends
  EXPECT_EQ(engine().in_flight(), 0u);
}

class ShortCounts : public EngineFixture {
 protected:
  // Eight requests, of which the port takes three at first; all reach it, once
  // and in order.
  void TakeThreeOfEight(Time deadline) {
    for (uint64_t i = 0; i < 8; ++i) {
      Submit(Read(8, {.offset = 100 * i}).WithDeadline(deadline));
    }
    const std::size_t before = port().submitted().size();
    port().LimitNextSubmit(3);
    Turn();
    EXPECT_EQ(in_flight(), 3u);
    EXPECT_EQ(engine().in_flight(), 3u);
    Turn();
    ASSERT_EQ(port().submitted().size(), before + 8);
    for (uint64_t i = 0; i < 8; ++i) {
      EXPECT_EQ(port().submitted()[before + i].offset, 100 * i);
      port().Complete(port().submitted()[before + i].id, 8);
    }
    Turn();
  }
};

TEST_F(ShortCounts, R25_TheRestOfAShortSubmitIsOfferedAgain) {
  Start();
  TakeThreeOfEight(kNever);
  TakeThreeOfEight(At(1000));
  EXPECT_EQ(results().size(), 16u);
}

TEST_F(ShortCounts, Mooncake3073_AShortCountIsNotTakenForTheWhole) {
  sim::ScriptedPortOptions options;
  options.max_accepted_per_submit = 10;
  Start({.in_flight_capacity = 200}, options);
  for (int i = 0; i < 100; ++i) Submit(Receive(8));
  for (int i = 0; i < 50; ++i) Submit(Receive(8).WithDeadline(At(1000)));
  for (int i = 0; i < 15; ++i) {
    Turn();
    ASSERT_EQ(engine().in_flight(), in_flight());
  }
  ASSERT_EQ(in_flight(), 150u);
  // More completions than one wait brings.
  for (const Operation& operation : port().in_flight()) {
    port().Complete(operation.id, 8);
  }
  Turn();
  EXPECT_LT(results().size(), 150u);
  EXPECT_EQ(engine().live(), 150 - results().size());
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  EXPECT_EQ(results().size(), 150u);
}

TEST_F(QueueRegressions, R28_OneCancelAndOneEndForOneRequest) {
  Start();
  const RequestId request = Submit(Receive(8).WithDeadline(At(10)));
  Turn();
  EXPECT_TRUE(engine().Cancel(request));
  EXPECT_FALSE(engine().Cancel(request));
  TurnUntil(At(20));
  EXPECT_FALSE(engine().Cancel(request));
  EXPECT_EQ(port().cancels().size(), 1u);
  port().CompleteWithError(Op(0), Error::kCancelled);
  Turn();
  EXPECT_EQ(OutcomeOf(request), Ended(OutcomeKind::kCancelled));
  EXPECT_FALSE(engine().Cancel(request));
  EXPECT_FALSE(engine().Drop(request));
  Turn();
  EXPECT_EQ(results().size(), 1u);
}

}  // namespace
}  // namespace wharf::testing_support
