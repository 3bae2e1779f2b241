// CampaignFlags: the campaign's command line, and what Bazel says about shards
// and repeated runs.

#ifndef WHARF_TESTS_PROPERTY_CAMPAIGN_FLAGS_H_
#define WHARF_TESTS_PROPERTY_CAMPAIGN_FLAGS_H_

#include <charconv>
#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>

#include "tests/property/case.h"
#include "tests/property/focus.h"

namespace wharf::property {

// What to run.
struct CampaignFlags {
  uint64_t runs = 18000;
  uint64_t seed = 1;
  std::string property;  // Empty: all.
  uint32_t budget = 0;   // Seconds; 0: no limit, and `runs` counts.
  uint32_t shrink = 3000;
  std::string one_case;  // Only this one, of one property (case.h).
};

// Takes --name value and --name=value. "" if the flags make sense; otherwise
// what does not, what is allowed, and the way out.
inline std::string ParseCampaignFlags(int argc, const char* const* argv,
                                      CampaignFlags& flags) {
  bool has_runs = false;
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    std::string value;
    if (const std::size_t equals = name.find('=');
        equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    } else if (i + 1 < argc) {
      value = argv[++i];
    }
    if (name == "--property") {
      if (FindFocus(value) == nullptr) {
        return "--property=" + value +
               ": no such property; take G01 to G18, or leave it out";
      }
      flags.property = value;
      continue;
    }
    if (name == "--case") {
      if (!ParseCase(value).has_value()) {
        return "--case=" + value +
               ": no case; take what a failure printed, such as 0.1/2~0.1";
      }
      flags.one_case = value;
      continue;
    }
    uint64_t number = 0;
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), number);
    if (value.empty() || error != std::errc() ||
        end != value.data() + value.size()) {
      return name + "=" + value + ": must be a number, 0 or more";
    }
    if (name == "--runs") {
      flags.runs = number;
      has_runs = true;
    } else if (name == "--default_runs") {
      // What the BUILD file says; only counts if nobody says more.
      flags.runs = has_runs ? flags.runs : number;
    } else if (name == "--seed") {
      flags.seed = number;
    } else if (name == "--budget") {
      flags.budget = static_cast<uint32_t>(number);
    } else if (name == "--shrink") {
      flags.shrink = static_cast<uint32_t>(number);
    } else {
      return name +
             ": unknown; there are --runs, --seed, --property, --budget, "
             "--shrink and --case";
    }
  }
  if (!flags.one_case.empty() && flags.property.empty()) {
    return "--case needs --property, whose case it is";
  }
  // With time to spare, as many runs as it allows.
  if (flags.budget > 0 && !has_runs) flags.runs = ~uint64_t{0} >> 2;
  return "";
}

// What Bazel says about the part of a test that this process is.
struct TestShard {
  uint64_t index = 0;
  uint64_t total = 1;
  uint64_t repeat = 1;  // Of --runs_per_test, from 1 on.
};

// Reads it with `env`, and tells Bazel that sharding is known here.
inline TestShard ReadTestShard(
    const std::function<std::string(const char*)>& env) {
  const auto number = [&](const char* name, uint64_t otherwise) {
    const std::string text = env(name);
    uint64_t value = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  if (const std::string file = env("TEST_SHARD_STATUS_FILE"); !file.empty()) {
    std::ofstream(file, std::ios::app).flush();
  }
  TestShard shard;
  shard.index = number("TEST_SHARD_INDEX", 0);
  shard.total = number("TEST_TOTAL_SHARDS", 1);
  // The first is what Bazel 4 calls it, the second what later ones do.
  shard.repeat = number("TEST_RANDOM_SEED", number("TEST_RUN_NUMBER", 1));
  if (shard.total == 0) shard.total = 1;
  if (shard.repeat == 0) shard.repeat = 1;
  return shard;
}

// The part of the runs that belongs to this shard, with other seeds in every
// repeated run. No two of them have a seed in common.
inline CampaignFlags ForShard(CampaignFlags flags, const TestShard& shard) {
  const uint64_t first = flags.runs * shard.index / shard.total;
  const uint64_t last = flags.runs * (shard.index + 1) / shard.total;
  if (flags.budget > 0) {
    flags.seed += shard.index * (uint64_t{1} << 40);
  } else {
    flags.seed += first;
    flags.runs = last - first;
  }
  flags.seed += (shard.repeat - 1) * (uint64_t{1} << 48);
  return flags;
}

}  // namespace wharf::property

#endif  // WHARF_TESTS_PROPERTY_CAMPAIGN_FLAGS_H_
