// Goal: what engine/port.h says of Cancel.

#ifndef WHARF_TESTS_CONFORMANCE_PORT_CANCEL_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_PORT_CANCEL_SUITE_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/port_rig.h"

namespace wharf::conformance {

template <class Instance>
class PortCancel : public testing::Test {};
TYPED_TEST_SUITE_P(PortCancel);

WHARF_TEST(PortCancel, EndsAReceiveThatWaits) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, kFeatureCancel, Opcode::kReceive);
  const Operation waiting = rig.MakeWaiting();
  rig.Submit(waiting);
  rig.Reap(Wait::Until(rig.In(std::chrono::milliseconds(5))));
  ASSERT_TRUE(rig.InFlight(waiting.id));
  rig.Cancel(waiting.id);
  WHARF_EXPECT_ANSWER(rig, Question::kCancelledWait,
                      rig.Finish(waiting.id).result);
}

WHARF_TEST(PortCancel, EndsAPoll) {
  PortRig rig(new_world());
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

WHARF_TEST(PortCancel, BeforeTheFirstReap) {
  // The operation may not have reached the kernel; the cancel is not lost.
  PortRig rig(new_world());
  WHARF_NEEDS(rig, OneOf::kWaiting, kFeatureCancel);
  const Operation waiting = rig.MakeWaiting();
  rig.Submit(waiting);
  rig.Cancel(waiting.id);
  WHARF_EXPECT_ANSWER(rig, Question::kCancelledWait,
                      rig.Finish(waiting.id).result);
}

WHARF_TEST(PortCancel, TwiceIsOnce) {
  PortRig rig(new_world());
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

WHARF_TEST(PortCancel, OfWhatIsNotInFlightHasNoEffect) {
  PortRig rig(new_world());
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

WHARF_TEST(PortCancel, HitsNobodyElse) {
  // Two operations on one handle; the identity says which.
  PortRig rig(new_world());
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

WHARF_TEST(PortCancel, LosesNoBytes) {
  // A cancel that races with bytes: they are in the completion, or still in the
  // stream (U-07; what U-12 fears).
  for (const bool reaped : {false, true}) {
    PortRig rig(new_world());
    WHARF_NEEDS(rig, kFeatureCancel, Opcode::kReceive);
    const TestPair pair = rig.NewSocketPair();
    std::byte* bytes = rig.NewBytes(8);
    const Operation receive = rig.Make(Opcode::kReceive, pair.near, bytes, 8);
    rig.Submit(receive);
    if (reaped) rig.FlushAll();
    EXPECT_TRUE(rig.world().Put(pair.far, "precious"));
    rig.Cancel(receive.id);
    const Completion end = rig.Finish(receive.id);
    std::string got;
    if (end.result > 0) {
      got = Text(bytes, static_cast<std::size_t>(end.result));
    } else {
      WHARF_EXPECT_ANSWER(rig, Question::kCancelledWait, end.result);
    }
    EXPECT_EQ(got + rig.world().Take(pair.near, 8 - got.size()), "precious");
  }
}

WHARF_TEST(PortCancel, IsTakenWhenThePortIsFull) {
  PortRig rig(new_world(), 4);
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

WHARF_TEST(PortCancel, WithoutTheFeatureItDoesNotHang) {
  PortRig rig(new_world());
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
                            LosesNoBytes, IsTakenWhenThePortIsFull,
                            WithoutTheFeatureItDoesNotHang);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_PORT_CANCEL_SUITE_H_
