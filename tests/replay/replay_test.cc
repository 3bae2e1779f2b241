// Goal: the engine cannot tell a real ring from the simulated one: what the
// simulated kernel has answered, nops on a real ring answer again, in the same
// order, and the engine's trace is the same.
// Method: replay.h. The second half shows that another answer is seen.

#include "tests/replay/replay.h"

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "engine/error.h"
#include "engine/operation.h"
#include "gtest/gtest.h"

namespace wharf::replay {
namespace {

using differential::LoggedCompletion;
using differential::PortLog;

constexpr uint64_t kSeeds = 1800;

enum class RingKind { kDefault, kPlain };

class ReplayTest : public testing::TestWithParam<RingKind> {
 protected:
  void SetUp() override {
    if (!NopKernel::IsSupported()) {
      GTEST_SKIP() << "this kernel has no IORING_NOP_INJECT_RESULT (Linux 6.11)"
                      " or no io_uring at all";
    }
  }

  static IoUringOptions Options() {
    IoUringOptions options;
    if (GetParam() == RingKind::kPlain) {
      options.defer_task_work = false;
      options.register_ring = false;
    }
    return options;
  }

  // The run of `seed` on a ring that answers as `script` says.
  EngineRun OnRing(uint64_t seed, const PortLog& script, ReplayReport& report) {
    absl::StatusOr<EngineRun> run = Replay(seed, script, Options(), &report);
    EXPECT_TRUE(run.ok()) << run.status();
    return run.ok() ? *std::move(run) : EngineRun();
  }
};

TEST_P(ReplayTest, TheEngineDoesTheSame) {
  NopKernel::Counts ring;
  uint64_t requests = 0, wakes = 0, extra = 0, errors = 0;
  std::set<Opcode> opcodes;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const EngineRun simulated = Simulate(seed);
    ASSERT_EQ(simulated.failure, "") << "seed " << seed;
    ReplayReport report;
    const EngineRun replayed = OnRing(seed, simulated.log, report);
    ASSERT_EQ(report.problem, "") << "seed " << seed;
    ASSERT_EQ(FirstDifference(simulated, replayed), "") << "seed " << seed;
    ring.answers += report.ring.answers;
    ring.early += report.ring.early;
    ring.cancels += report.ring.cancels;
    ring.closed += report.ring.closed;
    requests += simulated.requests;
    wakes += report.wakes;
    extra += report.extra_reaps;
    for (const LoggedCompletion& completion : simulated.log.completions) {
      if (completion.completion.result < 0) ++errors;
      opcodes.insert(
          simulated.log.operations[completion.operation].operation.opcode);
    }
  }
  // Nothing of this may have been left out.
  EXPECT_EQ(opcodes.size(), static_cast<std::size_t>(kOpcodeCount));
  EXPECT_GT(ring.answers, 5 * kSeeds);
  EXPECT_GT(ring.early, kSeeds / 4);
  EXPECT_GT(ring.cancels, kSeeds / 4);
  EXPECT_GT(ring.closed, kSeeds / 30);
  EXPECT_GT(errors, kSeeds / 3);
  EXPECT_GT(wakes, kSeeds / 4);
  std::cout << absl::StrFormat(
      "%d lives, %d requests, %d completions (%d errors, %d early), %d cancels "
      "answered, %d wakes, %d operations ended by Close, %d extra Reaps\n",
      kSeeds, requests, ring.answers, errors, ring.early, ring.cancels, wakes,
      ring.closed, extra);
}

// What came of runs whose script was not what had happened.
class Lies {
 public:
  void Count(const EngineRun& truth, const EngineRun& lie) {
    ++told_;
    if (!FirstDifference(truth, lie).empty()) ++seen_;
    // What the port says is not in the hash; what the engine makes of it is.
    if (truth.hash != lie.hash) ++acted_upon_;
  }
  // All must be seen. Of those that concern nobody (whose caller went away, or
  // was cancelled before the first byte) the engine makes nothing.
  void Check() const {
    EXPECT_GT(told_, 50u);
    EXPECT_EQ(seen_, told_);
    EXPECT_GT(acted_upon_, told_ / 2);
    std::cout << told_ << " lies, " << seen_ << " seen, the engine acted upon "
              << acted_upon_ << "\n";
  }

 private:
  uint64_t told_ = 0;
  uint64_t seen_ = 0;
  uint64_t acted_upon_ = 0;
};

// Another result of the first transfer: a byte less, or an error.
TEST_P(ReplayTest, AnotherResultIsSeen) {
  Lies shorter, error;
  for (uint64_t seed = 0; seed < 360; ++seed) {
    const EngineRun simulated = Simulate(seed);
    const auto tell = [&](const LoggedCompletion& truth, Completion lie,
                          Lies& lies) {
      PortLog script = simulated.log;
      const auto index = &truth - simulated.log.completions.data();
      script.completions[static_cast<std::size_t>(index)].completion = lie;
      ReplayReport report;
      const EngineRun replayed = OnRing(seed, script, report);
      lies.Count(simulated, replayed);
    };
    for (const LoggedCompletion& truth : simulated.log.completions) {
      const Opcode opcode =
          simulated.log.operations[truth.operation].operation.opcode;
      const bool transfer = opcode == Opcode::kRead || opcode == Opcode::kWrite;
      if (!transfer || truth.completion.result <= 0) continue;
      Completion lie = truth.completion;
      lie.result -= 1;
      tell(truth, lie, shorter);
      lie.result = -static_cast<int64_t>(Error::kIo);
      lie.native_error = static_cast<int32_t>(Error::kIo);
      tell(truth, lie, error);
      break;
    }
  }
  shorter.Check();
  error.Check();
}

// Two completions of one Reap the other way round.
TEST_P(ReplayTest, AnotherOrderIsSeen) {
  Lies lies;
  for (uint64_t seed = 0; seed < 360; ++seed) {
    const EngineRun simulated = Simulate(seed);
    const std::vector<LoggedCompletion>& all = simulated.log.completions;
    for (std::size_t i = 1; i < all.size(); ++i) {
      if (all[i].reap != all[i - 1].reap) continue;
      PortLog script = simulated.log;
      std::swap(script.completions[i], script.completions[i - 1]);
      ReplayReport report;
      const EngineRun replayed = OnRing(seed, script, report);
      lies.Count(simulated, replayed);
      break;
    }
  }
  lies.Check();
}

INSTANTIATE_TEST_SUITE_P(Rings, ReplayTest,
                         testing::Values(RingKind::kDefault, RingKind::kPlain),
                         [](const testing::TestParamInfo<RingKind>& info) {
                           return info.param == RingKind::kDefault
                                      ? "DeferTaskrun"
                                      : "Plain";
                         });

}  // namespace
}  // namespace wharf::replay
