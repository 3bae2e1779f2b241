// 10,000 runs are the same as ever: twice in this process, and the same as in
// every other build, whose common digests are in golden.inc (README.md says how
// to make them anew).

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/random_chooser.h"
#include "tests/determinism/corpus.h"

namespace wharf::determinism {
namespace {

using ::testing::HasSubstr;

constexpr std::array<std::string_view, kBlocks> kGolden = {
#include "tests/determinism/golden.inc"
};
constexpr uint64_t kBlocksPerCase = 5;

class TraceCorpusTest : public testing::TestWithParam<uint64_t> {};

TEST_P(TraceCorpusTest, IsTheSameInEveryBuildAndTwiceInOne) {
  const RunSeed once = ProductRuns();
  for (uint64_t i = 0; i < kBlocksPerCase; ++i) {
    const uint64_t block = GetParam() * kBlocksPerCase + i;
    const std::string digest = BlockDigest(block, once);
    const RunSeed again = ProductRuns();
    ASSERT_EQ(digest, BlockDigest(block, again))
        << "two runs in one process differ: "
        << FirstDivergence(block, once, again);
    ASSERT_EQ(digest, kGolden[block])
        << "block " << block
        << " is not what other builds say. After a change of the simulator: "
           "bazel run //tests/determinism:write_golden. If only this build "
           "differs, compare these hashes with another build's, and the traces "
           "of the first seed that differs (wharf sim run --trace --seed=N):\n"
        << BlockHashes(block, once);
  }
}

INSTANTIATE_TEST_SUITE_P(Blocks, TraceCorpusTest,
                         testing::Range<uint64_t>(0, kBlocks / kBlocksPerCase));

// Gives another answer than its source once, at decision number `at`.
class FlippingChooser final : public sim::Chooser {
 public:
  FlippingChooser(sim::Chooser* source, uint64_t at)
      : source_(source), at_(at) {}

  uint32_t Choose(uint32_t n, std::string_view label) override {
    if (n <= 1) return 0;
    const uint32_t answer = source_->Choose(n, label);
    return asked_++ == at_ ? (answer + 1) % n : answer;
  }

 private:
  sim::Chooser* source_;
  uint64_t at_;
  uint64_t asked_ = 0;
};

// Even runs; in that of seed `bad`, answer number `at` is another one.
RunSeed FlippedRuns(uint64_t bad, uint64_t at) {
  return [bad, at](uint64_t seed, bool keep_trace) {
    sim::RandomChooser source(seed);
    FlippingChooser flipping(&source, seed == bad ? at : ~uint64_t{0});
    return sim::RunScenario({.keep_trace = keep_trace}, &flipping);
  };
}

TEST(TraceDivergenceTest, TheFirstDivergingSeedAndEntryAreNamed) {
  const RunSeed right = FlippedRuns(~uint64_t{0}, 0);
  constexpr uint64_t kBad = 342;
  constexpr uint64_t kBlock = kBad / kSeedsPerBlock;
  // Decisions that are not in the trace come first: 12 of them.
  constexpr uint64_t kBefore = 12;
  for (const uint64_t at : {uint64_t{20}, uint64_t{33}, uint64_t{50}}) {
    const RunSeed wrong = FlippedRuns(kBad, at);
    EXPECT_NE(BlockDigest(kBlock, right), BlockDigest(kBlock, wrong));
    EXPECT_EQ(BlockDigest(kBlock - 1, right), BlockDigest(kBlock - 1, wrong));
    // The entry of that choice, counted in the trace.
    uint64_t choices = kBefore;
    uint64_t entry = 0;
    for (const sim::TraceEntry& each : right(kBad, true).trace) {
      if (each.kind == sim::TraceKind::kChoice && choices++ == at) break;
      ++entry;
    }
    EXPECT_THAT(FirstDivergence(kBlock, right, wrong),
                HasSubstr("seed 342: first difference at entry " +
                          std::to_string(entry) + "\n"))
        << at;
  }
}

TEST(TraceDivergenceTest, EqualRunsHaveNone) {
  EXPECT_EQ(FirstDivergence(0, ProductRuns(), ProductRuns()), "");
}

}  // namespace
}  // namespace wharf::determinism
