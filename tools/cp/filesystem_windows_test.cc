// Goal: filesystem.h on Windows, where it differs from everywhere else.

#include <string>

#include "gtest/gtest.h"
#include "tools/cp/filesystem.h"
#include "tools/cp/scratch.h"

namespace wharf::cp {
namespace {

TEST(FilesystemWindowsTest, PathsHaveOneForm) {
  EXPECT_EQ(NormalizePath("a\\b/c\\"), "a/b/c/");
  EXPECT_EQ(NormalizePath("C:\\x"), "C:/x");
  EXPECT_EQ(NormalizePath("\\\\server\\share"), "//server/share");
  EXPECT_EQ(RootLength("C:/x"), 3u);
  EXPECT_EQ(RootLength("/x"), 1u);
  EXPECT_EQ(RootLength("x/y"), 0u);
  // From the drive's own working directory.
  EXPECT_EQ(RootLength(NormalizePath("C:x")), 3u);
}

TEST(FilesystemWindowsTest, FactsOfFilesAndDirectories) {
  const Scratch scratch;
  Scratch& write = const_cast<Scratch&>(scratch);
  write.Write("f", "hello");
  write.MakeFolder("d");
  const FileFacts file = *Stat(scratch.Path("f"));
  EXPECT_EQ(file.kind, FileKind::kRegular);
  EXPECT_EQ(file.size, 5u);
  EXPECT_EQ(file.mode, 0666u);
  EXPECT_GT(file.modified.seconds, 1'600'000'000);
  const FileFacts directory = *Stat(scratch.Path("d"));
  EXPECT_EQ(directory.kind, FileKind::kDirectory);
  EXPECT_NE(directory.identity, file.identity);
  EXPECT_EQ(LinkStat(scratch.Path("f"))->identity, file.identity);
  EXPECT_TRUE(absl::IsNotFound(Stat(scratch.Path("no")).status()));
}

TEST(FilesystemWindowsTest, ANewFileAndItsName) {
  Scratch scratch;
  const std::string path = scratch.Path("new");
  const absl::StatusOr<OpenFile> file = CreateNew(path, path, 0444, false);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(
      absl::IsAlreadyExists(CreateNew(path, path, 0644, false).status()));
  EXPECT_EQ(SetSize(file->native, 7, path), absl::OkStatus());
  const FileTime time{.seconds = 1'500'000'000, .nanoseconds = 123'456'700};
  EXPECT_EQ(SetModified(file->native, time, path), absl::OkStatus());
  EXPECT_EQ(CloseFile(file->native), 0);
  const FileFacts facts = *Stat(path);
  EXPECT_EQ(facts.size, 7u);
  EXPECT_EQ(facts.modified, time);
  EXPECT_EQ(facts.mode, 0444u);

  // A read-only file is replaced and removed all the same.
  scratch.Write("other", "other");
  EXPECT_EQ(Rename(scratch.Path("other"), path), absl::OkStatus());
  EXPECT_EQ(scratch.Read("new"), "other");
  const absl::StatusOr<OpenFile> third =
      CreateNew(scratch.Path("third"), path, 0444, false);
  EXPECT_EQ(CloseFile(third->native), 0);
  EXPECT_EQ(Remove(scratch.Path("third")), absl::OkStatus());
  EXPECT_TRUE(absl::IsNotFound(Remove(scratch.Path("third"))));
}

TEST(FilesystemWindowsTest, DirectoriesAreMadeAndListed) {
  Scratch scratch;
  EXPECT_TRUE(*MakeDirectory(scratch.Path("d"), 0700));
  EXPECT_FALSE(*MakeDirectory(scratch.Path("d"), 0700));
  scratch.Write("d/b", "");
  scratch.Write("d/a", "");
  EXPECT_EQ(*ListDirectory(scratch.Path("d")),
            (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(
      absl::IsAlreadyExists(MakeDirectory(scratch.Path("d/a"), 0).status()));
  EXPECT_TRUE(RealPath(scratch.Path("d/../d"))->ends_with("/d"));
}

TEST(FilesystemWindowsTest, LinksAreUnimplemented) {
  const Scratch scratch;
  EXPECT_TRUE(absl::IsUnimplemented(MakeLink("x", scratch.Path("l"))));
  EXPECT_TRUE(absl::IsUnimplemented(ReadLink(scratch.Path("l")).status()));
}

}  // namespace
}  // namespace wharf::cp
