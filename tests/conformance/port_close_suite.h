// Goal: what engine/port.h says of Close. PortRig checks every report: it names
// nothing but operations that were in flight, and none twice; and the rig looks
// for handles that nobody closed.

#ifndef WHARF_TESTS_CONFORMANCE_PORT_CLOSE_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_PORT_CLOSE_SUITE_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/port_rig.h"

namespace wharf::conformance {

template <class Instance>
class PortClose : public testing::Test {};
TYPED_TEST_SUITE_P(PortClose);

WHARF_TEST(PortClose, WithNothingInFlightNothingIsLeft) {
  PortRig rig(new_world());
  rig.Run(rig.MakeQuick());
  EXPECT_TRUE(rig.Close().operations_left.empty());
}

WHARF_TEST(PortClose, RepeatsItsReportAndStillTellsTheTime) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, OneOf::kWaiting);
  rig.Submit(rig.MakeWaiting());
  rig.Reap(Wait::None());
  const std::vector<OperationId> left = rig.Close().operations_left;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(rig.port().Close().operations_left, left);
  }
  const Time before = rig.port().Now();
  EXPECT_LE(before, rig.port().Now());
  EXPECT_FALSE(rig.port().Capabilities().name.empty());
}

WHARF_TEST(PortClose, BringsBackWhatWaits) {
  PortRig rig(new_world(), 16);
  WHARF_NEEDS(rig, OneOf::kWaiting, kFeatureCancel);
  for (int i = 0; i < 16; ++i) rig.Submit(rig.MakeWaiting());
  rig.Reap(Wait::Until(rig.In(std::chrono::milliseconds(2))));
  const Time before = rig.port().Now();
  EXPECT_TRUE(rig.Close().operations_left.empty());
  EXPECT_LT(rig.port().Now() - before, kPatience / 2);
}

WHARF_TEST(PortClose, BringsBackWhatWasNeverFlushed) {
  PortRig rig(new_world(), 16);
  WHARF_NEEDS(rig, OneOf::kWaiting, kFeatureCancel);
  for (int i = 0; i < 8; ++i) rig.Submit(rig.MakeWaiting());
  EXPECT_TRUE(rig.Close().operations_left.empty());
}

WHARF_TEST(PortClose, BringsBackWhatIsBeingCancelled) {
  PortRig rig(new_world(), 16);
  WHARF_NEEDS(rig, OneOf::kWaiting, kFeatureCancel);
  for (int i = 0; i < 8; ++i) {
    const Operation waiting = rig.MakeWaiting();
    rig.Submit(waiting);
    rig.Cancel(waiting.id);
  }
  EXPECT_TRUE(rig.Close().operations_left.empty());
}

WHARF_TEST(PortClose, WhatIsBroughtBackTouchesNothingAnyMore) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
  const TestPair pair = rig.NewSocketPair();
  std::byte* bytes = rig.NewBytes("........");
  rig.Submit(rig.Make(Opcode::kReceive, pair.near, bytes, 8));
  rig.Reap(Wait::Until(rig.In(std::chrono::milliseconds(2))));
  ASSERT_TRUE(rig.Close().operations_left.empty());
  const std::string after(Text(bytes, 8));
  EXPECT_TRUE(rig.world().Put(pair.far, "too late"));
  rig.world().Pass(std::chrono::milliseconds(5));
  EXPECT_EQ(Text(bytes, 8), after);
  EXPECT_EQ(rig.world().Take(pair.near, 8), "too late");
}

WHARF_TEST(PortClose, ClosesAFileThatArrivesForNobody) {
  // Whether it was opened before, during or never is the kernel's affair; the
  // rig counts handles.
  for (const bool reaped : {false, true}) {
    PortRig rig(new_world());
    WHARF_NEEDS(rig, Opcode::kOpen);
    const TestFile file = rig.NewFile("content");
    for (int i = 0; i < 4; ++i) {
      rig.Submit(rig.Make(Opcode::kOpen, Handle(),
                          rig.NewBytes(std::string_view(file.path.c_str(),
                                                        file.path.size() + 1)),
                          file.path.size(), 0644, kOpenRead));
    }
    if (reaped) rig.Reap(Wait::None(), 0);
    EXPECT_TRUE(rig.Close().operations_left.empty());
    // Those that have arrived while others were still offered are the test's.
    for (const OperationId id : rig.ended()) {
      const int64_t result = rig.EndOf(id).result;
      if (result >= 0) {
        const Handle closes_itself =
            Handle::Adopt(result, rig.capabilities().closer,
                          rig.capabilities().closer_context);
      }
    }
  }
}

WHARF_TEST(PortClose, ClosesAConnectionThatArrivesForNobody) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kAccept, Opcode::kConnect, kListeners);
  const TestListener listener = rig.NewListener();
  rig.Submit(rig.Make(Opcode::kAccept, listener.handle));
  rig.Submit(rig.Make(Opcode::kConnect, rig.NewSocket(),
                      rig.NewBytes(listener.address), listener.address.size()));
  // Both are done or under way, and nobody has heard of it.
  rig.Reap(Wait::None(), 0);
  rig.world().Pass(std::chrono::milliseconds(5));
  rig.Reap(Wait::None(), 0);
  EXPECT_TRUE(rig.Close().operations_left.empty());
}

WHARF_TEST(PortClose, ACloseThatIsBroughtBackHasClosedItsHandle) {
  for (const bool reaped : {false, true}) {
    PortRig rig(new_world());
    WHARF_NEEDS(rig, Opcode::kClose);
    TestFile file = rig.world().NewFile("content");
    const NativeHandle native = file.handle.native();
    rig.Submit(rig.Make(Opcode::kClose, file.handle));
    file.handle.Disown();
    if (reaped) rig.Reap(Wait::None(), 0);
    ASSERT_TRUE(rig.Close().operations_left.empty());
    EXPECT_FALSE(rig.world().IsOpen(native));
  }
}

WHARF_TEST(PortClose, APortThatDiesClosesItself) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, OneOf::kWaiting);
  rig.Submit(rig.MakeWaiting());
  if (rig.capabilities().Has(Opcode::kOpen)) {
    const TestFile file = rig.NewFile("content");
    rig.Submit(rig.Make(
        Opcode::kOpen, Handle(),
        rig.NewBytes(std::string_view(file.path.c_str(), file.path.size() + 1)),
        file.path.size(), 0644, kOpenRead));
  }
  rig.Reap(Wait::None(), 0);
  rig.DestroyPort();
}

REGISTER_TYPED_TEST_SUITE_P(PortClose, WithNothingInFlightNothingIsLeft,
                            RepeatsItsReportAndStillTellsTheTime,
                            BringsBackWhatWaits, BringsBackWhatWasNeverFlushed,
                            BringsBackWhatIsBeingCancelled,
                            WhatIsBroughtBackTouchesNothingAnyMore,
                            ClosesAFileThatArrivesForNobody,
                            ClosesAConnectionThatArrivesForNobody,
                            ACloseThatIsBroughtBackHasClosedItsHandle,
                            APortThatDiesClosesItself);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_PORT_CLOSE_SUITE_H_
