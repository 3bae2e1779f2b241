#include "tools/cp/filesystem.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cp/scratch.h"

namespace wharf::cp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(FilesystemTest, FactsOfEachKind) {
  Scratch scratch;
  scratch.Write("f", "12345");
  scratch.Link("f", "l");
  ASSERT_EQ(::mkfifo(scratch.Path("p").c_str(), 0600), 0);
  EXPECT_EQ(LinkStat(scratch.Path("f"))->size, 5u);
  EXPECT_EQ(LinkStat(scratch.Path("l"))->kind, FileKind::kSymlink);
  EXPECT_EQ(Stat(scratch.Path("l"))->identity,
            Stat(scratch.Path("f"))->identity);
  EXPECT_EQ(Stat(scratch.Path())->kind, FileKind::kDirectory);
  EXPECT_EQ(Stat(scratch.Path("p"))->kind, FileKind::kSpecial);
  EXPECT_STREQ(Stat("/dev/null")->kind_name, "a character device");
}

TEST(FilesystemTest, EveryErrorNamesThePath) {
  Scratch scratch;
  const std::string no = scratch.Path("no");
  const FileTime time;
  for (const absl::Status& status :
       {Stat(no).status(),
        LinkStat(no).status(),
        ListDirectory(no).status(),
        RealPath(no).status(),
        OpenForReading(no, false).status(),
        CreateNew(scratch.Path("x/y"), no, 0600, false).status(),
        OpenDirectory(no).status(),
        Remove(no),
        Rename(no, no),
        MakeDirectory(no + "/x", 0700).status(),
        ReadLink(no).status(),
        MakeLink("x", no + "/x"),
        SetSize(-1, 1, no),
        SetMode(-1, 0600, no),
        SetPathMode(no, 0600),
        SetModified(-1, time, no),
        SetPathModified(no, time),
        NextData(-1, 0, no).status(),
        NextHole(-1, 0, 1, no).status(),
        StatOpen(-1, no).status()}) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(no));
  }
}

TEST(FilesystemTest, ListsSorted) {
  Scratch scratch;
  for (const char* name : {"b", "a", ".c", "B"}) scratch.Write(name, "");
  EXPECT_THAT(*ListDirectory(scratch.Path()), ElementsAre(".c", "B", "a", "b"));
}

TEST(FilesystemTest, APipeIsOpenedWithoutWaitingForItsWriter) {
  Scratch scratch;
  ASSERT_EQ(::mkfifo(scratch.Path("p").c_str(), 0600), 0);
  const absl::StatusOr<OpenFile> file =
      OpenForReading(scratch.Path("p"), false);
  ASSERT_TRUE(file.ok());
  ::close(static_cast<int>(file->native));
}

TEST(FilesystemTest, CreateNewNeverTakesAnExistingFileOrLink) {
  Scratch scratch;
  scratch.Write("f", "x");
  scratch.Link("nowhere", "l");
  for (const char* name : {"f", "l"}) {
    EXPECT_EQ(
        CreateNew(scratch.Path(name), "shown", 0600, false).status().code(),
        absl::StatusCode::kAlreadyExists);
  }
  EXPECT_FALSE(scratch.Exists("nowhere"));
}

TEST(FilesystemTest, TemporaryNamesDifferAndFit) {
  std::set<std::string> names;
  for (int i = 0; i < 100; ++i) names.insert(TemporaryName("/a/b"));
  EXPECT_GT(names.size(), 90u);
  EXPECT_TRUE(absl::StartsWith(*names.begin(), "/a/.b.wharf-"));
  EXPECT_TRUE(absl::StartsWith(TemporaryName("b"), ".b.wharf-"));
  // Cut between two-byte characters, not inside of one.
  std::string name;
  while (name.size() < 254) name += "\xc3\xbc";
  const std::string temporary = TemporaryName("/" + name);
  EXPECT_LE(temporary.size() - 1, 255u);
  EXPECT_EQ(
      (temporary.size() - 1 - std::string(". .wharf-abcdef").size() + 1) % 2,
      0u);
}

TEST(FilesystemTest, DirectIsOpenedWithItsAlignmentOrWithout) {
  Scratch scratch;
  scratch.Write("f", Noise(8192));
  const absl::StatusOr<OpenFile> file = OpenForReading(scratch.Path("f"), true);
  ASSERT_TRUE(file.ok());
  const bool is_direct =
      (::fcntl(static_cast<int>(file->native), F_GETFL) & O_DIRECT) != 0;
  EXPECT_EQ(is_direct, file->alignment > 1);
  if (is_direct) {
    EXPECT_EQ(file->alignment & (file->alignment - 1), 0u);
  }
  EXPECT_EQ(::fcntl(static_cast<int>(file->native), F_GETFL) & O_NONBLOCK, 0);
  ::close(static_cast<int>(file->native));
}

TEST(FilesystemTest, MakeDirectoryTellsNewFromOldAndFromAFile) {
  Scratch scratch;
  scratch.Write("f", "");
  EXPECT_TRUE(*MakeDirectory(scratch.Path("d"), 0700));
  EXPECT_FALSE(*MakeDirectory(scratch.Path("d"), 0700));
  EXPECT_EQ(MakeDirectory(scratch.Path("f"), 0700).status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST(FilesystemTest, HasContentSeesWhatASizeOfZeroHides) {
  Scratch scratch;
  scratch.Write("empty", "");
  const int empty = ::open(scratch.Path("empty").c_str(), O_RDONLY);
  const int proc = ::open("/proc/self/stat", O_RDONLY);
  EXPECT_FALSE(HasContent(empty));
  EXPECT_TRUE(HasContent(proc));
  ::close(empty);
  ::close(proc);
}

TEST(FilesystemTest, TheUmaskStaysAsItWas) {
  const mode_t before = ::umask(027);
  EXPECT_EQ(CurrentUmask(), 027u);
  EXPECT_EQ(::umask(before), mode_t{027});
}

}  // namespace
}  // namespace wharf::cp
