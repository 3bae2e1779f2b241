// The corpus of runs that must be the same on every compiler, optimisation and
// platform (guarantee G18), and how to find where they first are not.

#ifndef WHARF_TESTS_DETERMINISM_CORPUS_H_
#define WHARF_TESTS_DETERMINISM_CORPUS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "sim/scenario/scenario.h"

namespace wharf::determinism {

// Seeds 0 to 9,999, with each profile in turn and every personality, in blocks
// that have one digest each.
inline constexpr uint64_t kSeedsPerBlock = 100;
inline constexpr uint64_t kBlocks = 100;

// Gives the run of a seed, with its trace if asked for.
using RunSeed =
    std::function<sim::ScenarioResult(uint64_t seed, bool keep_trace)>;

// The product's own.
RunSeed ProductRuns();

// The digest of the block's runs: 32 hexadecimal digits.
std::string BlockDigest(uint64_t block, const RunSeed& run);

// One line for each of the block's seeds, with its hash: for comparing what two
// programs say.
std::string BlockHashes(uint64_t block, const RunSeed& run);

// "" if both give the same runs throughout the block; otherwise the first seed
// that differs, and the first entry of its trace that does.
std::string FirstDivergence(uint64_t block, const RunSeed& expected,
                            const RunSeed& actual);

}  // namespace wharf::determinism

#endif  // WHARF_TESTS_DETERMINISM_CORPUS_H_
