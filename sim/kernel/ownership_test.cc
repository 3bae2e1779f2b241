#include "sim/kernel/ownership.h"

#include <array>
#include <cstddef>
#include <vector>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

using Bytes = std::vector<std::byte>;

Slot SlotFor(Opcode opcode, void* data, uint64_t length) {
  Slot slot;
  slot.serial = 1;
  slot.state = SlotState::kStaged;
  slot.operation.opcode = opcode;
  slot.operation.data = data;
  slot.operation.length = length;
  return slot;
}

TEST(OwnershipTest, FillsWhatIsReadIntoAndNoticesWhoeverWritesThere) {
  Ownership ownership(true);
  Bytes memory(100);
  Slot slot = SlotFor(Opcode::kRead, memory.data(), memory.size());
  ownership.Begin(slot);
  EXPECT_NE(memory, Bytes(100));
  EXPECT_TRUE(ownership.Check(slot));
  for (const std::size_t at : {0, 50, 99}) {
    memory[at] ^= std::byte{1};
    EXPECT_FALSE(ownership.Check(slot)) << at;
    EXPECT_TRUE(ownership.Check(slot)) << "once";
  }
}

TEST(OwnershipTest, GoesOnWritingUntilTheEnd) {
  Ownership ownership(true);
  Bytes memory(10);
  Slot slot = SlotFor(Opcode::kReceive, memory.data(), memory.size());
  ownership.Begin(slot);
  const Bytes before = memory;
  EXPECT_TRUE(ownership.Touch(slot));
  EXPECT_NE(memory, before);
  memory[3] = std::byte{0};
  EXPECT_FALSE(ownership.Touch(slot));
}

TEST(OwnershipTest, WatchesDataThatIsThereAndNotDeliveredYet) {
  Ownership ownership(true);
  Bytes memory(10);
  Slot slot = SlotFor(Opcode::kRead, memory.data(), memory.size());
  ownership.Begin(slot);
  memory[0] = std::byte{42};  // The kernel's own write.
  slot.state = SlotState::kPosted;
  ownership.Posted(slot);
  EXPECT_TRUE(ownership.Check(slot));
  EXPECT_EQ(memory[0], std::byte{42});
  memory[9] = std::byte{1};
  EXPECT_FALSE(ownership.Check(slot));
}

TEST(OwnershipTest, LeavesWhatIsSentAloneAndNoticesAnyChange) {
  Ownership ownership(true);
  Bytes memory(10, std::byte{7});
  Slot slot = SlotFor(Opcode::kSend, memory.data(), memory.size());
  ownership.Begin(slot);
  EXPECT_TRUE(ownership.Touch(slot));
  EXPECT_EQ(memory, Bytes(10, std::byte{7}));
  memory[9] = std::byte{8};
  EXPECT_FALSE(ownership.Check(slot));
  EXPECT_TRUE(ownership.Check(slot)) << "once";
}

TEST(OwnershipTest, WatchesPathsAndAddresses) {
  Ownership ownership(true);
  Bytes memory(5, std::byte{7});
  Slot open = SlotFor(Opcode::kOpen, memory.data(), memory.size() - 1);
  Slot connect = SlotFor(Opcode::kConnect, memory.data(), memory.size() - 1);
  ownership.Begin(open);
  ownership.Begin(connect);
  EXPECT_TRUE(ownership.Touch(open));
  memory[4] = std::byte{8};
  EXPECT_TRUE(ownership.Check(connect));
  EXPECT_FALSE(ownership.Check(open)) << "the final 0 belongs to it";
}

TEST(OwnershipTest, AChangedVectorArrayIsNoticedAndNotFollowed) {
  Ownership ownership(true);
  Bytes a(4), b(4);
  std::array<IoVector, 2> vectors = {IoVector{a.data(), 4},
                                     IoVector{b.data(), 4}};
  Slot slot = SlotFor(Opcode::kReadVectored, vectors.data(), 2);
  ownership.Begin(slot);
  EXPECT_TRUE(ownership.ArrayIntact(slot));
  vectors[1].base = nullptr;  // Following it would be fatal.
  EXPECT_FALSE(ownership.ArrayIntact(slot));
  EXPECT_FALSE(ownership.Check(slot));
  EXPECT_FALSE(ownership.Touch(slot));
  ownership.Posted(slot);
}

TEST(OwnershipTest, WhenNotStrictItTouchesNothing) {
  Ownership ownership(false);
  Bytes memory(10);
  Slot slot = SlotFor(Opcode::kRead, memory.data(), memory.size());
  ownership.Begin(slot);
  memory[0] = std::byte{1};
  EXPECT_TRUE(ownership.Check(slot));
  EXPECT_TRUE(ownership.Touch(slot));
  EXPECT_EQ(memory[1], std::byte{0});
}

TEST(OwnershipTest, OperationsWithoutMemoryAreAlwaysFine) {
  Ownership ownership(true);
  Slot slot = SlotFor(Opcode::kSync, nullptr, 0);
  ownership.Begin(slot);
  EXPECT_TRUE(ownership.Touch(slot));
  EXPECT_TRUE(ownership.Check(slot));
}

}  // namespace
}  // namespace wharf::sim
