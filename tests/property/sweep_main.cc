// The sweep as a program and as a test: see README.md.

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/property/campaign_flags.h"
#include "tests/property/sweep.h"

namespace wharf::property {
namespace {

using Clock = std::chrono::steady_clock;

constexpr sim::Personality kPersonalities[] = {sim::Personality::kIoUring,
                                               sim::Personality::kLinuxAio,
                                               sim::Personality::kIocp};
struct SweepFlags {
  std::string program;        // Empty: all.
  std::string personality;    // Empty: all.
  std::string faults;         // "3.1,7.2": only this run.
  uint32_t budget = 0;        // Seconds for pairs; 0: pair_runs count.
  uint32_t pair_runs = 1500;  // For each program and personality.
};

std::string ParseFlags(int argc, char** argv, SweepFlags& flags) {
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    std::string value;
    if (const std::size_t equals = name.find('='); equals != name.npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    } else if (i + 1 < argc) {
      value = argv[++i];
    }
    if (name == "--program") {
      flags.program = value;
    } else if (name == "--personality") {
      flags.personality = value;
    } else if (name == "--faults") {
      flags.faults = value;
    } else if (name == "--budget" || name == "--pair_runs") {
      const auto [end, error] =
          std::from_chars(value.data(), value.data() + value.size(),
                          name == "--budget" ? flags.budget : flags.pair_runs);
      if (error != std::errc() || end != value.data() + value.size()) {
        return name + "=" + value + ": must be a number, 0 or more";
      }
    } else {
      return name +
             ": unknown; there are --program, --personality, --faults, "
             "--budget and --pair_runs";
    }
  }
  return "";
}

std::vector<Fault> ParseFaults(std::string_view text) {
  std::vector<Fault> faults;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    Fault fault;
    at = std::from_chars(at, end, fault.choice).ptr;
    if (at < end) at = std::from_chars(at + 1, end, fault.answer).ptr;
    if (at < end) ++at;
    faults.push_back(fault);
  }
  return faults;
}

struct Item {
  const SweepProgram* program;
  sim::Personality personality;
};

std::vector<Item> ItemsOf(const SweepFlags& flags, const TestShard& shard) {
  std::vector<Item> all;
  for (const SweepProgram& program : SweepPrograms()) {
    for (const sim::Personality personality : kPersonalities) {
      if ((!flags.program.empty() && flags.program != program.name) ||
          (!flags.personality.empty() &&
           flags.personality != sim::PersonalityName(personality))) {
        continue;
      }
      all.push_back({&program, personality});
    }
  }
  std::vector<Item> own;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % shard.total == shard.index) own.push_back(all[i]);
  }
  return own;
}

bool Report(const Item& item, const SweepResult& result, const char* what) {
  std::cout << std::left << std::setw(24) << item.program->name << std::setw(11)
            << sim::PersonalityName(item.personality) << std::right
            << std::setw(6) << result.choices << " choices" << std::setw(8)
            << result.runs << " runs, " << what
            << (result.whole ? "" : ", not all") << "\n";
  if (result.failure.empty()) return true;
  std::cout << result.failure << "\n";
  return false;
}

int Run(const SweepFlags& flags, const TestShard& shard) {
  const std::vector<Item> items = ItemsOf(flags, shard);
  if (items.empty() && shard.total == 1) {
    std::cerr << "sweep: no such program or personality\n";
    return 2;
  }
  if (!flags.faults.empty()) {
    std::string story;
    const std::string failure =
        RunWithFaults(*items[0].program, items[0].personality,
                      ParseFaults(flags.faults), &story, nullptr);
    std::cout << story << (failure.empty() ? "every promise was kept" : failure)
              << "\n";
    return failure.empty() ? 0 : 1;
  }
  uint64_t runs = 0;
  const auto sweep = [&](const Item& item, const SweepOptions& options,
                         const char* what) {
    const SweepResult result = Sweep(*item.program, item.personality, options);
    runs += result.runs;
    return Report(item, result, what);
  };
  for (const Item& item : items) {
    if (!sweep(item, {}, "one fault")) return 1;
  }
  const Clock::time_point end =
      Clock::now() + std::chrono::seconds(flags.budget);
  // Near pairs of all programs before far ones of any.
  for (uint32_t distance = 8;; distance *= 4) {
    for (const Item& item : items) {
      if (flags.budget > 0 && Clock::now() >= end) break;
      const SweepOptions options{
          .pair_distance = distance,
          .max_runs = flags.budget > 0 ? uint64_t{flags.pair_runs} * distance
                                       : flags.pair_runs};
      if (!sweep(item, options, "two faults")) return 1;
    }
    if (flags.budget == 0 || Clock::now() >= end || distance > 100000) break;
  }
  std::cout << runs << " runs: every promise was kept\n";
  return 0;
}

}  // namespace
}  // namespace wharf::property

int main(int argc, char** argv) {
  wharf::property::SweepFlags flags;
  const std::string wrong = wharf::property::ParseFlags(argc, argv, flags);
  if (!wrong.empty()) {
    std::cerr << "sweep: " << wrong << "\n";
    return 2;
  }
  return wharf::property::Run(
      flags, wharf::property::ReadTestShard([](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value == nullptr ? "" : value);
      }));
}
