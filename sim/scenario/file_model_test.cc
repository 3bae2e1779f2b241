#include "sim/scenario/file_model.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

using Bytes = std::vector<std::byte>;

// Puts what write number `write` would into `file`.
void Apply(Bytes& file, uint32_t write, uint64_t offset, uint64_t length) {
  file.resize(std::max<std::size_t>(file.size(), offset + length));
  FileModel::Fill({file.data() + offset, length}, offset, write);
}

std::string ReadNow(FileModel& model, const Bytes& file, bool at_end = false) {
  return model.CheckRead(model.BeginRead(), 0, file, at_end);
}

TEST(FileModelTest, NothingWrittenIsZeros) {
  FileModel model;
  EXPECT_EQ(ReadNow(model, Bytes(10)), "");
  EXPECT_NE(ReadNow(model, Bytes(10, std::byte{1})), "");
}

TEST(FileModelTest, AWriteMayBeSeenOnceItHasBegunAndMustOnceItHasEnded) {
  FileModel model;
  Bytes file(10), old(10);
  const uint32_t write = model.BeginWrite(2, 5);
  Apply(file, write, 2, 5);
  EXPECT_EQ(ReadNow(model, old), "");
  EXPECT_EQ(ReadNow(model, file), "");
  const FileModel::Moment before = model.BeginRead();
  model.EndWrite(write, 5, false);
  EXPECT_NE(ReadNow(model, old), "");
  EXPECT_EQ(ReadNow(model, file), "");
  EXPECT_EQ(model.CheckRead(before, 0, old, false), "")
      << "a read that began earlier may have seen the old content";
}

TEST(FileModelTest, BytesOfAWriteBelongToItsPlace) {
  FileModel model;
  const uint32_t write = model.BeginWrite(2, 5);
  model.EndWrite(write, 5, false);
  Bytes elsewhere(10);
  Apply(elsewhere, write, 3, 5);
  EXPECT_NE(ReadNow(model, elsewhere), "");
}

TEST(FileModelTest, TheLaterWriteWins) {
  FileModel model;
  Bytes first(8), second(8);
  const uint32_t a = model.BeginWrite(0, 8);
  model.EndWrite(a, 8, false);
  const uint32_t b = model.BeginWrite(0, 8);
  Apply(first, a, 0, 8);
  Apply(second, b, 0, 8);
  EXPECT_EQ(ReadNow(model, first), "") << "the second is under way";
  model.EndWrite(b, 8, false);
  EXPECT_NE(ReadNow(model, first), "");
  EXPECT_EQ(ReadNow(model, second), "");
}

TEST(FileModelTest, OfTwoAtTheSameTimeEitherWinsByteByByte) {
  FileModel model;
  const uint32_t a = model.BeginWrite(0, 8);
  const uint32_t b = model.BeginWrite(0, 8);
  model.EndWrite(a, 8, false);
  model.EndWrite(b, 8, false);
  Bytes mixed(8);
  Apply(mixed, a, 0, 8);
  Apply(mixed, b, 3, 2);
  EXPECT_EQ(ReadNow(model, mixed), "");
  mixed[4] = std::byte{0};
  EXPECT_NE(ReadNow(model, mixed), "");
}

TEST(FileModelTest, WhatFailedMayBeThereOrNot) {
  FileModel model;
  const uint32_t write = model.BeginWrite(0, 8);
  model.EndWrite(write, 2, false);
  Bytes none(8), certain(8), all(8);
  Apply(certain, write, 0, 2);
  Apply(all, write, 0, 8);
  EXPECT_NE(ReadNow(model, none), "");
  EXPECT_EQ(ReadNow(model, certain), "");
  EXPECT_EQ(ReadNow(model, all), "");
}

TEST(FileModelTest, ZerosReplaceAsWritesDo) {
  FileModel model;
  const uint32_t write = model.BeginWrite(0, 8);
  model.EndWrite(write, 8, false);
  Bytes file(8);
  Apply(file, write, 0, 8);
  const uint32_t zeros = model.BeginWrite(2, 3, /*zeros=*/true);
  Bytes punched = file;
  std::fill(punched.begin() + 2, punched.begin() + 5, std::byte{0});
  EXPECT_EQ(ReadNow(model, file), "");
  EXPECT_EQ(ReadNow(model, punched), "");
  model.EndWrite(zeros, 3, false);
  EXPECT_NE(ReadNow(model, file), "");
  punched[5] = std::byte{0};
  EXPECT_NE(ReadNow(model, punched), "") << "beyond the zeros";
}

TEST(FileModelTest, TheFileDoesNotEndBeforeWhatWasWritten) {
  FileModel model;
  const uint32_t write = model.BeginWrite(0, 8);
  Bytes file;
  Apply(file, write, 0, 8);
  model.EndWrite(write, 8, false);
  EXPECT_EQ(ReadNow(model, file, /*at_end=*/true), "");
  file.pop_back();
  EXPECT_NE(ReadNow(model, file, /*at_end=*/true), "");
  EXPECT_EQ(ReadNow(model, file, /*at_end=*/false), "");
}

TEST(FileModelTest, ManyWritesAreStillToldApart) {
  FileModel model;
  Bytes file(4);
  for (int i = 0; i < 600; ++i) {
    const uint32_t write = model.BeginWrite(0, 4);
    model.EndWrite(write, 4, false);
    Apply(file, write, 0, 4);
    ASSERT_EQ(ReadNow(model, file), "") << i;
  }
  Apply(file, 598, 1, 1);
  EXPECT_NE(ReadNow(model, file), "");
}

TEST(FileModelTest, OnlyWhatWasSyncedMustSurviveACrash) {
  FileModel model;
  Bytes file;
  const uint32_t synced = model.BeginWrite(0, 4);
  Apply(file, synced, 0, 4);
  model.EndWrite(synced, 4, false);
  EXPECT_EQ(model.CheckAfterCrash({}), "");
  EXPECT_FALSE(model.any_durable());
  const FileModel::Moment sync = model.BeginSync();
  const uint32_t later = model.BeginWrite(4, 4);
  model.EndWrite(later, 4, false);
  model.EndSync(sync, true);
  EXPECT_TRUE(model.any_durable());
  EXPECT_EQ(model.CheckAfterCrash(file), "");
  EXPECT_NE(model.CheckAfterCrash(Bytes(4)), "");
  EXPECT_NE(model.CheckAfterCrash({}), "");
  Apply(file, later, 4, 4);
  EXPECT_EQ(model.CheckAfterCrash(file), "") << "it may survive as well";
}

TEST(FileModelTest, ADurableWriteMustSurvive) {
  FileModel model;
  const uint32_t write = model.BeginWrite(0, 4);
  model.EndWrite(write, 4, true);
  EXPECT_NE(model.CheckAfterCrash(Bytes(4)), "");
}

TEST(FileModelTest, AFailedSyncMakesALaterOneProveNothing) {
  FileModel model;
  const uint32_t write = model.BeginWrite(0, 4);
  model.EndWrite(write, 4, false);
  model.EndSync(model.BeginSync(), false);
  model.EndSync(model.BeginSync(), true);
  EXPECT_EQ(model.CheckAfterCrash(Bytes(4)), "");
  const uint32_t again = model.BeginWrite(0, 4);
  model.EndWrite(again, 4, false);
  model.EndSync(model.BeginSync(), true);
  EXPECT_NE(model.CheckAfterCrash(Bytes(4)), "") << "what is new is synced";
}

TEST(FileModelTest, AfterAForgottenSyncNoneProvesAnything) {
  FileModel model;
  model.ForgetSyncs();
  const uint32_t write = model.BeginWrite(0, 4);
  model.EndWrite(write, 4, true);
  model.EndSync(model.BeginSync(), true);
  EXPECT_EQ(model.CheckAfterCrash({}), "");
}

}  // namespace
}  // namespace wharf::sim
