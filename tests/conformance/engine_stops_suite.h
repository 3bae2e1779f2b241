// Goal: deadlines and cancels in every phase of a request (G4, G5, G6, G9,
// G13): before it is issued, behind a full capacity, in the kernel's hands,
// between two operations, after its end.

#ifndef WHARF_TESTS_CONFORMANCE_ENGINE_STOPS_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_ENGINE_STOPS_SUITE_H_

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/engine_rig.h"

namespace wharf::conformance {

template <class Instance>
class EngineStops : public testing::Test {};
TYPED_TEST_SUITE_P(EngineStops);

WHARF_TEST(EngineStops, ADeadlineThatHasPassedMeansNoOperation) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kWrite);
  const TestFile file = rig.NewFile("....");
  rig.world().Pass(std::chrono::milliseconds(5));
  const Pending written = rig.Run(
      Request::Write(file.handle, rig.Filled("late"), {.offset = 0})
          .WithDeadline(rig.engine().Now() - std::chrono::milliseconds(3)));
  EXPECT_EQ(written.outcome(), Ended(OutcomeKind::kDeadline));
  EXPECT_EQ(written.result().buffer.size(), 4u);
  EXPECT_EQ(rig.engine().stats().operations, 0u);
  EXPECT_EQ(rig.world().Content(file.path), "....");
}

WHARF_TEST(EngineStops, ADeadlineBehindAFullCapacity) {
  EngineRig rig(new_world(), {.in_flight_capacity = 1});
  WHARF_NEEDS(rig, Opcode::kReceive, Opcode::kWrite, kFeatureCancel);
  const TestPair pair = rig.NewSocketPair();
  const TestFile file = rig.NewFile("....");
  const Pending blocker = rig.Submit(Request::Receive(pair.near, rig.Empty(1)));
  const Time deadline = rig.In(std::chrono::milliseconds(10));
  const Pending queued =
      rig.Run(Request::Write(file.handle, rig.Filled("late"), {.offset = 0})
                  .WithDeadline(deadline));
  EXPECT_EQ(queued.outcome(), Ended(OutcomeKind::kDeadline));
  EXPECT_GE(rig.engine().Now(), deadline);
  EXPECT_EQ(rig.world().Content(file.path), "....");
  EXPECT_FALSE(blocker.ended());
}

WHARF_TEST(EngineStops, ADeadlineReportsWhatHasArrived) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
  const TestPair pair = rig.NewSocketPair();
  EXPECT_TRUE(rig.world().Put(pair.far, "part"));
  const Pending received =
      rig.Run(Request::Receive(pair.near, rig.Empty(100))
                  .WithDeadline(rig.In(std::chrono::milliseconds(30))));
  EXPECT_EQ(received.outcome().bytes, 4u);
  EXPECT_EQ(received.text(), "part");
  WHARF_EXPECT_ANSWER(rig, Question::kStoppedWait, received.outcome());
  EXPECT_EQ(received.result().buffer.size(), 100u);
}

WHARF_TEST(EngineStops, ADeadlineOfASendSaysHowMuchIsOnTheWire) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kSend, kFeatureCancel);
  TestPair pair = rig.world().NewSocketPair();
  const Handle near = rig.Keep(pair.near);
  const std::string bytes = Pattern(8 << 20);
  Buffer buffer = rig.Filled(bytes);
  const Time deadline = rig.In(std::chrono::milliseconds(100));
  const Pending sent =
      rig.Run(Request::Send(std::move(pair.far), std::move(buffer))
                  .WithDeadline(deadline));
  WHARF_EXPECT_ANSWER(rig, Question::kStoppedWait, sent.outcome());
  EXPECT_GE(rig.engine().Now(), deadline);
  EXPECT_GT(sent.outcome().bytes, 0u);
  ASSERT_LT(sent.outcome().bytes, bytes.size());
  // The sender is closed: what is there is all there is.
  EXPECT_TRUE(rig.world().Take(near, bytes.size()) ==
              bytes.substr(0, sent.outcome().bytes));
}

WHARF_TEST(EngineStops, WhatIsCompleteBeatsItsDeadline) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive);
  const TestPair pair = rig.NewSocketPair();
  EXPECT_TRUE(rig.world().Put(pair.far, "whole"));
  const Pending received =
      rig.Submit(Request::Receive(pair.near, rig.Empty(5))
                     .WithDeadline(rig.In(std::chrono::milliseconds(20))));
  // The kernel has it; the deadline passes before anybody looks.
  EXPECT_EQ(rig.engine().Turn(Wait::None()), absl::OkStatus());
  if (!received.ended()) {
    rig.world().Pass(std::chrono::milliseconds(40));
    rig.Await(received);
  }
  if (received.outcome().ok()) {
    EXPECT_EQ(received.text(), "whole");
  } else {
    WHARF_EXPECT_ANSWER(rig, Question::kStoppedWait, received.outcome());
  }
  if (received.outcome().kind == OutcomeKind::kDeadline) {
    // The kernel had not seen all of it yet, and then nothing was lost.
    const std::size_t left = 5 - received.text().size();
    EXPECT_EQ(std::string(received.text()) + rig.world().Take(pair.near, left),
              "whole");
  }
}

WHARF_TEST(EngineStops, TheDeadlineOfAnEndedRequestHitsNobody) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
  const TestPair pair = rig.NewSocketPair();
  EXPECT_TRUE(rig.world().Put(pair.far, "x"));
  const Pending first =
      rig.Run(Request::Receive(pair.near, rig.Empty(1))
                  .WithDeadline(rig.In(std::chrono::milliseconds(20))));
  EXPECT_EQ(first.outcome(), Ok(1));
  // In the same slot.
  const Time deadline = rig.In(std::chrono::milliseconds(60));
  const Pending second =
      rig.Run(Request::Receive(pair.near, rig.Empty(1)).WithDeadline(deadline));
  WHARF_EXPECT_ANSWER(rig, Question::kStoppedWait, second.outcome());
  EXPECT_GE(rig.engine().Now(), deadline);
}

WHARF_TEST(EngineStops, HugeDeadlinesAreNoErrors) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive);
  const TestPair pair = rig.NewSocketPair();
  for (const Time deadline : {kNever - Duration(1), Time(Duration::max() / 2),
                              rig.In(std::chrono::hours(1'000'000))}) {
    const Pending received = rig.Submit(
        Request::Receive(pair.near, rig.Empty(1)).WithDeadline(deadline));
    rig.Issue();
    EXPECT_TRUE(rig.world().Put(pair.far, "x"));
    rig.Await(received);
    EXPECT_EQ(received.outcome(), Ok(1));
  }
}

WHARF_TEST(EngineStops, ManyTimedReceivesBehindASmallCapacityAllTimeOut) {
  EngineRig rig(new_world(), {.in_flight_capacity = 8}, 8);
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
  const TestPair pair = rig.NewSocketPair();
  const Time deadline = rig.In(std::chrono::milliseconds(20));
  std::vector<Pending> receives;
  for (int i = 0; i < 64; ++i) {
    receives.push_back(rig.Submit(
        Request::Receive(pair.near, rig.Empty(8)).WithDeadline(deadline)));
  }
  rig.TurnUntilIdle();
  for (const Pending& receive : receives) {
    WHARF_EXPECT_ANSWER(rig, Question::kStoppedWait, receive.outcome());
  }
}

WHARF_TEST(EngineStops, ACancelBeforeItIsIssued) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kWrite);
  const TestFile file = rig.NewFile("....");
  const Pending written = rig.Submit(
      Request::Write(file.handle, rig.Filled("late"), {.offset = 0}));
  EXPECT_TRUE(rig.engine().Cancel(written.id));
  rig.Await(written);
  EXPECT_EQ(written.outcome(), Ended(OutcomeKind::kCancelled));
  EXPECT_EQ(rig.world().Content(file.path), "....");
}

WHARF_TEST(EngineStops, ACancelBetweenTwoOperations) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
  const TestPair pair = rig.NewSocketPair();
  const Pending received =
      rig.Submit(Request::Receive(pair.near, rig.Empty(10)));
  rig.Issue();
  EXPECT_TRUE(rig.world().Put(pair.far, "four"));
  // Some were taken; the next operation may be under way.
  rig.TurnUntil([&] { return rig.engine().stats().continued >= 1; });
  EXPECT_TRUE(rig.engine().Cancel(received.id));
  rig.Await(received);
  EXPECT_EQ(received.outcome().bytes, received.text().size());
  const std::size_t left = 4 - received.text().size();
  EXPECT_EQ(std::string(received.text()) + rig.world().Take(pair.near, left),
            "four");
  WHARF_EXPECT_ANSWER(rig, Question::kStoppedWait, received.outcome());
}

WHARF_TEST(EngineStops, ACancelOfWhatIsCompleteChangesNothing) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kWrite);
  const TestFile file = rig.NewFile("....");
  const Pending written =
      rig.Run(Request::Write(file.handle, rig.Filled("done"), {.offset = 0}));
  EXPECT_FALSE(rig.engine().Cancel(written.id));
  EXPECT_EQ(written.outcome(), Ok(4));
  // Nor of whoever has its slot now.
  const Pending next = rig.Submit(
      Request::Write(file.handle, rig.Filled("next"), {.offset = 0}));
  EXPECT_FALSE(rig.engine().Cancel(written.id));
  rig.Await(next);
  EXPECT_EQ(next.outcome(), Ok(4));
}

WHARF_TEST(EngineStops, ACancelledFileTransferEndsOneWayOrTheOther) {
  // A kernel may finish it, or stop it (U-05, A-01, W-05); what it says is so.
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kWrite, kDirectFiles);
  const std::string before(64 * kDirectUnit, '.');
  const TestFile file = rig.NewFile(before, FileMode::kDirect);
  const std::string bytes = Pattern(before.size());
  const Pending written =
      rig.Submit(Request::Write(file.handle, rig.Filled(bytes), {.offset = 0}));
  EXPECT_EQ(rig.engine().Turn(Wait::None()), absl::OkStatus());
  rig.engine().Cancel(written.id);
  rig.Await(written);
  const uint64_t done = written.outcome().bytes;
  ASSERT_LE(done, bytes.size());
  EXPECT_TRUE(rig.world().Content(file.path).substr(0, done) ==
              bytes.substr(0, done));
  EXPECT_EQ(written.outcome().ok(), done == bytes.size());
  EXPECT_EQ(written.result().buffer.size(), bytes.size());
}

WHARF_TEST(EngineStops, ACancelledPoll) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kPoll, kFeatureCancel);
  const TestPair pair = rig.NewSocketPair();
  const Pending polled = rig.Submit(Request::Poll(pair.near, kPollReadable));
  rig.Issue();
  EXPECT_TRUE(rig.engine().Cancel(polled.id));
  rig.Await(polled);
  EXPECT_EQ(polled.outcome().kind, OutcomeKind::kCancelled);
}

WHARF_TEST(EngineStops, AStreamLivesOnAfterACancel) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
  const TestPair pair = rig.NewSocketPair();
  for (int i = 0; i < 5; ++i) {
    const Pending cancelled =
        rig.Submit(Request::Receive(pair.near, rig.Empty(8)));
    rig.Issue();
    rig.engine().Cancel(cancelled.id);
    rig.Await(cancelled);
    EXPECT_EQ(cancelled.outcome().bytes, 0u);
    EXPECT_TRUE(rig.world().Put(pair.far, "received"));
    const Pending received = rig.Run(Request::Receive(pair.near, rig.Empty(8)));
    EXPECT_EQ(received.outcome(), Ok(8));
    EXPECT_EQ(received.text(), "received");
  }
}

WHARF_TEST(EngineStops, OnePlaceInThePortIsEnough) {
  // What stops an operation needs no place of its own.
  EngineRig rig(new_world(), {}, 1);
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
  const TestPair pair = rig.NewSocketPair();
  const Time deadline = rig.In(std::chrono::milliseconds(20));
  const Pending timed =
      rig.Run(Request::Receive(pair.near, rig.Empty(4)).WithDeadline(deadline));
  WHARF_EXPECT_ANSWER(rig, Question::kStoppedWait, timed.outcome());
  EXPECT_GE(rig.engine().Now(), deadline);
  const Pending cancelled =
      rig.Submit(Request::Receive(pair.near, rig.Empty(4)));
  const Pending behind = rig.Submit(Request::Receive(pair.near, rig.Empty(4)));
  rig.Issue();
  EXPECT_TRUE(rig.engine().Cancel(cancelled.id));
  rig.Await(cancelled);
  WHARF_EXPECT_ANSWER(rig, Question::kStoppedWait, cancelled.outcome());
  EXPECT_TRUE(rig.world().Put(pair.far, "done"));
  rig.Await(behind);
  EXPECT_EQ(behind.text(), "done");
}

REGISTER_TYPED_TEST_SUITE_P(
    EngineStops, ADeadlineThatHasPassedMeansNoOperation,
    ADeadlineBehindAFullCapacity, ADeadlineReportsWhatHasArrived,
    ADeadlineOfASendSaysHowMuchIsOnTheWire, WhatIsCompleteBeatsItsDeadline,
    TheDeadlineOfAnEndedRequestHitsNobody, HugeDeadlinesAreNoErrors,
    ManyTimedReceivesBehindASmallCapacityAllTimeOut, ACancelBeforeItIsIssued,
    ACancelBetweenTwoOperations, ACancelOfWhatIsCompleteChangesNothing,
    ACancelledFileTransferEndsOneWayOrTheOther, ACancelledPoll,
    AStreamLivesOnAfterACancel, OnePlaceInThePortIsEnough);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_ENGINE_STOPS_SUITE_H_
