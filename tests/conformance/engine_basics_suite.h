// Goal: the engine on a kernel, the shortest way through each kind of request.

#ifndef WHARF_TESTS_CONFORMANCE_ENGINE_BASICS_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_ENGINE_BASICS_SUITE_H_

#include <chrono>
#include <string>

#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/engine_rig.h"

namespace wharf::conformance {

template <class Instance>
class EngineBasics : public testing::Test {};
TYPED_TEST_SUITE_P(EngineBasics);

WHARF_TEST(EngineBasics, Nop) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kNop);
  EXPECT_EQ(rig.Run(Request::Nop()).outcome(), Ok());
}

WHARF_TEST(EngineBasics, SleepEndsWhenItsTimeHasCome) {
  EngineRig rig(new_world());
  const Time until = rig.In(std::chrono::milliseconds(20));
  EXPECT_EQ(rig.Run(Request::Sleep(until)).outcome(), Ok());
  EXPECT_GE(rig.engine().Now(), until);
}

WHARF_TEST(EngineBasics, WriteThenRead) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kRead, Opcode::kWrite);
  const TestFile file = rig.NewFile("................");
  EXPECT_EQ(
      rig.Run(Request::Write(file.handle, rig.Filled("hello"), {.offset = 3}))
          .outcome(),
      Ok(5));
  EXPECT_EQ(rig.world().Content(file.path), "...hello........");
  const Pending read =
      rig.Run(Request::Read(file.handle, rig.Empty(7), {.offset = 2}));
  EXPECT_EQ(read.outcome(), Ok(7));
  EXPECT_EQ(read.text(), ".hello.");
}

WHARF_TEST(EngineBasics, SendThenReceive) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kSend, Opcode::kReceive);
  const TestPair pair = rig.NewSocketPair();
  EXPECT_EQ(rig.Run(Request::Send(pair.far, rig.Filled("hello"))).outcome(),
            Ok(5));
  const Pending received = rig.Run(Request::Receive(pair.near, rig.Empty(5)));
  EXPECT_EQ(received.outcome(), Ok(5));
  EXPECT_EQ(received.text(), "hello");
}

WHARF_TEST(EngineBasics, AReceiveThatWaitsIsEndedByALaterSend) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive);
  const TestPair pair = rig.NewSocketPair();
  const Pending received =
      rig.Submit(Request::Receive(pair.near, rig.Empty(5)));
  rig.Issue();
  EXPECT_FALSE(received.ended());
  EXPECT_TRUE(rig.world().Put(pair.far, "hello"));
  rig.Await(received);
  EXPECT_EQ(received.outcome(), Ok(5));
  EXPECT_EQ(received.text(), "hello");
}

WHARF_TEST(EngineBasics, AReceiveNobodyServesEndsAtItsDeadline) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
  const TestPair pair = rig.NewSocketPair();
  const Time deadline = rig.In(std::chrono::milliseconds(20));
  const Pending received =
      rig.Run(Request::Receive(pair.near, rig.Empty(5)).WithDeadline(deadline));
  WHARF_EXPECT_ANSWER(rig, Question::kStoppedWait, received.outcome());
  EXPECT_GE(rig.engine().Now(), deadline);
  EXPECT_EQ(received.result().buffer.size(), 5u);
}

WHARF_TEST(EngineBasics, ACancelledReceiveEnds) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
  const TestPair pair = rig.NewSocketPair();
  const Pending received =
      rig.Submit(Request::Receive(pair.near, rig.Empty(5)));
  rig.Issue();
  EXPECT_TRUE(rig.engine().Cancel(received.id));
  EXPECT_FALSE(rig.engine().Cancel(received.id));
  rig.Await(received);
  WHARF_EXPECT_ANSWER(rig, Question::kStoppedWait, received.outcome());
}

REGISTER_TYPED_TEST_SUITE_P(EngineBasics, Nop, SleepEndsWhenItsTimeHasCome,
                            WriteThenRead, SendThenReceive,
                            AReceiveThatWaitsIsEndedByALaterSend,
                            AReceiveNobodyServesEndsAtItsDeadline,
                            ACancelledReceiveEnds);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_ENGINE_BASICS_SUITE_H_
