// Goal: what engine/port.h says of Cancel.

#ifndef WHARF_TESTS_CONFORMANCE_PORT_CANCEL_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_PORT_CANCEL_SUITE_H_

#include <chrono>
#include <cstddef>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/port_rig.h"

namespace wharf::conformance {

template <class Instance>
class PortCancel : public testing::Test {};
TYPED_TEST_SUITE_P(PortCancel);

TYPED_TEST_P(PortCancel, EndsAReceiveThatWaits) {
  PortRig rig(TypeParam::NewWorld());
  WHARF_NEEDS(rig, kFeatureCancel, Opcode::kReceive);
  const Operation waiting = rig.MakeWaiting();
  rig.Submit(waiting);
  rig.Reap(Wait::Until(rig.In(std::chrono::milliseconds(5))));
  ASSERT_TRUE(rig.InFlight(waiting.id));
  rig.Cancel(waiting.id);
  WHARF_EXPECT_ANSWER(rig, Question::kCancelledWait,
                      rig.Finish(waiting.id).result);
}

TYPED_TEST_P(PortCancel, EndsAPoll) {
  PortRig rig(TypeParam::NewWorld());
  WHARF_NEEDS(rig, kFeatureCancel, Opcode::kPoll);
  const TestPair pair = rig.NewSocketPair();
  const Operation poll =
      rig.Make(Opcode::kPoll, pair.near, nullptr, 0, 0, kPollReadable);
  rig.Submit(poll);
  rig.Reap(Wait::Until(rig.In(std::chrono::milliseconds(5))));
  ASSERT_TRUE(rig.InFlight(poll.id));
  rig.Cancel(poll.id);
  WHARF_EXPECT_ANSWER(rig, Question::kCancelledPoll,
                      rig.Finish(poll.id).result);
}

TYPED_TEST_P(PortCancel, BeforeTheFirstReap) {
  // The operation may not have reached the kernel; the cancel is not lost.
  PortRig rig(TypeParam::NewWorld());
  WHARF_NEEDS(rig, OneOf::kWaiting, kFeatureCancel);
  const Operation waiting = rig.MakeWaiting();
  rig.Submit(waiting);
  rig.Cancel(waiting.id);
  WHARF_EXPECT_ANSWER(rig, Question::kCancelledWait,
                      rig.Finish(waiting.id).result);
}

TYPED_TEST_P(PortCancel, TwiceIsOnce) {
  PortRig rig(TypeParam::NewWorld());
  WHARF_NEEDS(rig, OneOf::kWaiting, kFeatureCancel);
  const Operation waiting = rig.MakeWaiting();
  rig.Submit(waiting);
  rig.Cancel(waiting.id);
  rig.Cancel(waiting.id);
  rig.Reap(Wait::None());
  rig.Cancel(waiting.id);
  rig.Finish(waiting.id);
  rig.Cancel(waiting.id);
  // An acknowledgement would be a completion of what is not in flight.
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rig.Reap(Wait::None()), 0u);
}

TYPED_TEST_P(PortCancel, OfWhatIsNotInFlightHasNoEffect) {
  PortRig rig(TypeParam::NewWorld());
  const Operation never = rig.MakeQuick();
  rig.Cancel(never.id);
  rig.Cancel(OperationId{});
  const Operation ended = rig.MakeQuick();
  rig.Run(ended);
  rig.Cancel(ended.id);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rig.Reap(Wait::None()), 0u);
  EXPECT_GE(rig.Run(rig.MakeQuick()).result, 0);
  EXPECT_GE(rig.Run(never).result, 0) << "a cancel waited for its operation";
}

TYPED_TEST_P(PortCancel, HitsNobodyElse) {
  // Two operations on one handle; the identity says which.
  PortRig rig(TypeParam::NewWorld());
  WHARF_NEEDS(rig, kFeatureCancel, Opcode::kReceive);
  const TestPair pair = rig.NewSocketPair();
  const Operation first =
      rig.Make(Opcode::kReceive, pair.near, rig.NewBytes(1), 1);
  const Operation second =
      rig.Make(Opcode::kReceive, pair.near, rig.NewBytes(1), 1);
  rig.Submit(first);
  rig.Submit(second);
  rig.Cancel(first.id);
  rig.Finish(first.id);
  ASSERT_TRUE(rig.InFlight(second.id));
  rig.world().Put(pair.far, "x");
  EXPECT_EQ(rig.Finish(second.id).result, 1);
}

TYPED_TEST_P(PortCancel, IsTakenWhenThePortIsFull) {
  PortRig rig(TypeParam::NewWorld(), 4);
  WHARF_NEEDS(rig, OneOf::kWaiting, kFeatureCancel);
  std::vector<OperationId> ids;
  for (int i = 0; i < 4; ++i) {
    const Operation waiting = rig.MakeWaiting();
    rig.Submit(waiting);
    ids.push_back(waiting.id);
  }
  const Operation extra = rig.MakeWaiting();
  EXPECT_EQ(rig.Offer({&extra, 1}), 0u);
  for (const OperationId id : ids) rig.Cancel(id);
  for (const OperationId id : ids) {
    WHARF_EXPECT_ANSWER(rig, Question::kCancelledWait, rig.Finish(id).result);
  }
}

TYPED_TEST_P(PortCancel, WithoutTheFeatureItDoesNotHang) {
  PortRig rig(TypeParam::NewWorld());
  WHARF_NEEDS(rig, OneOf::kWaiting);
  const Operation waiting = rig.MakeWaiting();
  rig.Submit(waiting);
  rig.Cancel(waiting.id);
  rig.Reap(Wait::None());
  rig.Release(waiting.id);
  const Completion end = rig.Finish(waiting.id);
  // Either came first.
  if (end.result <= 0) {
    WHARF_EXPECT_ANSWER(rig, Question::kCancelledWait, end.result);
  }
}

REGISTER_TYPED_TEST_SUITE_P(PortCancel, EndsAReceiveThatWaits, EndsAPoll,
                            BeforeTheFirstReap, TwiceIsOnce,
                            OfWhatIsNotInFlightHasNoEffect, HitsNobodyElse,
                            IsTakenWhenThePortIsFull,
                            WithoutTheFeatureItDoesNotHang);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_PORT_CANCEL_SUITE_H_
