// Goal: what engine/port.h says of Submit. PortRig checks the rest of the
// contract with every call.

#ifndef WHARF_TESTS_CONFORMANCE_PORT_SUBMIT_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_PORT_SUBMIT_SUITE_H_

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/port_rig.h"

namespace wharf::conformance {

template <class Instance>
class PortSubmit : public testing::Test {};
TYPED_TEST_SUITE_P(PortSubmit);

WHARF_TEST(PortSubmit, AnEmptyPortTakesAtLeastOne) {
  PortRig rig(new_world());
  for (int i = 0; i < 3; ++i) {
    const Operation operations[] = {rig.MakeQuick(), rig.MakeQuick()};
    EXPECT_GE(rig.Offer(operations), 1u);
    rig.FinishAll();
  }
}

WHARF_TEST(PortSubmit, OfferingNothingIsNothing) {
  PortRig rig(new_world());
  EXPECT_EQ(rig.Offer({}), 0u);
  EXPECT_EQ(rig.Reap(Wait::None()), 0u);
}

WHARF_TEST(PortSubmit, WhatIsAcceptedEndsOnceAndTheRestNever) {
  // PortRig fails for a completion of anything that was not accepted.
  PortRig rig(new_world(), 4);
  std::vector<Operation> operations;
  for (int i = 0; i < 12; ++i) operations.push_back(rig.MakeQuick());
  const std::size_t taken = rig.Offer(operations);
  EXPECT_GE(taken, 1u);
  EXPECT_LE(taken, 4u);
  rig.FinishAll();
  EXPECT_EQ(rig.ended().size(), taken);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rig.Reap(Wait::None()), 0u);
}

WHARF_TEST(PortSubmit, TheRestCanBeOfferedAgain) {
  PortRig rig(new_world(), 4);
  std::vector<Operation> operations;
  for (int i = 0; i < 40; ++i) operations.push_back(rig.MakeQuick());
  rig.OfferAll(operations);
  rig.FinishAll();
  EXPECT_EQ(rig.ended().size(), operations.size());
  for (const Operation& operation : operations) {
    EXPECT_GE(rig.EndOf(operation.id).result, 0);
  }
}

WHARF_TEST(PortSubmit, TakesAPrefixInOrder) {
  // A receive at the end of each prefix shows that what is before it was
  // taken: bytes go to receives in the order of their submission.
  PortRig rig(new_world(), 4);
  WHARF_NEEDS(rig, Opcode::kWrite);
  const TestFile file = rig.NewFile("........");
  std::vector<Operation> operations;
  for (int i = 0; i < 8; ++i) {
    std::byte* byte = rig.NewBytes(
        std::string_view("abcdefgh").substr(static_cast<std::size_t>(i), 1));
    operations.push_back(rig.Make(Opcode::kWrite, file.handle, byte, 1,
                                  static_cast<uint64_t>(i)));
  }
  const std::size_t taken = rig.Offer(operations);
  rig.FinishAll();
  EXPECT_EQ(
      rig.world().Content(file.path),
      std::string("abcdefgh").substr(0, taken) + std::string(8 - taken, '.'));
}

WHARF_TEST(PortSubmit, NeverTakesMoreThanItsLimit) {
  for (const uint32_t limit : {1u, 2u, 7u}) {
    PortRig rig(new_world(), limit);
    WHARF_NEEDS(rig, OneOf::kWaiting);
    // PortRig compares with Capabilities().max_in_flight in every Offer.
    for (uint32_t i = 0; i < 2 * limit + 2; ++i) {
      const Operation operation = rig.MakeWaiting();
      rig.Offer({&operation, 1});
      rig.Reap(Wait::None());
    }
    EXPECT_GE(rig.in_flight(), 1u);
  }
}

WHARF_TEST(PortSubmit, APlaceIsFreeAgainAfterTheCompletion) {
  PortRig rig(new_world(), 1);
  for (int i = 0; i < 20; ++i) {
    const Completion end = rig.Run(rig.MakeQuick());
    EXPECT_GE(end.result, 0);
  }
}

WHARF_TEST(PortSubmit, CompletesNothingInsideTheCall) {
  // The bytes that the operation reads arrive in memory whenever the kernel
  // likes, but nothing is reported before a Reap: there is no way to.
  PortRig rig(new_world());
  const Operation operation = rig.MakeQuick();
  rig.Submit(operation);
  EXPECT_TRUE(rig.InFlight(operation.id));
  EXPECT_EQ(rig.Reap(Wait::None(), 0), 0u);
  EXPECT_TRUE(rig.InFlight(operation.id));
  EXPECT_GE(rig.Finish(operation.id).result, 0);
}

WHARF_TEST(PortSubmit, WhatTheKernelRefusesBecomesACompletion) {
  PortRig rig(new_world());
  const Handle closed = rig.ClosedHandle();
  const Completion end =
      rig.Run(rig.Make(Opcode::kRead, closed, rig.NewBytes(8), 8, 0));
  EXPECT_EQ(ErrorOf(end), Error::kBadHandle);
}

WHARF_TEST(PortSubmit, ABadOperationTakesNothingElseWithIt) {
  // Some kernels stop a whole submission at the first bad one (U-24, A-04).
  PortRig rig(new_world());
  const TestFile file = rig.NewFile("content");
  const Handle closed = rig.ClosedHandle();
  std::vector<Operation> operations;
  for (int i = 0; i < 8; ++i) {
    const Handle handle = i % 2 == 0 ? closed : file.handle;
    operations.push_back(
        rig.Make(Opcode::kRead, handle, rig.NewBytes(7), 7, 0));
  }
  rig.OfferAll(operations);
  rig.FinishAll();
  ASSERT_EQ(rig.ended().size(), operations.size());
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const Completion& end = rig.EndOf(operations[i].id);
    if (i % 2 == 0) {
      EXPECT_EQ(ErrorOf(end), Error::kBadHandle);
    } else {
      EXPECT_EQ(end.result, 7);
    }
  }
}

REGISTER_TYPED_TEST_SUITE_P(PortSubmit, AnEmptyPortTakesAtLeastOne,
                            OfferingNothingIsNothing,
                            WhatIsAcceptedEndsOnceAndTheRestNever,
                            TheRestCanBeOfferedAgain, TakesAPrefixInOrder,
                            NeverTakesMoreThanItsLimit,
                            APlaceIsFreeAgainAfterTheCompletion,
                            CompletesNothingInsideTheCall,
                            WhatTheKernelRefusesBecomesACompletion,
                            ABadOperationTakesNothingElseWithIt);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_PORT_SUBMIT_SUITE_H_
