#include "sim/kernel/operation_table.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "sim/random.h"

namespace wharf::sim {
namespace {

TEST(OperationTableTest, EveryOccupantHasASerialOfItsOwn) {
  OperationTable table;
  std::set<uint64_t> serials;
  for (int round = 0; round < 50; ++round) {
    const uint32_t a = table.Allocate();
    const uint32_t b = table.Allocate();
    EXPECT_NE(a, b);
    EXPECT_TRUE(serials.insert(table[a].serial).second);
    EXPECT_TRUE(serials.insert(table[b].serial).second);
    EXPECT_EQ(table.live(), 2u);
    table.Release(a);
    table.Release(b);
  }
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(table.live(), 0u);
}

TEST(OperationTableTest, AReleasedSlotForgetsItsOperationsState) {
  OperationTable table;
  const uint32_t index = table.Allocate();
  table[index].state = SlotState::kWaiting;
  table[index].decided = true;
  table[index].cancelled = true;
  table[index].progress = 9;
  table[index].object = 3;
  table.Release(index);
  ASSERT_EQ(table.Allocate(), index);
  EXPECT_FALSE(table[index].decided);
  EXPECT_FALSE(table[index].cancelled);
  EXPECT_EQ(table[index].progress, 0u);
  EXPECT_EQ(table[index].object, kNoIndex);
  EXPECT_EQ(table[index].next, kNoIndex);
}

TEST(OperationTableTest, ASlotThatIsGivenOutIsInNoList) {
  OperationTable table;
  const uint32_t a = table.Allocate();
  const uint32_t b = table.Allocate();
  table.Release(a);
  table.Release(b);
  EXPECT_EQ(table.Allocate(), b) << "last in, first out";
  EXPECT_EQ(table[b].next, kNoIndex);
}

std::vector<uint32_t> Contents(const OperationTable& table,
                               const SlotList& list) {
  std::vector<uint32_t> contents;
  for (uint32_t i = list.front(); i != kNoIndex; i = table[i].next) {
    contents.push_back(i);
  }
  return contents;
}

// Against a vector, with removals from everywhere.
TEST(SlotListTest, KeepsTheOrderOfWhatIsLeft) {
  Random random(2);
  OperationTable table;
  for (int i = 0; i < 20; ++i) table.Allocate();
  SlotList list;
  std::vector<uint32_t> model;
  for (int step = 0; step < 5000; ++step) {
    const uint32_t index = random.Below(20);
    const auto at = std::find(model.begin(), model.end(), index);
    if (at == model.end()) {
      list.Push(table, index);
      model.push_back(index);
    } else {
      list.Remove(table, index);
      model.erase(at);
    }
    ASSERT_EQ(Contents(table, list), model);
    ASSERT_EQ(list.empty(), model.empty());
  }
}

}  // namespace
}  // namespace wharf::sim
