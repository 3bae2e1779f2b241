#include "sim/kernel/file_image.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "sim/random.h"
#include "sim/random_chooser.h"
#include "sim/recorded_chooser.h"

namespace wharf::sim {
namespace {

using Bytes = std::vector<std::byte>;

constexpr uint32_t kSector = 4;

Bytes Of(const std::string& text) {
  Bytes bytes(text.size());
  std::transform(text.begin(), text.end(), bytes.begin(),
                 [](char c) { return std::byte(c); });
  return bytes;
}

// Zeros are shown as '.'.
std::string Text(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte b : bytes) {
    text += b == std::byte{0} ? '.' : static_cast<char>(b);
  }
  return text;
}

class FileImageTest : public testing::Test {
 protected:
  uint64_t Write(uint64_t offset, const std::string& text) {
    return file_.Write(offset, Of(text));
  }
  void SyncAll() { file_.SyncBelow(file_.next_change()); }
  // Crashes with these choices, all of which must be asked for.
  void Crash(std::vector<uint32_t> numbers) {
    RecordedChooser chooser(std::move(numbers));
    Choices choices(&chooser, &trace_, &clock_);
    file_.Crash(choices);
    EXPECT_TRUE(chooser.exact())
        << chooser.used() << " used, " << chooser.beyond() << " beyond";
    EXPECT_EQ(Text(file_.cached()), Text(file_.durable()));
  }
  std::string Cached() { return Text(file_.cached()); }
  std::string Durable() { return Text(file_.durable()); }

  Trace trace_;
  VirtualClock clock_;
  FileImage file_{kSector};
};

TEST_F(FileImageTest, ReadsWhatWasWrittenAndZerosInGaps) {
  Write(2, "abc");
  EXPECT_EQ(file_.size(), 5u);
  Bytes out(10, std::byte{'x'});
  EXPECT_EQ(file_.Read(1, out), 4u);
  EXPECT_EQ(Text(std::span(out).first(4)), ".abc");
  EXPECT_EQ(out[4], std::byte{'x'}) << "nothing beyond the end";
  EXPECT_EQ(file_.Read(5, out), 0u);
  EXPECT_EQ(file_.Read(500, out), 0u);
}

TEST_F(FileImageTest, AWriteIsNotDurableBeforeASyncThatCoversIt) {
  Write(0, "aaaa");
  const uint64_t limit = file_.next_change();
  Write(4, "bbbb");
  EXPECT_EQ(Durable(), "");
  file_.SyncBelow(limit);
  EXPECT_EQ(Durable(), "aaaa");
  EXPECT_EQ(file_.unsynced(), 1u);
  SyncAll();
  EXPECT_EQ(Durable(), "aaaabbbb");
  EXPECT_EQ(file_.unsynced(), 0u);
}

// UBSan sees a copy to the address of nothing.
TEST_F(FileImageTest, AnEmptyWriteToAnEmptyFileIsNothingToSync) {
  Write(0, "");
  SyncAll();
  EXPECT_EQ(file_.size(), 0u);
}

TEST_F(FileImageTest, SyncingOneChangeTakesEarlierOnesItOverlapsAlong) {
  Write(0, "aaaa");
  Write(8, "cccc");
  const uint64_t change = Write(2, "bbbb");
  Write(3, "d");
  file_.SyncChange(change);
  EXPECT_EQ(Durable(), "aabbbb");
  EXPECT_EQ(file_.unsynced(), 2u);
  SyncAll();
  EXPECT_EQ(Durable(), "aabdbb..cccc");
  EXPECT_EQ(Durable(), Cached());
}

// An older change must not come out on top because it was not taken along.
TEST_F(FileImageTest, SyncingOneChangeTakesWholeChainsAlong) {
  Write(0, "aaaa");
  Write(3, "bbbb");
  const uint64_t change = Write(6, "cccc");
  file_.SyncChange(change);
  EXPECT_EQ(file_.unsynced(), 0u);
  EXPECT_EQ(Durable(), "aaabbbcccc");
}

TEST_F(FileImageTest, SyncingAChangeThatIsDurableAlreadyDoesNothing) {
  const uint64_t change = Write(0, "aaaa");
  SyncAll();
  Write(0, "bbbb");
  file_.SyncChange(change);
  EXPECT_EQ(Durable(), "aaaa");
}

TEST_F(FileImageTest, AllocatesAsTheModeSays) {
  Write(0, "abcdefgh");
  file_.Allocate(AllocateMode::kAllocateKeepSize, 0, 20);
  EXPECT_EQ(Cached(), "abcdefgh");
  file_.Allocate(AllocateMode::kAllocate, 2, 8);
  EXPECT_EQ(Cached(), "abcdefgh..");
  file_.Allocate(AllocateMode::kPunchHole, 1, 2);
  EXPECT_EQ(Cached(), "a..defgh..");
  file_.Allocate(AllocateMode::kPunchHole, 7, 100);
  EXPECT_EQ(Cached(), "a..defg...");
  file_.Allocate(AllocateMode::kPunchHole, 50, 5);
  file_.Allocate(AllocateMode::kZeroRange, 5, 7);
  EXPECT_EQ(Cached(), "a..de.......");
  SyncAll();
  EXPECT_EQ(Durable(), Cached());
}

TEST_F(FileImageTest, CutsAndForgetsTheCutUnlessSynced) {
  Write(0, "abcdef");
  SyncAll();
  file_.Truncate(2);
  EXPECT_EQ(Cached(), "ab");
  EXPECT_EQ(Durable(), "abcdef");
  Crash({1});
  EXPECT_EQ(Cached(), "abcdef");
  file_.Truncate(3);
  const uint64_t change = Write(4, "x");
  file_.SyncChange(change);  // Must not bring the old bytes back.
  EXPECT_EQ(Durable(), "abc.x");
  EXPECT_EQ(file_.unsynced(), 0u);
}

TEST_F(FileImageTest, ACutFileHasNoBadRanges) {
  Write(0, "abcdef");
  file_.MarkBad({1, 4});
  file_.Truncate(2);
  EXPECT_EQ(file_.ReadableFrom(0, 2), 1u);
  Write(2, "xxxx");
  EXPECT_EQ(file_.ReadableFrom(2, 4), 4u);
}

TEST_F(FileImageTest, ACrashMayKeepOrDropAWholeChange) {
  Write(0, "aaaa");
  SyncAll();
  Write(0, "bbbb");
  Write(4, "cccc");
  Crash({0, 1});
  EXPECT_EQ(Durable(), "bbbb");
  Write(0, "dddd");
  Write(4, "eeee");
  Crash({1, 0});  // The later write survives the earlier one.
  EXPECT_EQ(Durable(), "bbbbeeee");
  EXPECT_EQ(file_.unsynced(), 0u);
}

TEST_F(FileImageTest, ACrashDecidesSectorBySector) {
  Write(0, std::string(16, 'a'));
  SyncAll();
  Write(2, std::string(12, 'b'));  // Sectors: 2 bytes, 4, 4, 2.
  // Kept, dropped, torn after 1 byte (3 - 2), kept.
  Crash({2, 0, 1, 2, 2, 0});
  EXPECT_EQ(Durable(), "aabbaaaabaaabbaa");
}

TEST_F(FileImageTest, ATornSectorOfOneByteIsOldOrWhole) {
  Write(0, "a");
  SyncAll();
  Write(0, "b");
  Crash({2, 2});
  EXPECT_EQ(Durable(), "a");
}

TEST_F(FileImageTest, ACrashMayLeaveASectorUnreadableUntilItIsWritten) {
  Write(0, "aaaaaaaa");
  Crash({2, 0, 3});
  EXPECT_EQ(file_.size(), 8u);
  EXPECT_EQ(file_.ReadableFrom(0, 8), 4u);
  EXPECT_EQ(file_.ReadableFrom(5, 2), 0u);
  EXPECT_EQ(file_.ReadableFrom(0, 4), 4u);
  Write(4, "bb");
  EXPECT_EQ(file_.ReadableFrom(0, 8), 6u);
  Write(6, "bb");
  EXPECT_EQ(file_.ReadableFrom(0, 8), 8u);
}

TEST_F(FileImageTest, ACrashMayForgetThatTheFileGrew) {
  file_.Allocate(AllocateMode::kAllocate, 0, 8);
  Crash({1});
  EXPECT_EQ(file_.size(), 0u);
  file_.Allocate(AllocateMode::kAllocate, 0, 8);
  Crash({0});
  EXPECT_EQ(file_.size(), 8u);
}

TEST_F(FileImageTest, ADroppedWriteBeforeAKeptOneReadsAsZeros) {
  Write(0, "aaaa");
  Write(4, "bbbb");
  Crash({1, 0});
  EXPECT_EQ(Durable(), "....bbbb");
}

TEST_F(FileImageTest, AWriteUnderWayMaySurviveInPart) {
  Write(0, "aaaaaaaa");
  SyncAll();
  file_.AddInFlightWrite(0, Of("bbbbbbbb"));
  EXPECT_EQ(Cached(), "aaaaaaaa") << "no program has seen it";
  Crash({2, 1, 0});
  EXPECT_EQ(Durable(), "aaaabbbb");
}

TEST_F(FileImageTest, AFailedSyncLosesWhatItCovered) {
  Write(0, "aaaa");
  Write(4, "bbbb");
  const uint64_t limit = file_.next_change();
  Write(8, "cccc");
  RecordedChooser chooser({0, 1});
  Choices choices(&chooser, &trace_, &clock_);
  file_.FailSyncBelow(limit, choices);
  EXPECT_EQ(Cached(), "aaaabbbbcccc") << "programs still see everything";
  SyncAll();  // The next sync is content.
  EXPECT_EQ(Durable(), "....bbbbcccc");
  Crash({});
  EXPECT_EQ(Cached(), "....bbbbcccc");
}

TEST_F(FileImageTest, WhatAFailedSyncLostCanBeWrittenAgain) {
  Write(0, "aaaa");
  RecordedChooser chooser({0});
  Choices choices(&chooser, &trace_, &clock_);
  file_.FailSyncBelow(file_.next_change(), choices);
  Write(0, "aaaa");
  SyncAll();
  EXPECT_EQ(Durable(), "aaaa");
}

TEST_F(FileImageTest, BadRangesAreCutAndJoinedByWhatIsWritten) {
  Write(0, std::string(20, 'a'));
  file_.MarkBad({4, 8});
  file_.MarkBad({10, 6});
  EXPECT_EQ(file_.ReadableFrom(0, 20), 4u);
  EXPECT_EQ(file_.ReadableFrom(16, 4), 4u);
  Write(6, "bb");  // In the middle.
  EXPECT_EQ(file_.ReadableFrom(6, 10), 2u);
  EXPECT_EQ(file_.ReadableFrom(4, 1), 0u);
  EXPECT_EQ(file_.ReadableFrom(15, 5), 0u);
  file_.Allocate(AllocateMode::kZeroRange, 0, 20);
  EXPECT_EQ(file_.ReadableFrom(0, 20), 20u);
}

TEST_F(FileImageTest, AProgramThatNeverSyncsDoesNotFillTheMemory) {
  for (int i = 0; i < 20000; ++i) Write(i % 64, "x");
  EXPECT_LE(file_.unsynced(), 4096u);
  EXPECT_FALSE(Durable().empty()) << "written back in the background";
}

// Whatever happens: what was synced and not overwritten since is there after a
// crash, every other byte is one that was written there, or zero in the grown
// part, and the cached image is what a plain byte array would be.
TEST_F(FileImageTest, AnyCrashKeepsWhatWasSyncedAndInventsNothing) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    RandomChooser chooser(seed);
    Random random(seed);
    Choices choices(&chooser, &trace_, &clock_);
    FileImage file(kSector);
    std::vector<std::byte> model;
    std::vector<std::set<std::byte>> possible(64, {std::byte{0}});
    for (int step = 0; step < 40; ++step) {
      switch (random.Below(10)) {
        case 0:
          file.SyncBelow(file.next_change());
          for (std::size_t i = 0; i < 64; ++i) {
            possible[i] = {i < model.size() ? model[i] : std::byte{0}};
          }
          break;
        case 1:
          file.Crash(choices);
          model.assign(file.cached().begin(), file.cached().end());
          for (std::size_t i = 0; i < model.size(); ++i) {
            ASSERT_TRUE(possible[i].contains(model[i])) << seed << " " << i;
          }
          for (std::size_t i = 0; i < 64; ++i) {
            possible[i] = {i < model.size() ? model[i] : std::byte{0}};
          }
          break;
        default: {
          const uint32_t offset = random.Below(50);
          Bytes bytes(1 + random.Below(14));
          for (std::byte& b : bytes) b = std::byte(1 + random.Below(255));
          const uint64_t change = file.Write(offset, bytes);
          if (model.size() < offset + bytes.size()) {
            model.resize(offset + bytes.size());
          }
          const bool durable = random.Below(4) == 0;
          if (durable) file.SyncChange(change);
          for (std::size_t i = 0; i < bytes.size(); ++i) {
            model[offset + i] = bytes[i];
            if (durable) possible[offset + i].clear();
            possible[offset + i].insert(bytes[i]);
          }
          break;
        }
      }
      ASSERT_EQ(Text(file.cached()), Text(model)) << seed;
    }
  }
}

}  // namespace
}  // namespace wharf::sim
