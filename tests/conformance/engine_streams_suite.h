// Goal: requests on streams: their ends, resets, handles closed from outside.

#ifndef WHARF_TESTS_CONFORMANCE_ENGINE_STREAMS_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_ENGINE_STREAMS_SUITE_H_

#include <chrono>
#include <string>
#include <tuple>
#include <utility>

#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/engine_rig.h"

namespace wharf::conformance {

template <class Instance>
class EngineStreams : public testing::Test {};
TYPED_TEST_SUITE_P(EngineStreams);

WHARF_TEST(EngineStreams, ExactReceiveAddsUpWhatArrivesInParts) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive);
  const TestPair pair = rig.NewSocketPair();
  const Pending received =
      rig.Submit(Request::Receive(pair.near, rig.Empty(100)));
  rig.Issue();
  const std::string bytes = Pattern(100);
  EXPECT_TRUE(rig.world().Put(pair.far, bytes.substr(0, 40)));
  EXPECT_EQ(
      rig.engine().Turn(Wait::Until(rig.In(std::chrono::milliseconds(5)))),
      absl::OkStatus());
  EXPECT_FALSE(received.ended());
  EXPECT_TRUE(rig.world().Put(pair.far, bytes.substr(40)));
  rig.Await(received);
  EXPECT_EQ(received.outcome(), Ok(100));
  EXPECT_EQ(received.text(), bytes);
}

WHARF_TEST(EngineStreams, ReceiveOfSomeEndsWithTheFirstBytes) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive);
  const TestPair pair = rig.NewSocketPair();
  const Pending received = rig.Submit(
      Request::Receive(pair.near, rig.Empty(100), {.extent = Extent::kSome}));
  rig.Issue();
  EXPECT_TRUE(rig.world().Put(pair.far, "some"));
  rig.Await(received);
  EXPECT_TRUE(received.outcome().ok());
  ASSERT_GE(received.outcome().bytes, 1u);
  EXPECT_EQ(received.text(),
            std::string("some").substr(0, received.outcome().bytes));
}

WHARF_TEST(EngineStreams, TheEndOfTheStreamIsAnOutcome) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive);
  const TestPair pair = rig.NewSocketPair();
  EXPECT_TRUE(rig.world().Put(pair.far, "end"));
  rig.world().EndSending(pair.far);
  const Pending received = rig.Run(Request::Receive(pair.near, rig.Empty(8)));
  EXPECT_EQ(received.outcome(), Ended(OutcomeKind::kEndOfStream, 3));
  EXPECT_EQ(received.text(), "end");
  // And again.
  EXPECT_EQ(rig.Run(Request::Receive(pair.near, rig.Empty(8))).outcome(),
            Ended(OutcomeKind::kEndOfStream));
}

WHARF_TEST(EngineStreams, TheEndReachesAReceiveThatWaits) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive);
  const TestPair pair = rig.NewSocketPair();
  const Pending received =
      rig.Submit(Request::Receive(pair.near, rig.Empty(8)));
  rig.Issue();
  rig.world().EndSending(pair.far);
  rig.Await(received);
  EXPECT_EQ(received.outcome(), Ended(OutcomeKind::kEndOfStream));
}

WHARF_TEST(EngineStreams, APeerThatGoesWithoutReadingIsAReset) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive);
  TestPair pair = rig.world().NewSocketPair();
  const Handle near = rig.Keep(pair.near);
  EXPECT_TRUE(rig.world().Put(near, "nobody reads this"));
  rig.world().Pass(std::chrono::milliseconds(1));
  pair.far.Reset();
  WHARF_EXPECT_ANSWER(rig, Question::kReceiveAfterReset,
                      rig.Run(Request::Receive(near, rig.Empty(8))).outcome());
}

WHARF_TEST(EngineStreams, ASendToNobodyIsAnErrorAndNoSignal) {
  // A signal would end the program.
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kSend);
  TestPair pair = rig.world().NewSocketPair();
  const Handle near = rig.Keep(pair.near);
  pair.far.Reset();
  // The first one may be taken before the peer's kernel says that it is gone.
  Outcome outcome;
  for (int i = 0; i < 100 && outcome.kind != OutcomeKind::kError; ++i) {
    outcome = rig.Run(Request::Send(near, rig.Filled("hello"))).outcome();
    rig.world().Pass(std::chrono::milliseconds(1));
  }
  WHARF_EXPECT_ANSWER(rig, Question::kSendToNobody, outcome);
}

WHARF_TEST(EngineStreams, AHandleClosedFromOutsideUnderAReceive) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel, kOutsideClose);
  TestPair pair = rig.world().NewSocketPair();
  const Handle far = rig.Keep(pair.far);
  const NativeHandle native = pair.near.native();
  const Pending received =
      rig.Submit(Request::Receive(Handle::Borrow(native), rig.Empty(4)));
  rig.Issue();
  rig.world().CloseOutside(std::move(pair.near));
  EXPECT_FALSE(rig.world().IsOpen(native));
  const Time end = rig.In(std::chrono::milliseconds(5));
  // Some return for nothing.
  for (int i = 0; i < 100 && !received.ended(); ++i) {
    if (rig.engine().Now() >= end) break;
    std::ignore = rig.engine().Turn(Wait::Until(end));
  }
  if (!received.ended()) {
    // Bytes that are sent now arrive all the same.
    WHARF_EXPECT_ANSWER(rig, Question::kClosedUnderWait, kAnswerNothing);
    EXPECT_TRUE(rig.world().Put(far, "late"));
    rig.Await(received);
    // A part of them, and for the rest there was no handle any more.
    if (received.outcome().ok()) {
      EXPECT_EQ(received.outcome(), Ok(4));
    } else {
      EXPECT_EQ(received.outcome().error, Error::kBadHandle);
    }
    EXPECT_EQ(received.text(),
              std::string_view("late").substr(0, received.text().size()));
  } else {
    WHARF_EXPECT_ANSWER(rig, Question::kClosedUnderWait, received.outcome());
  }
}

WHARF_TEST(EngineStreams, ABurstLargerThanTheStreamArrivesWhole) {
  // Short sends, sends that wait, receives in parts: 2 MiB through a stream
  // that has room for a fraction of it.
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kSend, Opcode::kReceive);
  const TestPair pair = rig.NewSocketPair();
  const std::string bytes = Pattern(2 << 20);
  const Pending sent = rig.Submit(Request::Send(pair.far, rig.Filled(bytes)));
  const Pending received =
      rig.Submit(Request::Receive(pair.near, rig.Empty(bytes.size())));
  rig.Await(sent);
  rig.Await(received);
  EXPECT_EQ(sent.outcome(), Ok(bytes.size()));
  EXPECT_EQ(received.outcome(), Ok(bytes.size()));
  EXPECT_TRUE(received.text() == bytes) << "the content differs";
}

REGISTER_TYPED_TEST_SUITE_P(EngineStreams, ExactReceiveAddsUpWhatArrivesInParts,
                            ReceiveOfSomeEndsWithTheFirstBytes,
                            TheEndOfTheStreamIsAnOutcome,
                            TheEndReachesAReceiveThatWaits,
                            APeerThatGoesWithoutReadingIsAReset,
                            ASendToNobodyIsAnErrorAndNoSignal,
                            AHandleClosedFromOutsideUnderAReceive,
                            ABurstLargerThanTheStreamArrivesWhole);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_ENGINE_STREAMS_SUITE_H_
