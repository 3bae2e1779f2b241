#include "sim/kernel/id_map.h"

#include <cstdint>
#include <map>

#include "gtest/gtest.h"
#include "sim/random.h"

namespace wharf::sim {
namespace {

TEST(IdMapTest, TellsGenerationsOfOneIndexApart) {
  IdMap map;
  const OperationId first{7};
  map.Insert(first, 1);
  map.Insert(first.Next(), 2);
  EXPECT_EQ(map.Find(first), 1u);
  EXPECT_EQ(map.Find(first.Next()), 2u);
  EXPECT_EQ(map.Find(first.Next().Next()), IdMap::kNone);
  map.Erase(first);
  EXPECT_EQ(map.Find(first), IdMap::kNone);
  EXPECT_EQ(map.Find(first.Next()), 2u);
}

TEST(IdMapTest, TheZeroIdentityIsOneLikeAnyOther) {
  IdMap map;
  EXPECT_EQ(map.Find(OperationId{0}), IdMap::kNone);
  map.Insert(OperationId{0}, 5);
  EXPECT_EQ(map.Find(OperationId{0}), 5u);
}

// Few different identities, so that chains form and break up all the time.
TEST(IdMapTest, AgreesWithAMap) {
  Random random(5);
  IdMap map;
  std::map<uint64_t, uint32_t> model;
  for (int step = 0; step < 50000; ++step) {
    const uint64_t id = random.Below(300);
    const auto known = model.find(id);
    if (known == model.end()) {
      ASSERT_EQ(map.Find(OperationId{id}), IdMap::kNone);
      const uint32_t slot = random.Below(1000);
      map.EraseFrom(OperationId{id}, slot);
      ASSERT_TRUE(map.Insert(OperationId{id}, slot));
      model[id] = slot;
    } else {
      const uint32_t slot = known->second;
      ASSERT_EQ(map.Find(OperationId{id}), slot);
      ASSERT_FALSE(map.Insert(OperationId{id}, slot + 1));
      map.EraseFrom(OperationId{id}, slot + 1);
      ASSERT_EQ(map.Find(OperationId{id}), slot);
      if (step % 2 == 0) {
        map.Erase(OperationId{id});
      } else {
        map.EraseFrom(OperationId{id}, slot);
      }
      model.erase(known);
    }
    ASSERT_EQ(map.size(), model.size());
  }
  for (uint64_t id = 0; id < 300; ++id) {
    ASSERT_EQ(map.Find(OperationId{id}) != IdMap::kNone, model.contains(id));
  }
  map.Clear();
  EXPECT_EQ(map.size(), 0u);
  for (uint64_t id = 0; id < 300; ++id) {
    EXPECT_EQ(map.Find(OperationId{id}), IdMap::kNone);
  }
}

}  // namespace
}  // namespace wharf::sim
