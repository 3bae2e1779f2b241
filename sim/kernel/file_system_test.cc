#include "sim/kernel/file_system.h"

#include <cstddef>
#include <vector>

#include "gtest/gtest.h"
#include "sim/recorded_chooser.h"

namespace wharf::sim {
namespace {

std::vector<std::byte> Some(std::size_t size) {
  return std::vector<std::byte>(size, std::byte{'a'});
}

TEST(FileSystemTest, FindsWhatWasCreated) {
  FileSystem disk(512);
  EXPECT_EQ(disk.Find("a"), kNoIndex);
  const uint32_t a = disk.FindOrCreate("a");
  const uint32_t b = disk.FindOrCreate("b");
  EXPECT_NE(a, b);
  EXPECT_EQ(disk.Find("a"), a);
  EXPECT_EQ(disk.FindOrCreate("a"), a);
}

TEST(FileSystemTest, ARemovedFileStaysForThoseWhoHaveIt) {
  FileSystem disk(512);
  const uint32_t a = disk.FindOrCreate("a");
  disk[a].Write(0, Some(3));
  EXPECT_TRUE(disk.Remove("a"));
  EXPECT_FALSE(disk.Remove("a"));
  EXPECT_EQ(disk.Find("a"), kNoIndex);
  EXPECT_EQ(disk[a].size(), 3u);
  EXPECT_NE(disk.FindOrCreate("a"), a);
}

TEST(FileSystemTest, ADiskIsFullWhenAllFilesTogetherAre) {
  FileSystem disk(512, 100);
  const uint32_t a = disk.FindOrCreate("a");
  const uint32_t b = disk.FindOrCreate("b");
  disk[a].Write(0, Some(60));
  EXPECT_EQ(disk.RoomFor(b, 0, 30), 30u);
  EXPECT_EQ(disk.RoomFor(b, 0, 50), 40u);
  EXPECT_EQ(disk.RoomFor(b, 35, 50), 5u) << "the gap takes room";
  EXPECT_EQ(disk.RoomFor(b, 45, 1), 0u);
  EXPECT_EQ(disk.RoomFor(a, 0, 60), 60u) << "what is there can be rewritten";
  EXPECT_EQ(disk.RoomFor(a, 50, 100), 50u);
}

TEST(FileSystemTest, ACrashMayTakeTheNameOfAFileThatWasNeverSynced) {
  Trace trace;
  VirtualClock clock;
  FileSystem disk(512);
  const uint32_t a = disk.FindOrCreate("a");
  disk.FindOrCreate("b");
  disk.MarkNameDurable(a);
  RecordedChooser chooser({1});
  Choices choices(&chooser, &trace, &clock);
  disk.Crash(choices);
  EXPECT_TRUE(chooser.exact()) << "only b is asked for";
  EXPECT_EQ(disk.Find("a"), a);
  EXPECT_EQ(disk.Find("b"), kNoIndex);
  disk.FindOrCreate("c");
  RecordedChooser keep({0});
  Choices second(&keep, &trace, &clock);
  disk.Crash(second);
  RecordedChooser none({});
  Choices third(&none, &trace, &clock);
  disk.Crash(third);
  EXPECT_TRUE(none.exact()) << "what survived one crash survives the next";
  EXPECT_NE(disk.Find("c"), kNoIndex);
}

TEST(FileSystemTest, ACrashReachesTheFiles) {
  Trace trace;
  VirtualClock clock;
  FileSystem disk(512);
  const uint32_t a = disk.FindOrCreate("a");
  disk.MarkNameDurable(a);
  disk[a].Write(0, Some(3));
  RecordedChooser chooser({1});
  Choices choices(&chooser, &trace, &clock);
  disk.Crash(choices);
  EXPECT_EQ(disk[a].size(), 0u);
}

}  // namespace
}  // namespace wharf::sim
