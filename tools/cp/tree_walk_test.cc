#include "tools/cp/tree_walk.h"

#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cp/scratch.h"

namespace wharf::cp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TreeWalkTest : public ::testing::Test {
 protected:
  TreeWalk Walk(std::string_view source) {
    return TreeWalk({{.source = scratch_.Path(source), .destination = "to"}});
  }
  static std::string Show(const WalkItem& item) {
    switch (item.kind) {
      case WalkItem::Kind::kFile:
        return absl::StrCat("file ", item.destination);
      case WalkItem::Kind::kSymlink:
        return absl::StrCat("link ", item.destination);
      case WalkItem::Kind::kEnter:
        return absl::StrCat("enter ", item.destination);
      case WalkItem::Kind::kLeave:
        return absl::StrCat("leave ", item.destination);
      case WalkItem::Kind::kFailure:
        break;
    }
    return absl::StrCat("failure ", item.status.message());
  }
  static std::vector<std::string> All(TreeWalk walk) {
    std::vector<std::string> all;
    while (const std::optional<WalkItem> item = walk.Next()) {
      all.push_back(Show(*item));
    }
    return all;
  }

  Scratch scratch_;
};

TEST_F(TreeWalkTest, GoesByNameAndLeavesWhatItEntered) {
  for (const char* name : {"t/z", "t/a/2", "t/a/10", "t/B"}) {
    scratch_.Write(name, "");
  }
  scratch_.MakeFolder("t/m");
  scratch_.Link("z", "t/y");
  EXPECT_THAT(All(Walk("t")),
              ElementsAre("enter to", "file to/B", "enter to/a", "file to/a/10",
                          "file to/a/2", "leave to/a", "enter to/m",
                          "leave to/m", "link to/y", "file to/z", "leave to"));
}

TEST_F(TreeWalkTest, ARootThatIsALinkIsFollowed) {
  scratch_.Write("t/f", "");
  scratch_.Link("t/f", "file");
  scratch_.Link("t", "folder");
  EXPECT_THAT(All(Walk("file")), ElementsAre("file to"));
  EXPECT_THAT(All(Walk("folder")),
              ElementsAre("enter to", "file to/f", "leave to"));
}

TEST_F(TreeWalkTest, WhatCannotBeCopiedIsAFailureAndTheRestFollows) {
  scratch_.Write("t/b", "");
  ASSERT_EQ(::mkfifo(scratch_.Path("t/a").c_str(), 0600), 0);
  EXPECT_THAT(All(Walk("t")),
              ElementsAre("enter to", HasSubstr("t/a: is a named pipe; "),
                          "file to/b", "leave to"));
  EXPECT_THAT(All(Walk("missing")),
              ElementsAre(HasSubstr("missing: cannot look at it: no such")));
}

TEST_F(TreeWalkTest, ASkippedDirectoryIsNotLeft) {
  scratch_.Write("t/a/1", "");
  scratch_.Write("t/b", "");
  TreeWalk walk = Walk("t");
  EXPECT_EQ(Show(*walk.Next()), "enter to");
  EXPECT_EQ(Show(*walk.Next()), "enter to/a");
  walk.Skip();
  EXPECT_EQ(Show(*walk.Next()), "file to/b");
  EXPECT_EQ(Show(*walk.Next()), "leave to");
  EXPECT_FALSE(walk.Next().has_value());
}

TEST_F(TreeWalkTest, TheCopyItselfIsNotWalkedInto) {
  scratch_.Write("t/a/1", "");
  TreeWalk walk = Walk("t");
  walk.Forbid(Stat(scratch_.Path("t/a"))->identity);
  EXPECT_EQ(Show(*walk.Next()), "enter to");
  EXPECT_THAT(Show(*walk.Next()), HasSubstr("t/a: a directory cannot be"));
  EXPECT_EQ(Show(*walk.Next()), "leave to");
}

}  // namespace
}  // namespace wharf::cp
