#include "backends/io_uring/in_flight.h"

#include <map>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace wharf::uring {
namespace {

OperationId Id(uint64_t index, uint64_t generation = 0) {
  return OperationId{index + generation * kIdGenerationUnit};
}

TEST(InFlightTable, FindsWhatWasInserted) {
  InFlightTable table(4);
  EXPECT_EQ(table.Find(Id(1)), nullptr);
  table.Insert(Id(1)).message = 9;
  ASSERT_NE(table.Find(Id(1)), nullptr);
  EXPECT_EQ(table.Find(Id(1))->message, 9u);
  EXPECT_EQ(table.size(), 1u);
}

TEST(InFlightTable, AnotherGenerationIsNotFound) {
  InFlightTable table(4);
  table.Insert(Id(1, 2));
  EXPECT_EQ(table.Find(Id(1, 1)), nullptr);
  EXPECT_EQ(table.Find(Id(1, 3)), nullptr);
}

TEST(InFlightTable, ReinsertedEntryHasNoFlags) {
  InFlightTable table(1);
  table.Insert(Id(0)).flags = InFlightTable::kCancelAsked;
  table.Erase(table.Find(Id(0)));
  EXPECT_EQ(table.Insert(Id(0, 1)).flags, 0u);
}

TEST(InFlightTable, TakePlainTakesOnlyWhatNeedsNoSecondLook) {
  InFlightTable table(4);  // 8 places
  EXPECT_FALSE(table.TakePlain(Id(1)));
  table.Insert(Id(1));
  EXPECT_FALSE(table.TakePlain(Id(1, 1)));
  EXPECT_TRUE(table.TakePlain(Id(1)));
  EXPECT_EQ(table.size(), 0u);
  table.Insert(Id(1)).flags = InFlightTable::kIsPoll;
  EXPECT_FALSE(table.TakePlain(Id(1)));
  table.Insert(Id(9));  // same home
  table.Insert(Id(3));
  EXPECT_FALSE(table.TakePlain(Id(9)));
  EXPECT_FALSE(table.TakePlain(Id(3)));
  table.Erase(table.Find(Id(1)));
  EXPECT_TRUE(table.TakePlain(Id(9)));
  EXPECT_TRUE(table.TakePlain(Id(3)));
  EXPECT_EQ(table.size(), 0u);
}

// Goal: any set of indexes works, colliding ones included. Method: random
// inserts and erases against std::map, with indexes that all share few homes.
TEST(InFlightTable, AgreesWithAMapUnderCollisions) {
  constexpr std::size_t kCapacity = 16;
  std::mt19937 random(1);
  for (int strategy = 0; strategy < 3; ++strategy) {
    InFlightTable table(kCapacity);
    std::map<uint64_t, uint32_t> model;
    for (int step = 0; step < 20'000; ++step) {
      const uint64_t index = strategy == 0 ? random() % 24
                             : strategy == 1
                                 ? (random() % 5) * 32 + random() % 3
                                 : random() % (1 << 28);
      const OperationId id = Id(index, random() % 3);
      InFlightTable::InFlight* found = table.Find(id);
      const auto expected = model.find(id.value);
      ASSERT_EQ(found != nullptr, expected != model.end());
      if (found != nullptr) {
        ASSERT_EQ(found->message, expected->second);
        if (step % 2 == 0 || !table.TakePlain(id)) table.Erase(found);
        model.erase(expected);
      } else if (model.size() < kCapacity) {
        table.Insert(id).message = static_cast<uint32_t>(step);
        model[id.value] = static_cast<uint32_t>(step);
      } else {
        table.Erase(table.Find(OperationId{model.begin()->first}));
        model.erase(model.begin());
      }
      ASSERT_EQ(table.size(), model.size());
    }
    std::map<uint64_t, uint32_t> visited;
    table.ForEach([&](InFlightTable::InFlight& entry) {
      visited[entry.id] = entry.message;
    });
    EXPECT_EQ(visited, model);
  }
}

}  // namespace
}  // namespace wharf::uring
