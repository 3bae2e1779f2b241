#include "tests/property/sweep.h"

#include <algorithm>
#include <array>

#include "sim/labelled_chooser.h"
#include "tests/property/case.h"
#include "tests/property/world.h"

namespace wharf::property {
namespace {

// Plain, but for the faults.
class FaultChooser final : public sim::Chooser {
 public:
  FaultChooser(std::span<const Fault> faults, std::vector<uint32_t>* options)
      : faults_(faults), options_(options) {}

  uint32_t Choose(uint32_t n, std::string_view label) override {
    static_cast<void>(label);
    const uint32_t choice = asked_++;
    if (options_ != nullptr) options_->push_back(n);
    for (const Fault& fault : faults_) {
      if (fault.choice == choice) return fault.answer % n;
    }
    return 0;
  }

 private:
  std::span<const Fault> faults_;
  std::vector<uint32_t>* options_;
  uint32_t asked_ = 0;
};

class Sweeper {
 public:
  Sweeper(const SweepProgram& program, sim::Personality personality,
          const SweepOptions& options)
      : program_(program), personality_(personality), options_(options) {}

  SweepResult Run() {
    std::vector<uint32_t> plain;
    if (!Try({}, &plain)) return std::move(result_);
    result_.choices = static_cast<uint32_t>(plain.size());
    for (uint32_t choice = 0; choice < plain.size(); ++choice) {
      const uint32_t answers = std::min(plain[choice] - 1, options_.answers);
      for (uint32_t answer = 1; answer <= answers; ++answer) {
        if (!Single({choice, answer})) return std::move(result_);
      }
    }
    return std::move(result_);
  }

 private:
  // One fault, and then another one soon after it.
  bool Single(const Fault& first) {
    std::vector<uint32_t> after;
    if (!Try(std::array{first}, &after)) return false;
    const std::size_t end = std::min<std::size_t>(
        after.size(), first.choice + 1 + options_.pair_distance);
    for (std::size_t choice = first.choice + 1; choice < end; ++choice) {
      const uint32_t answers =
          std::min(after[choice] - 1, options_.pair_answers);
      for (uint32_t answer = 1; answer <= answers; ++answer) {
        const Fault second{static_cast<uint32_t>(choice), answer};
        if (!Try(std::array{first, second}, nullptr)) return false;
      }
    }
    return true;
  }

  // False if the sweep is over.
  bool Try(std::span<const Fault> faults, std::vector<uint32_t>* options) {
    if (result_.runs == options_.max_runs) {
      result_.whole = false;
      return false;
    }
    ++result_.runs;
    const std::string failure =
        RunWithFaults(program_, personality_, faults, nullptr, options);
    if (failure.empty()) return true;
    std::string story;
    (void)RunWithFaults(program_, personality_, faults, &story, nullptr);
    result_.failure = std::string(program_.name) + " on " +
                      std::string(sim::PersonalityName(personality_));
    for (const Fault& fault : faults) {
      result_.failure += ", answer " + std::to_string(fault.answer) +
                         " to choice " + std::to_string(fault.choice);
    }
    result_.failure +=
        ": " + failure + "\n" + story + "again: " + Command(faults);
    return false;
  }

  std::string Command(std::span<const Fault> faults) const {
    std::string list;
    for (const Fault& fault : faults) {
      list += (list.empty() ? "" : ",") + std::to_string(fault.choice) + "." +
              std::to_string(fault.answer);
    }
    return "bazel run //tests/property:sweep -- --program " +
           std::string(program_.name) + " --personality " +
           std::string(sim::PersonalityName(personality_)) + " --faults " +
           (list.empty() ? "0.0" : list);
  }

  const SweepProgram& program_;
  const sim::Personality personality_;
  const SweepOptions options_;
  SweepResult result_;
};

}  // namespace

std::string RunWithFaults(const SweepProgram& program,
                          sim::Personality personality,
                          std::span<const Fault> faults, std::string* story,
                          std::vector<uint32_t>* options) {
  sim::LabelledChooser preface;
  preface.Always("program.personality", static_cast<uint32_t>(personality));
  for (const auto& [label, answer] : program.answers) {
    preface.Always(label, answer);
  }
  FaultChooser machine(faults, options);
  CaseChooser choices(&preface, &machine);
  World world(program.focus, &choices, story != nullptr);
  WorldResult result = world.RunProgram(program.run);
  if (story != nullptr) *story = std::move(result.log);
  return result.failure;
}

SweepResult Sweep(const SweepProgram& program, sim::Personality personality,
                  const SweepOptions& options) {
  return Sweeper(program, personality, options).Run();
}

}  // namespace wharf::property
