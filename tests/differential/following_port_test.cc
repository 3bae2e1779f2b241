#include "tests/differential/following_port.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "engine/error.h"
#include "gtest/gtest.h"

namespace wharf::differential {
namespace {

// A log of two reads of "abc" in one Reap, the second from byte 1 on.
class FollowingPortTest : public testing::Test {
 protected:
  FollowingPortTest() {
    const std::string text = "abc";
    kernel_.FindFile("f")->Write(
        0, std::as_bytes(std::span(text.data(), text.size())));
    log_.accepted = {2};
    log_.reaps = {2};
    for (uint32_t i = 0; i < 2; ++i) {
      operations_[i].id = OperationId{i + 1};
      operations_[i].opcode = Opcode::kRead;
      operations_[i].handle = file_.native();
      operations_[i].offset = i;
      operations_[i].data = memory_[i].data();
      operations_[i].length = memory_[i].size();
      log_.operations.push_back({.operation = operations_[i], .bytes = 3});
      LoggedCompletion completion;
      completion.completion.id = operations_[i].id;
      completion.completion.result = 3 - static_cast<int64_t>(i);
      completion.operation = i;
      completion.bytes_at = log_.bytes.size();
      completion.bytes_length = 3 - i;
      for (uint32_t k = i; k < 3; ++k) {
        log_.bytes.push_back(static_cast<std::byte>('a' + k));
      }
      log_.completions.push_back(completion);
    }
  }

  // Why a run along the log is not the log; "" if it is.
  std::string Run() {
    FollowingPort port(&kernel_, port_.get(), &log_, /*compare_native=*/true,
                       nullptr);
    port.Submit(operations_);
    std::array<Completion, 8> completions;
    const auto count = port.Reap(completions, Wait::None());
    EXPECT_EQ(count.ok(), port.why().empty());
    if (port.why().empty() && !port.at_end()) return "not at the end";
    return port.why();
  }

  sim::Kernel kernel_;
  const Handle file_ = *kernel_.OpenFile("f");
  const std::unique_ptr<CompletionPort> port_ = kernel_.OpenPort();
  PortLog log_;
  std::array<Operation, 2> operations_;
  std::array<std::array<std::byte, 3>, 2> memory_ = {};
};

TEST_F(FollowingPortTest, FollowsWhatIsSo) { EXPECT_EQ(Run(), ""); }

TEST_F(FollowingPortTest, SeesAnotherResult) {
  log_.completions[1].completion.result = 1;
  EXPECT_EQ(Run(), "its result is 2");
}

TEST_F(FollowingPortTest, SeesOtherBytes) {
  log_.bytes[1] = std::byte{'x'};
  EXPECT_EQ(Run(), "it read other bytes");
}

TEST_F(FollowingPortTest, SeesAnotherOrder) {
  std::swap(log_.completions[0], log_.completions[1]);
  EXPECT_EQ(Run(), "another operation completes first");
}

TEST_F(FollowingPortTest, SeesAnotherErrorOfTheKernelsOwn) {
  log_.completions[0].completion.native_error = 5;
  EXPECT_EQ(Run(), "its native error is 0");
}

TEST_F(FollowingPortTest, SeesThatNothingMoreComes) {
  log_.reaps[0] = 3;
  log_.completions.push_back(log_.completions[1]);
  EXPECT_EQ(Run(), "nothing more comes, however long one waits");
}

TEST_F(FollowingPortTest, SeesThatMoreWasReaped) {
  log_.reaps.push_back(2);
  EXPECT_EQ(Run(), "not at the end");
}

TEST_F(FollowingPortTest, TakesAsManyAsWereTaken) {
  log_.accepted = {1};
  FollowingPort port(&kernel_, port_.get(), &log_, true, nullptr);
  EXPECT_EQ(port.Submit(operations_), 1u);
  EXPECT_EQ(port.why(), "");
}

TEST_F(FollowingPortTest, SeesThatFewerAreTaken) {
  const std::unique_ptr<CompletionPort> narrow =
      kernel_.OpenPort({.max_in_flight = 1});
  FollowingPort port(&kernel_, narrow.get(), &log_, true, nullptr);
  EXPECT_EQ(port.Submit(operations_), 1u);
  EXPECT_EQ(port.why(), "Submit took 1 operations, not 2");
}

class Listening final : public Guide {
 public:
  void BeginReap(uint32_t reap) override { reaps.push_back(reap); }
  bool ComesAtOnce() override { return at_once; }
  bool lost() override { return false; }
  void Lose() override { ++losses; }

  bool at_once = false;
  std::vector<uint32_t> reaps;
  int losses = 0;
};

// Who guides hears of it, and of each Reap.
TEST_F(FollowingPortTest, TheGuideIsTold) {
  log_.completions[1].completion.result = 1;
  Listening guide;
  FollowingPort port(&kernel_, port_.get(), &log_, true, &guide);
  port.Submit(operations_);
  std::array<Completion, 8> completions;
  EXPECT_FALSE(port.Reap(completions, Wait::None()).ok());
  EXPECT_EQ(guide.reaps, std::vector<uint32_t>{0});
  EXPECT_GT(guide.losses, 0);
}

// Time passes from one Reap to the next, unless who guides wants it otherwise.
TEST_F(FollowingPortTest, TheGuideMayHoldTheTime) {
  for (const bool at_once : {false, true}) {
    log_.reaps = {0, 0};
    log_.completions.clear();
    Listening guide;
    guide.at_once = at_once;
    FollowingPort port(&kernel_, port_.get(), &log_, true, &guide);
    std::array<Completion, 8> completions;
    const Time before = kernel_.Now();
    ASSERT_TRUE(port.Reap(completions, Wait::None()).ok());
    EXPECT_EQ(kernel_.Now() == before, at_once);
  }
}

TEST_F(FollowingPortTest, TheClockSaysWhatItSaid) {
  log_.times = {Time(std::chrono::seconds(5))};
  FollowingPort port(&kernel_, port_.get(), &log_, true, nullptr);
  EXPECT_EQ(port.Now(), log_.times[0]);
  EXPECT_EQ(port.why(), "");
  port.Now();
  EXPECT_NE(port.why(), "");
}

// What was begun before its Reap is late, and takes longer than all that passes
// meanwhile; what passed before it was begun does not count.
TEST(LateRanksTest, GrowWithWhatPassesMeanwhile) {
  struct Late {
    uint32_t begin;
    uint32_t reap;
  };
  const auto ranks = [](uint32_t reaps, std::vector<Late> late) {
    PortLog log;
    log.reaps.resize(reaps);
    for (uint32_t i = 0; i < late.size(); ++i) {
      LoggedOperation operation;
      operation.after_reaps = late[i].begin;
      log.operations.push_back(operation);
      LoggedCompletion completion;
      completion.operation = i;
      completion.reap = late[i].reap;
      log.completions.push_back(completion);
    }
    return LateRanks(log);
  };
  using Ranks = std::vector<uint32_t>;
  EXPECT_EQ(ranks(4, {{0, 1}, {2, 2}, {0, 3}}), (Ranks{2, 3, 3, 4, 4}));
  EXPECT_EQ(ranks(4, {{0, 1}, {1, 2}, {2, 3}}), (Ranks{2, 3, 3, 3, 3}));
  // Many short ones are together longer than one.
  EXPECT_EQ(ranks(8, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 6}, {0, 7}}),
            (Ranks{2, 3, 3, 3, 3, 3, 3, 5, 5}));
  EXPECT_EQ(ranks(9, {{0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {0, 6}, {0, 7}}),
            (Ranks{2, 3, 4, 5, 6, 7, 7, 7, 7, 7}));
}

}  // namespace
}  // namespace wharf::differential
