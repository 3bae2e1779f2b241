// Goal: what engine/port.h says of Reap, Wake and Now.

#ifndef WHARF_TESTS_CONFORMANCE_PORT_REAP_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_PORT_REAP_SUITE_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/port_rig.h"

namespace wharf::conformance {

template <class Instance>
class PortReap : public testing::Test {};
TYPED_TEST_SUITE_P(PortReap);

WHARF_TEST(PortReap, WithoutRoomItTakesNothingAndLosesNothing) {
  PortRig rig(new_world());
  const Operation operation = rig.MakeQuick();
  rig.Submit(operation);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(rig.Reap(Wait::None(), 0), 0u);
    // There may be a completion, and there is no room for it: no reason to
    // sleep.
    EXPECT_EQ(rig.Reap(Wait::Until(rig.In(std::chrono::milliseconds(1))), 0),
              0u);
  }
  EXPECT_GE(rig.Finish(operation.id).result, 0);
}

WHARF_TEST(PortReap, GivesNoMoreThanThereIsRoomFor) {
  PortRig rig(new_world(), 16);
  std::vector<Operation> operations;
  for (int i = 0; i < 16; ++i) operations.push_back(rig.MakeQuick());
  rig.OfferAll(operations);
  // PortRig fails if a third one is written.
  for (int i = 0; i < 1000 && rig.in_flight() > 0; ++i) {
    EXPECT_LE(rig.Reap(Wait::Until(rig.In(std::chrono::seconds(1))), 2), 2u);
  }
  EXPECT_EQ(rig.ended().size(), operations.size());
}

WHARF_TEST(PortReap, WithNothingToComeNoneDoesNotSleep) {
  PortRig rig(new_world());
  const Time before = rig.port().Now();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rig.Reap(Wait::None()), 0u);
  EXPECT_LT(rig.port().Now() - before, std::chrono::seconds(5));
}

WHARF_TEST(PortReap, NoneDoesNotSleepForWhatIsInFlight) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, OneOf::kWaiting);
  const Operation waiting = rig.MakeWaiting();
  rig.Submit(waiting);
  const Time before = rig.port().Now();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rig.Reap(Wait::None()), 0u);
  EXPECT_LT(rig.port().Now() - before, std::chrono::seconds(5));
  EXPECT_TRUE(rig.InFlight(waiting.id));
}

WHARF_TEST(PortReap, UntilSleepsNoLongerThanThat) {
  // It may return early, any number of times.
  PortRig rig(new_world());
  const Time until = rig.In(std::chrono::milliseconds(20));
  int reaps = 0;
  for (; rig.port().Now() < until && reaps < 1'000'000; ++reaps) {
    EXPECT_EQ(rig.Reap(Wait::Until(until)), 0u);
  }
  EXPECT_GE(rig.port().Now(), until);
  EXPECT_LT(rig.port().Now() - until, std::chrono::seconds(5));
  // But it is a sleep: a loop that turns round and round is none.
  EXPECT_LT(reaps, 10'000);
}

WHARF_TEST(PortReap, UntilAPastTimeDoesNotSleep) {
  PortRig rig(new_world());
  rig.world().Pass(std::chrono::milliseconds(2));
  const Time before = rig.port().Now();
  EXPECT_EQ(rig.Reap(Wait::Until(before - std::chrono::milliseconds(1))), 0u);
  EXPECT_EQ(rig.Reap(Wait::Until(before)), 0u);
  EXPECT_EQ(rig.Reap(Wait::Until(Time())), 0u);
  EXPECT_LT(rig.port().Now() - before, std::chrono::seconds(5));
}

WHARF_TEST(PortReap, FarTimesAreNoErrors) {
  // Not for a kernel that counts in 32 bits of milliseconds, nor for one that
  // refuses large seconds (R18).
  PortRig rig(new_world());
  for (const Time until :
       {kNever - Duration(1), Time(Duration::max() / 2),
        rig.In(std::chrono::hours(24 * 365 * 100)),
        rig.In(std::chrono::milliseconds(uint64_t{1} << 32))}) {
    const Operation operation = rig.MakeQuick();
    rig.Submit(operation);
    for (int i = 0; i < 1000 && rig.InFlight(operation.id); ++i) {
      rig.Reap(Wait::Until(until));
    }
    EXPECT_FALSE(rig.InFlight(operation.id));
  }
}

WHARF_TEST(PortReap, ForeverEndsWithACompletion) {
  PortRig rig(new_world());
  for (int round = 0; round < 10; ++round) {
    const Operation operation = rig.MakeQuick();
    rig.Submit(operation);
    for (int i = 0; i < 1000 && rig.InFlight(operation.id); ++i) {
      rig.Reap(Wait::Forever());
    }
    EXPECT_FALSE(rig.InFlight(operation.id));
  }
}

WHARF_TEST(PortReap, ASleepEndsWhenSomebodyOutsideActs) {
  PortRig rig(new_world());
  WHARF_NEEDS(rig, kRealTime);
  const Operation waiting = rig.MakeWaiting();
  rig.Submit(waiting);
  std::thread outside([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    rig.Release(waiting.id);
  });
  const Time before = rig.port().Now();
  EXPECT_GE(rig.Finish(waiting.id).result, 1);
  outside.join();
  EXPECT_LT(rig.port().Now() - before, kPatience / 2);
}

WHARF_TEST(PortReap, TheClockMovesWithTheMachine) {
  PortRig rig(new_world());
  const Time before = rig.port().Now();
  rig.world().Pass(std::chrono::milliseconds(10));
  const Duration passed = rig.port().Now() - before;
  EXPECT_GE(passed, std::chrono::milliseconds(10));
  EXPECT_LT(passed, std::chrono::seconds(5));
}

WHARF_TEST(PortReap, TheClockNeverGoesBack) {
  PortRig rig(new_world());
  Time last = rig.port().Now();
  for (int i = 0; i < 1'000; ++i) {
    if (i % 100 == 0) {
      rig.Reap(Wait::Until(last + std::chrono::microseconds(10)));
    }
    const Time now = rig.port().Now();
    ASSERT_GE(now, last);
    last = now;
  }
}

WHARF_TEST(PortReap, CapabilitiesAreConstant) {
  PortRig rig(new_world(), 4);
  const PortCapabilities before = rig.capabilities();
  rig.Run(rig.MakeQuick());
  const PortCapabilities& after = rig.capabilities();
  EXPECT_EQ(before.opcodes, after.opcodes);
  EXPECT_EQ(before.features, after.features);
  EXPECT_EQ(before.max_vectors, after.max_vectors);
  EXPECT_EQ(before.max_operation_bytes, after.max_operation_bytes);
  EXPECT_EQ(before.max_in_flight, after.max_in_flight);
  EXPECT_EQ(before.name, after.name);
  EXPECT_FALSE(before.name.empty());
  EXPECT_GE(before.max_vectors, 1u);
  EXPECT_GE(before.max_operation_bytes, 1u);
  EXPECT_EQ(before.opcodes >> kOpcodeCount, 0u);
  if (before.Has(Opcode::kOpen) || before.Has(Opcode::kAccept)) {
    EXPECT_NE(before.closer, nullptr);
  }
}

REGISTER_TYPED_TEST_SUITE_P(
    PortReap, WithoutRoomItTakesNothingAndLosesNothing,
    GivesNoMoreThanThereIsRoomFor, WithNothingToComeNoneDoesNotSleep,
    NoneDoesNotSleepForWhatIsInFlight, UntilSleepsNoLongerThanThat,
    UntilAPastTimeDoesNotSleep, FarTimesAreNoErrors, ForeverEndsWithACompletion,
    ASleepEndsWhenSomebodyOutsideActs, TheClockMovesWithTheMachine,
    TheClockNeverGoesBack, CapabilitiesAreConstant);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_PORT_REAP_SUITE_H_
