#include "backends/posix/in_flight.h"

#include <map>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace wharf::posix {
namespace {

OperationId Id(uint64_t index, uint64_t generation = 0) {
  return OperationId{index + generation * kIdGenerationUnit};
}

TEST(InFlightTable, FindsWhatWasInserted) {
  InFlightTable table(4);
  EXPECT_EQ(table.Find(Id(1)), nullptr);
  table.Insert(Id(1)).Note(InFlight::kHasSlot, 9);
  ASSERT_NE(table.Find(Id(1)), nullptr);
  EXPECT_EQ(table.Find(Id(1))->number(), 9u);
  EXPECT_EQ(table.Find(Id(1))->operation(), Id(1));
  EXPECT_EQ(table.size(), 1u);
}

TEST(InFlightTable, AnotherGenerationIsNotFound) {
  InFlightTable table(4);
  table.Insert(Id(1, 2));
  EXPECT_EQ(table.Find(Id(1, 1)), nullptr);
  EXPECT_EQ(table.Find(Id(1, 3)), nullptr);
}

// A free place is no operation, whatever value it is marked with.
TEST(InFlightTable, NoValueNamesAFreePlace) {
  InFlightTable table(4);
  table.Insert(Id(1)).Note(InFlight::kHasSlot, 9);
  table.Erase(table.Find(Id(1)));
  for (const uint64_t value : {~uint64_t{0}, ~uint64_t{0} >> 1,
                               ~uint64_t{0} >> 2, uint64_t{1} << 63}) {
    EXPECT_EQ(table.Find(OperationId{value}), nullptr) << value;
  }
}

TEST(InFlightTable, NotesAddUpAndAreTakenBackOneByOne) {
  InFlightTable table(1);
  InFlight& entry = table.Insert(Id(0));
  EXPECT_FALSE(entry.Has(~uint32_t{0}));
  entry.Note(InFlight::kIsPoll);
  entry.Note(InFlight::kCancelAsked);
  EXPECT_TRUE(entry.Has(InFlight::kIsPoll));
  EXPECT_TRUE(entry.Has(InFlight::kCancelAsked));
  EXPECT_FALSE(entry.Has(InFlight::kCancelQueued));
  entry.Unnote(InFlight::kIsPoll);
  EXPECT_FALSE(entry.Has(InFlight::kIsPoll));
  EXPECT_TRUE(entry.Has(InFlight::kCancelAsked));
}

TEST(InFlightTable, ReinsertedEntryHasNoNotes) {
  InFlightTable table(1);
  table.Insert(Id(0)).Note(InFlight::kCancelAsked);
  table.Erase(table.Find(Id(0)));
  InFlight& again = table.Insert(Id(0, 1));
  EXPECT_FALSE(again.Has(~uint32_t{0}));
  again.Note(InFlight::kIsPoll);
  EXPECT_FALSE(again.Has(InFlight::kCancelAsked));
}

TEST(InFlightTable, TakePlainTakesOnlyWhatNeedsNoSecondLook) {
  InFlightTable table(4);  // 8 places
  const InFlightTable::Places places(table);
  EXPECT_FALSE(places.TakePlain(Id(1)));
  ASSERT_NE(places.Insert(Id(1)), nullptr);
  EXPECT_EQ(places.Insert(Id(9)), nullptr);  // same home
  EXPECT_FALSE(places.TakePlain(Id(1, 1)));
  EXPECT_TRUE(places.TakePlain(Id(1)));
  EXPECT_FALSE(places.TakePlain(Id(1)));
  table.Count(1, 1);
  EXPECT_EQ(table.size(), 0u);
  table.Insert(Id(1)).Note(InFlight::kIsPoll);
  EXPECT_FALSE(places.TakePlain(Id(1)));
  EXPECT_TRUE(table.all_at_home());
  table.Insert(Id(9));
  EXPECT_FALSE(table.all_at_home());
  table.Erase(table.Find(Id(1)));
  EXPECT_TRUE(table.all_at_home());
  EXPECT_TRUE(places.TakePlain(Id(9)));
  table.Count(0, 1);
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
      InFlight* found = table.Find(id);
      const auto expected = model.find(id.value);
      ASSERT_EQ(found != nullptr, expected != model.end());
      if (found != nullptr) {
        ASSERT_EQ(found->Has(InFlight::kHasSlot), expected->second != 0);
        if (expected->second != 0) {
          ASSERT_EQ(found->number(), expected->second);
        }
        if (step % 2 == 0 && table.all_at_home() &&
            InFlightTable::Places(table).TakePlain(id)) {
          table.Count(0, 1);
        } else {
          table.Erase(found);
        }
        model.erase(expected);
      } else if (model.size() < kCapacity) {
        InFlight* entry = InFlightTable::Places(table).Insert(id);
        if (entry == nullptr) {
          entry = &table.Insert(id);
        } else {
          table.Count(1, 0);
        }
        const auto number = static_cast<uint32_t>(step % 3 == 0 ? step : 0);
        if (number != 0) entry->Note(InFlight::kHasSlot, number);
        model[id.value] = number;
      } else {
        table.Erase(table.Find(OperationId{model.begin()->first}));
        model.erase(model.begin());
      }
      ASSERT_EQ(table.size(), model.size());
    }
    std::map<uint64_t, uint32_t> visited;
    table.ForEach([&](InFlight& entry) {
      visited[entry.operation().value] =
          entry.Has(InFlight::kHasSlot) ? entry.number() : 0;
    });
    EXPECT_EQ(visited, model);
  }
}

}  // namespace
}  // namespace wharf::posix
