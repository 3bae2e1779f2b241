#include "tools/cp/plan.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cp/scratch.h"

namespace wharf::cp {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PlanTest : public ::testing::Test {
 protected:
  PlanTest() {
    scratch_.Write("file", "x");
    scratch_.Write("other/file", "y");
    scratch_.MakeFolder("tree/sub");
    scratch_.MakeFolder("into");
  }

  absl::StatusOr<Plan> Make(const std::vector<std::string>& sources,
                            const std::string& destination) {
    std::vector<std::string> paths;
    for (const std::string& source : sources) {
      paths.push_back(scratch_.Path(source));
    }
    return MakePlan(paths, scratch_.Path(destination));
  }
  std::string Destination(const std::string& source,
                          const std::string& destination) {
    const absl::StatusOr<Plan> plan = Make({source}, destination);
    if (!plan.ok() || plan->roots.size() != 1) return "none";
    return plan->roots[0].destination.substr(scratch_.Path().size() + 1);
  }
  std::string Error(const std::vector<std::string>& sources,
                    const std::string& destination) {
    const absl::StatusOr<Plan> plan = Make(sources, destination);
    if (!plan.ok()) return std::string(plan.status().message());
    if (plan->failures.empty()) return "none";
    EXPECT_THAT(plan->roots, IsEmpty());
    return std::string(plan->failures[0].message());
  }

  Scratch scratch_;
};

TEST_F(PlanTest, IntoADirectoryOrToAName) {
  EXPECT_EQ(Destination("file", "into"), "into/file");
  EXPECT_EQ(Destination("file", "into/"), "into/file");
  EXPECT_EQ(Destination("file", "new"), "new");
  EXPECT_EQ(Destination("file", "other/file"), "other/file");
  EXPECT_EQ(Destination("tree/", "into"), "into/tree");
  EXPECT_EQ(Destination("tree", "new/"), "new");
  EXPECT_EQ(Destination("tree/.", "into"), "into/tree");
  EXPECT_EQ(Destination("tree/sub/..", "into"), "into/tree");
}

TEST_F(PlanTest, NamesTheDirectoryThatEverythingIsMadeIn) {
  EXPECT_EQ(Make({"file"}, "into")->parent, scratch_.Path("into"));
  EXPECT_EQ(Make({"file"}, "into/new")->parent, scratch_.Path("into"));
}

TEST_F(PlanTest, SeveralSourcesNeedADirectory) {
  EXPECT_THAT(Error({"file", "tree"}, "new"),
              AllOf(HasSubstr("new: is not a directory"), HasSubstr("mkdir")));
  EXPECT_THAT(Error({"file", "tree"}, "other/file"),
              HasSubstr("is not a directory"));
  EXPECT_THAT(Make({"file", "tree"}, "into")->roots, SizeIs(2));
}

TEST_F(PlanTest, AFileCannotBecomeANameWithASlash) {
  EXPECT_THAT(Error({"file"}, "new/"), HasSubstr("new/: is not a directory"));
}

TEST_F(PlanTest, TheFolderAboveMustExist) {
  EXPECT_THAT(Error({"file"}, "no/where"),
              AllOf(HasSubstr("no/where: there is no directory "),
                    HasSubstr("mkdir -p")));
  EXPECT_THAT(Error({"file"}, "file/new"), HasSubstr("there is no directory"));
}

TEST_F(PlanTest, TwoSourcesOfOneNameAreNotCopiedOntoEachOther) {
  EXPECT_THAT(Error({"file", "other/file"}, "into"),
              HasSubstr("into/file: is what two of the sources"));
}

TEST_F(PlanTest, ADirectoryIsNotCopiedIntoOrOntoItself) {
  EXPECT_THAT(Error({"tree"}, "tree"), HasSubstr("into itself"));
  EXPECT_THAT(Error({"tree"}, "tree/sub"), HasSubstr("into itself"));
  EXPECT_THAT(Error({"tree"}, "tree/new"), HasSubstr("into itself"));
  EXPECT_THAT(Error({"tree"}, ""), HasSubstr("same directory"));
  // A name that only begins alike is another directory.
  scratch_.MakeFolder("tree2");
  EXPECT_EQ(Destination("tree", "tree2"), "tree2/tree");
}

TEST_F(PlanTest, OneSourceThatCannotGoThereDoesNotStopTheOthers) {
  const absl::StatusOr<Plan> plan = Make({"tree", "file"}, "tree/sub");
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(plan->roots, SizeIs(1));
  EXPECT_THAT(plan->failures, SizeIs(1));
}

TEST_F(PlanTest, EmptyPathsAreRefused) {
  EXPECT_FALSE(MakePlan({""}, scratch_.Path("new")).ok());
  EXPECT_FALSE(MakePlan({scratch_.Path("file")}, "").ok());
}

}  // namespace
}  // namespace wharf::cp
