#include "sim/kernel/handle_table.h"

#include <vector>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

OpenObject File(uint32_t index) {
  OpenObject object;
  object.index = index;
  return object;
}

TEST(HandleTableTest, GivesOutTheLowestFreeNumber) {
  HandleTable table;
  EXPECT_EQ(table.Open(File(0)), 3);
  EXPECT_EQ(table.Open(File(1)), 4);
  EXPECT_EQ(table.Open(File(2)), 5);
  table.Release(table.Close(4));
  table.Release(table.Close(3));
  EXPECT_EQ(table.OpenHandles(), (std::vector<NativeHandle>{5}));
  EXPECT_EQ(table.open(), 1u);
  EXPECT_EQ(table.Open(File(7)), 3);
  EXPECT_EQ(table[table.Find(3)].index, 7u);
  EXPECT_EQ(table[table.Find(5)].index, 2u);
}

TEST(HandleTableTest, AClosedHandleNamesNothingButItsObjectStays) {
  HandleTable table;
  const NativeHandle handle = table.Open(File(9));
  const uint32_t object = table.Close(handle);
  EXPECT_EQ(table.Find(handle), kNoIndex);
  EXPECT_EQ(table.Close(handle), kNoIndex);
  const NativeHandle other = table.Open(File(10));
  EXPECT_EQ(other, handle) << "the number is free";
  EXPECT_EQ(table[object].index, 9u);
  EXPECT_FALSE(table[object].open);
  EXPECT_NE(table.Find(other), object);
}

TEST(HandleTableTest, ObjectsAreReusedOneByOne) {
  HandleTable table;
  table.Release(table.Close(table.Open(File(1))));
  const NativeHandle a = table.Open(File(2));
  const NativeHandle b = table.Open(File(3));
  EXPECT_EQ(table[table.Find(a)].index, 2u);
  EXPECT_EQ(table[table.Find(b)].index, 3u);
}

TEST(HandleTableTest, NumbersThatWereNeverGivenOutNameNothing) {
  HandleTable table;
  table.Open(File(0));
  for (const NativeHandle handle : {-1, 0, 2, 4, 1000}) {
    EXPECT_EQ(table.Find(handle), kNoIndex) << handle;
  }
}

TEST(HandleTableTest, AHandleThatOutlivedACrashNamesNothing) {
  HandleTable table;
  const NativeHandle before = table.Open(File(0));
  table.Crash();
  EXPECT_EQ(table.Find(before), kNoIndex);
  EXPECT_TRUE(table.OpenHandles().empty());
  const NativeHandle after = table.Open(File(1));
  EXPECT_NE(before, after);
  EXPECT_EQ(table.Find(before), kNoIndex);
  table.Crash();
  EXPECT_EQ(table.Find(after), kNoIndex);
}

}  // namespace
}  // namespace wharf::sim
