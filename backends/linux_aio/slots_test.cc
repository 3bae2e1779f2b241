#include "backends/linux_aio/slots.h"

#include <set>

#include "gtest/gtest.h"

namespace wharf::aio {
namespace {

Operation Make(uint64_t id) {
  Operation operation;
  operation.id = OperationId{id};
  return operation;
}

TEST(Slots, FindsByIdentityGenerationIncluded) {
  Slots slots(2);
  Slot& slot = slots.Insert(Make(kIdGenerationUnit + 1));
  EXPECT_EQ(slots.Find(OperationId{kIdGenerationUnit + 1}), &slot);
  EXPECT_EQ(slots.Find(OperationId{1}), nullptr);
  EXPECT_EQ(slot.phase, Phase::kStaged);
  EXPECT_EQ(slots.size(), 1u);
}

TEST(Slots, ATakenSlotDoesNotMoveAndIsNobodyElses) {
  Slots slots(3);
  Slot& first = slots.Insert(Make(1));
  Slot& second = slots.Insert(Make(2));
  slots.Erase(second);
  for (uint64_t id = 3; id < 40; ++id) {
    Slot& next = slots.Insert(Make(id));
    EXPECT_NE(&next, &first);
    EXPECT_EQ(slots.Find(OperationId{1}), &first);
    slots.Erase(next);
  }
}

TEST(Slots, AReusedSlotHasNothingOfItsFormerOwner) {
  Slots slots(1);
  Slot& slot = slots.Insert(Make(1));
  slot.cancel_asked = slot.polling = slot.unpollable = slot.connecting = true;
  slot.phase = Phase::kParked;
  slots.Erase(slot);
  const Slot& next = slots.Insert(Make(2));
  EXPECT_FALSE(next.cancel_asked || next.polling || next.unpollable ||
               next.connecting);
  EXPECT_EQ(next.phase, Phase::kStaged);
}

TEST(Slots, VisitsWhatIsTaken) {
  Slots slots(4);
  slots.Insert(Make(1));
  Slot& second = slots.Insert(Make(2));
  slots.Insert(Make(3));
  slots.Erase(second);
  std::set<uint64_t> seen;
  slots.ForEach([&](Slot& slot) { seen.insert(slot.operation.id.value); });
  EXPECT_EQ(seen, (std::set<uint64_t>{1, 3}));
}

}  // namespace
}  // namespace wharf::aio
