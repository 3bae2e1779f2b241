// Goal: whatever kinds of requests meet, they are staged in the order in which
// they were submitted, and continuing ones first (guarantee G8). Some kinds
// take a short way through the engine, others a queue; none may overtake.
// Method: the engine on the scripted port, all mixes of four requests, several
// capacities, and a turn in between at each place.

#include <cstdint>
#include <vector>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

constexpr int kKinds = 4;
constexpr int kRequests = 4;
constexpr int kMixes = kKinds * kKinds * kKinds * kKinds;

class EngineOrderTest : public EngineFixture {
 protected:
  static Request MakeRequest(int kind) {
    switch (kind) {
      case 0:
        return Request::Nop();
      case 1:
        return Read(8);
      case 2:
        return Read(8).WithDeadline(At(1000));
      default:
        return Request::Sync(File());
    }
  }
  // Ends everything in the port's hands in full.
  void CompleteAll() {
    for (const Operation& operation : port().in_flight()) {
      const bool transfers = operation.opcode == Opcode::kRead ||
                             operation.opcode == Opcode::kReceive;
      port().Complete(operation.id,
                      transfers ? static_cast<int64_t>(operation.length) : 0);
    }
  }
  // The slots of all operations that the port was given, in order.
  std::vector<uint32_t> SubmittedSlots() {
    std::vector<uint32_t> slots;
    for (const Operation& operation : port().submitted()) {
      slots.push_back(operation.id.index());
    }
    return slots;
  }
};

TEST_F(EngineOrderTest, G08_AnyMixIsStagedInItsOrder) {
  for (int mix = 0; mix < kMixes; ++mix) {
    for (const uint32_t capacity : {1u, 2u, 8u}) {
      for (int turn_after = 0; turn_after < kRequests; ++turn_after) {
        Start({.in_flight_capacity = capacity,
               .max_requests = 8,
               .max_remote_requests = 0});
        std::vector<uint32_t> expected;
        for (int i = 0, kinds = mix; i < kRequests; ++i, kinds /= kKinds) {
          expected.push_back(Submit(MakeRequest(kinds % kKinds)).index());
          if (i == turn_after) Turn();
        }
        for (int i = 0; i < 2 * kRequests && engine().live() > 0; ++i) {
          Turn();
          CompleteAll();
        }
        Turn();
        EXPECT_EQ(engine().live(), 0u);
        ASSERT_EQ(SubmittedSlots(), expected)
            << "mix " << mix << ", capacity " << capacity << ", turn after "
            << turn_after;
        DestroyEngine();
      }
    }
  }
}

TEST_F(EngineOrderTest, G08_WhatContinuesGoesBeforeFreshOnesOfEveryKind) {
  for (int kind = 0; kind < kKinds; ++kind) {
    Start();
    const RequestId receive = Submit(Receive(8));
    Turn();
    port().Complete(Op(0), 3);
    Turn();
    const RequestId fresh = Submit(MakeRequest(kind));
    Turn();
    EXPECT_EQ(SubmittedSlots(),
              (std::vector<uint32_t>{receive.index(), receive.index(),
                                     fresh.index()}))
        << "kind " << kind;
    CompleteAll();
    Turn();
    DestroyEngine();
  }
}

TEST_F(EngineOrderTest, G08_ACancelledOneLeavesTheOthersInOrder) {
  for (int mix = 0; mix < kMixes; ++mix) {
    for (int cancelled = 0; cancelled < kRequests; ++cancelled) {
      Start({.in_flight_capacity = 2,
             .max_requests = 8,
             .max_remote_requests = 0});
      std::vector<RequestId> ids;
      for (int i = 0, kinds = mix; i < kRequests; ++i, kinds /= kKinds) {
        ids.push_back(Submit(MakeRequest(kinds % kKinds)));
      }
      EXPECT_TRUE(engine().Cancel(ids[cancelled]));
      std::vector<uint32_t> expected;
      for (int i = 0; i < kRequests; ++i) {
        if (i != cancelled) expected.push_back(ids[i].index());
      }
      for (int i = 0; i < 2 * kRequests && engine().live() > 0; ++i) {
        Turn();
        CompleteAll();
      }
      Turn();
      ASSERT_EQ(SubmittedSlots(), expected)
          << "mix " << mix << ", cancelled " << cancelled;
      EXPECT_EQ(OutcomeOf(ids[cancelled]), Ended(OutcomeKind::kCancelled));
      EXPECT_TRUE(port().cancels().empty());
      results().clear();
      DestroyEngine();
    }
  }
}

}  // namespace
}  // namespace wharf::testing_support
