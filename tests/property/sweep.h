// Sweep: fixed programs under every single fault, in SQLite's way. A program is
// run with all choices of the machine plain; then with another answer to its
// first choice, to its second, and so on until a run has no such choice; then
// with two other answers. Every run is judged like a drawn life.

#ifndef WHARF_TESTS_PROPERTY_SWEEP_H_
#define WHARF_TESTS_PROPERTY_SWEEP_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/kernel/personality.h"
#include "tests/property/focus.h"

namespace wharf::property {

class Stage;

// One fixed program, and the limits that it runs in.
struct SweepProgram {
  std::string_view name;
  void (*run)(Stage& stage) = nullptr;
  // Limits with one entry each; the ending.
  Focus focus;
  // Answers to the decisions that a World takes before and after the program,
  // by their labels; the others are plain.
  std::vector<std::pair<std::string_view, uint32_t>> answers = {};
};

// The corpus. Static lifetime.
std::span<const SweepProgram> SweepPrograms();

// Another answer than the plain one, to the choice of that number.
struct Fault {
  uint32_t choice = 0;
  uint32_t answer = 0;
};

// How far a sweep goes.
struct SweepOptions {
  // Other answers that are tried of one choice: the first so many.
  uint32_t answers = 16;
  // Of pairs: the second fault is one of so many choices after the first, and
  // one of so many answers. No pairs if either is 0.
  uint32_t pair_distance = 0;
  uint32_t pair_answers = 3;
  // Begin no run after so many.
  uint64_t max_runs = ~uint64_t{0};
};

// What a sweep came to.
struct SweepResult {
  uint64_t runs = 0;
  uint32_t choices = 0;  // Of the plain run.
  // All that was asked for was run.
  bool whole = true;
  // The first broken promise, with the faults that led to it, and what
  // happened; "" if there is none.
  std::string failure;
};

// Runs the program on that kernel.
[[nodiscard]] SweepResult Sweep(const SweepProgram& program,
                                sim::Personality personality,
                                const SweepOptions& options);

// One run; "" if no promise was broken. `story` and `options` may be null; the
// latter gets the number of answers that each choice had.
[[nodiscard]] std::string RunWithFaults(const SweepProgram& program,
                                        sim::Personality personality,
                                        std::span<const Fault> faults,
                                        std::string* story,
                                        std::vector<uint32_t>* options);

}  // namespace wharf::property

#endif  // WHARF_TESTS_PROPERTY_SWEEP_H_
