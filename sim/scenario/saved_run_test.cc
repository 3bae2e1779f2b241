#include "sim/scenario/saved_run.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

SavedRun Example() {
  SavedRun run;
  run.options = {.requests = 7, .personality = Personality::kLinuxAio};
  run.failure = "byte 7\nis wrong";
  run.choices = {{6, 1, "program.max_requests"}, {2, 0, "submit.prefix"}};
  return run;
}

constexpr std::string_view kText =
    "wharf-sim 1\n"
    "requests 7\n"
    "personality aio\n"
    "failure byte 7 is wrong\n"
    "choices 2\n"
    "1 of 6 program.max_requests\n"
    "0 of 2 submit.prefix\n";

TEST(SavedRunTest, IsAText) { EXPECT_EQ(FormatSavedRun(Example()), kText); }

TEST(SavedRunTest, ComesBackFromItsText) {
  for (const std::string& text : {std::string(kText), [] {
                                    std::string windows;
                                    for (const char c : kText) {
                                      if (c == '\n') windows += '\r';
                                      windows += c;
                                    }
                                    return windows;
                                  }()}) {
    const absl::StatusOr<SavedRun> run = ParseSavedRun(text);
    ASSERT_TRUE(run.ok()) << run.status();
    EXPECT_EQ(run->options.requests, 7u);
    EXPECT_EQ(run->options.personality, Personality::kLinuxAio);
    EXPECT_EQ(run->failure, "byte 7 is wrong");
    EXPECT_EQ(run->choices, Example().choices);
    EXPECT_EQ(run->numbers(), (std::vector<uint32_t>{1, 0}));
  }
}

// Found by fuzz/saved_run_fuzz: one was taken off, and the other was lost when
// the run was written and read again.
TEST(SavedRunTest, CarriageReturnsAtTheEndOfALineAreNotPartOfIt) {
  std::string text(kText);
  text.insert(text.find("\nchoices"), "\r\r");
  text.insert(text.size() - 1, "\r\r\r");
  const absl::StatusOr<SavedRun> run = ParseSavedRun(text);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(FormatSavedRun(*run), kText);
}

TEST(SavedRunTest, WhateverIsWrongIsNamedWithItsLine) {
  struct Case {
    std::string_view from, to, error;
  };
  for (const Case& c : std::vector<Case>{
           {"wharf-sim 1", "wharf-sim 2", "line 1: \"wharf-sim 2\": must be"},
           {"requests 7", "requests 0", "must be a number from 1 to 1000000"},
           {"requests 7", "requests -7", "line 2: \"requests -7\""},
           {"requests 7", "request 7", "must be \"requests ...\""},
           {"personality aio", "personality dos", "io_uring, aio, iocp or any"},
           {"failure", "success", "line 4"},
           {"choices 2", "choices x", "line 5"},
           {"choices 2", "choices 1", "must be the end, after 1 choices"},
           {"choices 2", "choices 3", "there are 2"},
           {"1 of 6", "6 of 6", "must be a number from 0 to 5"},
           {"1 of 6", "1 of 1", "must be a number from 2 to 4294967295"},
           {"1 of 6", "1/6", "must be a choice"},
           {"1 of 6", "99999999999999999999 of 6", "line 6"}}) {
    std::string text(kText);
    text.replace(text.find(c.from), c.from.size(), c.to);
    const absl::StatusOr<SavedRun> run = ParseSavedRun(text);
    ASSERT_FALSE(run.ok()) << c.to;
    EXPECT_NE(std::string(run.status().message()).find(c.error),
              std::string::npos)
        << run.status();
    EXPECT_NE(std::string(run.status().message()).find("; "),
              std::string::npos);
  }
}

TEST(SavedRunTest, NoCutTextIsARun) {
  for (std::size_t size = 0; size + 1 < kText.size(); ++size) {
    EXPECT_FALSE(ParseSavedRun(kText.substr(0, size)).ok() &&
                 size < kText.rfind("0 of 2") + 6)
        << size;
  }
}

TEST(SavedRunTest, EveryPersonalityHasAWord) {
  for (const std::string_view word : {"io_uring", "aio", "iocp", "any"}) {
    EXPECT_EQ(PersonalityWord(*ParsePersonality(word)), word);
  }
  EXPECT_FALSE(ParsePersonality("").ok());
}

}  // namespace
}  // namespace wharf::sim
