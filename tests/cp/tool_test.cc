// The `wharf` command itself: what it says, and its exit statuses.

#include <cstdio>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cp/program.h"

namespace wharf::cp {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

TEST(ToolTest, HelpAndVersionGoToStandardOutput) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"help"}, {"--help"}, {"-h"}}) {
    const RunResult result = RunWharf(words);
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out, AllOf(HasSubstr("  cp "), HasSubstr("  probe "),
                                  HasSubstr("130 interrupted")));
    EXPECT_THAT(result.error, IsEmpty());
  }
  EXPECT_THAT(RunWharf({"version"}).out, MatchesRegex("wharf [0-9.]+\n"));
}

TEST(ToolTest, EveryWayToTheHelpOfACommand) {
  const RunResult help = RunWharf({"help", "cp"});
  EXPECT_THAT(help.out,
              AllOf(StartsWith("usage: wharf cp "), HasSubstr("--block-size="),
                    HasSubstr("Exit status: ")));
  EXPECT_EQ(RunWharf({"cp", "--help"}).out, help.out);
  EXPECT_THAT(RunWharf({"help", "probe"}).out, HasSubstr("--json"));
}

TEST(ToolTest, WrongUsageIsTwoAndSaysTheWayOut) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{
           {"fly"},
           {"help", "fly"},
           {"cp"},
           {"cp", "a"},
           {"cp", "--depth=0", "a", "b"},
           {"cp", "--depth=many", "a", "b"},
           {"cp", "--block-size=5000", "a", "b"},
           {"cp", "--block-size=1KB", "a", "b"},
           {"cp", "--backend=kqueue", "a", "b"},
           {"cp", "--deadline=0s", "a", "b"},
           {"cp", "--deadline=-1s", "a", "b"},
           {"cp", "--deadline=soon", "a", "b"},
           {"cp", "-r", "a", "b"},
           {"cp", "--json", "a", "b"},
           {"cp", "a", "b", "--depth"},
           {"probe", "now"},
           {"sim"},
           {"sim", "fly"},
           {"sim", "run", "now"},
           {"sim", "run", "--size=0"},
           {"sim", "run", "--profile=wild"},
           {"sim", "run", "--personality=dos"},
           {"sim", "search", "--seeds=3"},
           {"sim", "search", "--seeds=3..1"},
           {"sim", "search", "--jobs=2000"},
           {"sim", "search", "--seed=3"},
           {"sim", "run", "--jobs=2"},
           {"sim", "rows", "--trace"},
           {"sim", "replay"}}) {
    const RunResult result = RunWharf(words);
    EXPECT_EQ(result.status, 2) << words.back();
    EXPECT_THAT(result.error, MatchesRegex("wharf[^\n]*: [^\n]+; [^\n]+\n"));
    EXPECT_THAT(result.out, IsEmpty());
  }
  EXPECT_EQ(RunWharf({}).status, 2);
}

TEST(ToolTest, ProbeTellsTheSameInWordsAndAsJson) {
  const RunResult words = RunWharf({"probe"});
  const RunResult data = RunWharf({"probe", "--json"});
  EXPECT_EQ(words.status, data.status);
  const nlohmann::json json = nlohmann::json::parse(data.out);
  EXPECT_THAT(words.out, HasSubstr(json.at("reason").get<std::string>()));
  EXPECT_THAT(words.out, HasSubstr(json.at("kernel").get<std::string>()));
  EXPECT_EQ(words.status == 0, !json.at("chosen").is_null());
}

TEST(ToolTest, SimRunsSearchesSavesAndReplays) {
  const std::string saved = ::testing::TempDir() + "/saved_run";
  const RunResult run =
      RunWharf({"sim", "run", "--seed=5", "--save=" + saved, "--trace"});
  EXPECT_EQ(run.status, 0) << run.error;
  EXPECT_THAT(run.out, AllOf(HasSubstr("hash  "), HasSubstr("choice ")));
  EXPECT_EQ(RunWharf({"sim", "replay", "--trace", saved}).out, run.out);
  const RunResult search =
      RunWharf({"sim", "search", "--seeds=0..199", "--rows"});
  EXPECT_EQ(search.status, 0) << search.error;
  EXPECT_THAT(search.out, AllOf(HasSubstr("U-01 "), HasSubstr("200 runs ")));
  const RunResult rare = RunWharf(
      {"sim", "search", "--seeds=0..9", "--rows", "--min-row-count=1000"});
  EXPECT_EQ(rare.status, 1);
  EXPECT_THAT(rare.error, HasSubstr("rows happened fewer than 1000 times"));
}

TEST(ToolTest, SimRefusesAFileThatIsNoSavedRun) {
  const std::string path = ::testing::TempDir() + "/no_saved_run";
  std::FILE* file = std::fopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  std::fputs("wharf-sim 1\nrequests many\n", file);
  std::fclose(file);
  const RunResult result = RunWharf({"sim", "replay", path});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.error,
              HasSubstr("line 2: \"requests many\": must be a number from 1 "
                        "to 1000000; "));
}

}  // namespace
}  // namespace wharf::cp
