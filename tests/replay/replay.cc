#include "tests/replay/replay.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sim/kernel/personality.h"
#include "sim/labelled_chooser.h"
#include "sim/profiles.h"
#include "sim/random_chooser.h"
#include "tests/differential/recording_port.h"
#include "tests/property/case.h"
#include "tests/property/focus.h"
#include "tests/property/world.h"

namespace wharf::replay {

using differential::LoggedCompletion;
using differential::LoggedOperation;
using differential::PortLog;
using differential::RecordingPort;

namespace {

// As many as the focuses' number does not divide, so that each pair is met.
constexpr std::array<std::string_view, 5> kProfiles = {"swarm", "calm", "rough",
                                                       "storm", "plain"};

using Wrap = property::PortWrapper;

// `inner`, if there is one, stands between the simulated port and the log.
EngineRun Run(uint64_t seed, const Wrap& inner) {
  const auto& focuses = property::AllFocuses();
  const property::Focus& focus = focuses[seed % focuses.size()];
  sim::RandomChooser drawn(seed);
  sim::LabelledChooser program(&drawn);
  program.Always("program.personality",
                 static_cast<uint32_t>(sim::Personality::kIoUring));
  sim::RandomChooser machine(
      seed, *sim::FindProfile(kProfiles[seed % kProfiles.size()]));
  property::CaseChooser choices(&program, &machine);
  EngineRun run;
  const Wrap wrap = [&](std::unique_ptr<CompletionPort> port) {
    if (inner) port = inner(std::move(port));
    return std::make_unique<RecordingPort>(std::move(port), &run.log);
  };
  property::World world(focus, &choices, /*keep_log=*/true, wrap);
  property::WorldResult result = world.Run();
  run.failure = std::move(result.failure);
  run.hash = result.hash;
  run.story = std::move(result.log);
  run.requests = result.requests;
  return run;
}

std::string DifferentLine(std::string_view one, std::string_view other) {
  const std::vector<std::string_view> lines = absl::StrSplit(one, '\n');
  const std::vector<std::string_view> others = absl::StrSplit(other, '\n');
  const std::size_t size = std::max(lines.size(), others.size());
  for (std::size_t i = 0; i < size; ++i) {
    const std::string_view line = i < lines.size() ? lines[i] : "(the end)";
    const std::string_view twin = i < others.size() ? others[i] : "(the end)";
    if (line != twin) {
      return absl::StrCat("line ", i + 1, ": ", line, " / ", twin);
    }
  }
  return "";
}

bool Same(const Operation& one, const Operation& other) {
  return one.id == other.id && one.handle == other.handle &&
         one.offset == other.offset && one.length == other.length &&
         one.mode == other.mode && one.opcode == other.opcode &&
         one.flags == other.flags;
}

bool Same(const LoggedOperation& one, const LoggedOperation& other) {
  return Same(one.operation, other.operation) && one.bytes == other.bytes &&
         one.after_reaps == other.after_reaps && one.cancel == other.cancel;
}

bool Same(const LoggedCompletion& one, const LoggedCompletion& other) {
  return one.completion.id == other.completion.id &&
         one.completion.result == other.completion.result &&
         one.completion.native_error == other.completion.native_error &&
         one.completion.flags == other.completion.flags &&
         one.operation == other.operation && one.reap == other.reap;
}

template <class T>
std::string DifferentEntry(const std::vector<T>& one,
                           const std::vector<T>& other, std::string_view what) {
  const auto same = [](const T& a, const T& b) {
    if constexpr (requires { a == b; }) {
      return a == b;
    } else {
      return Same(a, b);
    }
  };
  const auto [i, j] =
      std::mismatch(one.begin(), one.end(), other.begin(), other.end(), same);
  if (i == one.end() && j == other.end()) return "";
  return absl::StrCat("the port's ", what, " number ", i - one.begin());
}

std::string DifferentLog(const PortLog& one, const PortLog& other) {
  for (std::string difference :
       {DifferentEntry(one.operations, other.operations, "operation"),
        DifferentEntry(one.completions, other.completions, "completion"),
        DifferentEntry(one.cancels, other.cancels, "cancel"),
        DifferentEntry(one.accepted, other.accepted, "Submit"),
        DifferentEntry(one.reaps, other.reaps, "Reap"),
        DifferentEntry(one.times, other.times, "look at the clock"),
        DifferentEntry(one.bytes, other.bytes, "byte"),
        DifferentEntry(one.entries, other.entries, "call")}) {
    if (!difference.empty()) return difference;
  }
  return "";
}

}  // namespace

EngineRun Simulate(uint64_t seed) { return Run(seed, nullptr); }

absl::StatusOr<EngineRun> Replay(uint64_t seed, const PortLog& script,
                                 const IoUringOptions& options,
                                 ReplayReport* report) {
  absl::Status opened;
  EngineRun run =
      Run(seed,
          [&](std::unique_ptr<CompletionPort> simulated)
              -> std::unique_ptr<CompletionPort> {
            auto port = ReplayPort::Open(simulated, &script, options, report);
            opened = port.status();
            if (!port.ok()) return simulated;
            return *std::move(port);
          });
  if (!opened.ok()) return opened;
  return run;
}

std::string FirstDifference(const EngineRun& one, const EngineRun& other) {
  if (std::string line = DifferentLine(one.story, other.story); !line.empty()) {
    return line;
  }
  if (one.failure != other.failure) return "the broken promise";
  if (one.hash != other.hash) return "the trace's hash";
  return DifferentLog(one.log, other.log);
}

}  // namespace wharf::replay
