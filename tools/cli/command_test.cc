#include "tools/cli/command.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/byte_size.h"

ABSL_FLAG(bool, test_switch, false, "turns it on");
ABSL_FLAG(uint32_t, test_number, 7, "how many of them");
ABSL_FLAG(wharf::ByteSize, test_size, wharf::ByteSize{65536}, "how large");
ABSL_FLAG(bool, test_foreign, false, "another command's");

namespace wharf {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class CommandTest : public ::testing::Test {
 protected:
  absl::StatusOr<ParsedArguments> Parse(std::vector<const char*> words) {
    return ParseArguments(command_, words);
  }
  std::string Error(std::vector<const char*> words) {
    const absl::StatusOr<ParsedArguments> parsed = Parse(std::move(words));
    return parsed.ok() ? "accepted" : std::string(parsed.status().message());
  }

  const Command command_{.name = "try",
                         .summary = "",
                         .forms = {"A B", "A... DIR"},
                         .description = "Tries.\n",
                         .flags = {"test_switch", "test_number", "test_size"},
                         .run = nullptr};
  absl::FlagSaver saver_;
};

TEST_F(CommandTest, EveryWayToGiveAValue) {
  const auto parsed = Parse(
      {"a", "--test-number=3", "--test_size", "1M", "--test-switch", "b", "-"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_THAT(parsed->arguments, ElementsAre("a", "b", "-"));
  EXPECT_EQ(absl::GetFlag(FLAGS_test_number), 3u);
  EXPECT_EQ(absl::GetFlag(FLAGS_test_size).bytes, uint64_t{1} << 20);
  EXPECT_TRUE(absl::GetFlag(FLAGS_test_switch));
  ASSERT_TRUE(Parse({"--notest-switch"}).ok());
  EXPECT_FALSE(absl::GetFlag(FLAGS_test_switch));
}

TEST_F(CommandTest, AfterTwoDashesEverythingIsAnArgument) {
  const auto parsed = Parse({"--", "--test-switch", "--", "-x"});
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(parsed->arguments, ElementsAre("--test-switch", "--", "-x"));
  EXPECT_FALSE(absl::GetFlag(FLAGS_test_switch));
}

TEST_F(CommandTest, AFlagOfAnotherCommandIsUnknown) {
  for (const char* word : {"--test-foreign", "--notest-foreign", "--nothing",
                           "-r", "--no", "--notest-number", "--=1"}) {
    EXPECT_THAT(Error({word}), AllOf(HasSubstr(word), HasSubstr("no such flag"),
                                     HasSubstr("`wharf help try`")))
        << word;
  }
}

TEST_F(CommandTest, ABadValueIsNamedWithWhatIsAllowed) {
  EXPECT_THAT(Error({"--test-size=huge"}),
              AllOf(HasSubstr("--test-size=huge"), HasSubstr("64K")));
  EXPECT_THAT(Error({"--test-number=-1"}),
              AllOf(HasSubstr("--test-number=-1"), HasSubstr("how many")));
  EXPECT_THAT(Error({"--test-number"}), HasSubstr("missing"));
}

TEST_F(CommandTest, HelpShowsTheCommandsOwnFlagsAndTheirDefaults) {
  const std::string help = HelpText(command_);
  EXPECT_THAT(help, HasSubstr("usage: wharf try A B\n"
                              "       wharf try A... DIR\n"));
  EXPECT_THAT(help, HasSubstr("--test-size=64K\n      how large\n"));
  EXPECT_THAT(help, HasSubstr("--test-switch\n"));
  EXPECT_THAT(help, Not(HasSubstr("foreign")));
  EXPECT_TRUE(Parse({"--help"})->help);
  EXPECT_TRUE(Parse({"-h"})->help);
}

}  // namespace
}  // namespace wharf
