#include "tests/differential/admit.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/profiles.h"
#include "sim/random_chooser.h"
#include "sim/recorded_chooser.h"
#include "sim/violation.h"
#include "tests/differential/following_port.h"
#include "tests/differential/guided_chooser.h"
#include "tests/differential/recording_port.h"
#include "tests/differential/simulated_world.h"

namespace wharf::differential {
namespace {

// Why the final files are not those observed; "" if they are.
std::string CompareFiles(const RunResult& expected, const RunResult& actual) {
  for (uint32_t i = 0; i < kNames; ++i) {
    const auto& want = expected.files[i];
    const auto& have = actual.files[i];
    if (want == have) continue;
    const auto [a, b] =
        std::mismatch(want.begin(), want.end(), have.begin(), have.end());
    std::string text = absl::StrCat(
        "file f", i, " holds ", have.size(), " bytes, not ", want.size(),
        "; the first that differs is number ", a - want.begin());
    if (a != want.end() && b != have.end()) {
      absl::StrAppend(&text, ", ", std::to_integer<int>(*b), " instead of ",
                      std::to_integer<int>(*a));
    }
    return text;
  }
  return "";
}

std::string Line(const Program& program, const PortLog& log,
                 const LogEntry& entry) {
  switch (entry.event) {
    case LogEvent::kAccepted:
      return absl::StrCat(
          "  submitted ",
          Describe(program, log.operations[entry.index].operation.id.index()));
    case LogEvent::kCancel:
      return absl::StrCat("  cancel asked for #",
                          log.cancels[entry.index].index());
    case LogEvent::kCompleted: {
      const LoggedCompletion& done = log.completions[entry.index];
      const Opcode opcode = log.operations[done.operation].operation.opcode;
      std::string text = absl::StrCat(
          "    #", done.completion.id.index(), " ", OpcodeName(opcode), ": ",
          DescribeResult(opcode, done.completion.result));
      if (done.completion.native_error != 0) {
        absl::StrAppend(&text, " (native ", done.completion.native_error, ")");
      }
      return text;
    }
    case LogEvent::kReaped:
      return absl::StrCat("  reap ", entry.index, " over");
  }
  return "";
}

// What the simulated kernel does at the point where it can no longer follow, in
// runs with random choices from there on.
std::string Alternatives(const Program& program, const Observation& observation,
                         Driver& driver, const AdmitOptions& options,
                         const std::vector<uint32_t>& choices,
                         std::size_t matched) {
  std::map<std::string, uint32_t> seen;
  const sim::Profile profile = *sim::FindProfile("rough");
  for (uint32_t i = 0; i < options.alternatives; ++i) {
    sim::RandomChooser random(i, profile);
    sim::RecordedChooser chooser(choices, &random);
    SimulatedWorld world(&chooser, options.personality,
                         observation.max_in_flight);
    FollowingPort port(&world.kernel(), &world.port(), &observation.log,
                       options.compare_native, nullptr);
    driver.Run(program, world, port);
    std::size_t posted = 0;
    std::string next = "no further completion";
    for (const sim::TraceEntry& entry : world.kernel().trace().entries()) {
      if (entry.kind != sim::TraceKind::kComplete || posted++ < matched) {
        continue;
      }
      const OperationId id{entry.subject};
      const Opcode opcode = program.operations[id.index()].opcode;
      next = absl::StrCat("#", id.index(), " ", OpcodeName(opcode), ": ",
                          DescribeResult(opcode, entry.a));
      break;
    }
    if (posted < matched) continue;  // Not the same beginning.
    ++seen[next];
  }
  std::vector<std::pair<uint32_t, std::string>> sorted;
  sorted.reserve(seen.size());
  for (const auto& [text, count] : seen) sorted.emplace_back(count, text);
  std::sort(sorted.rbegin(), sorted.rend());
  std::string text;
  for (std::size_t i = 0; i < sorted.size() && i < 12; ++i) {
    absl::StrAppend(&text, "    ", sorted[i].second, "  (", sorted[i].first,
                    " of ", options.alternatives, ")\n");
  }
  return text;
}

std::string Report(const Program& program, const Observation& observation,
                   Driver& driver, const AdmitOptions& options,
                   const GuidedChooser& chooser, const std::string& why) {
  const PortLog& log = observation.log;
  std::string text = "what the real kernel did:\n";
  for (const LogEntry& entry : log.entries) {
    absl::StrAppend(&text, Line(program, log, entry));
    if (entry.event == LogEvent::kCompleted &&
        entry.index == chooser.best_matched()) {
      absl::StrAppend(&text, "   <-- not followed");
    }
    absl::StrAppend(&text, "\n");
  }
  absl::StrAppend(&text, "the simulator, attempt by attempt, at last: ", why,
                  "\nwhat it would have allowed there:\n",
                  Alternatives(program, observation, driver, options,
                               chooser.best_choices(), chooser.best_matched()));
  return text;
}

}  // namespace

void Observe(const Program& program, World& world, Driver& driver,
             Observation& observation) {
  observation.log.Clear();
  observation.max_in_flight = world.port().Capabilities().max_in_flight;
  RecordingPort port(&world.port(), &observation.log);
  observation.result = driver.Run(program, world, port);
}

Verdict Admit(const Program& program, const Observation& observation,
              Driver& driver, const AdmitOptions& options) {
  Verdict verdict;
  GuidedChooser chooser(&observation.log, options.personality);
  chooser.Forbid(options.forbidden);
  std::vector<GuidedChooser::FinalFile> files;
  for (uint32_t i = 0; i < kNames; ++i) {
    if (observation.result.files[i].empty()) continue;
    files.push_back({SimulatedWorld::NameOf(i), observation.result.files[i]});
  }
  chooser.ExpectFiles(std::move(files));
  std::string why;
  std::string furthest;
  std::size_t furthest_matched = 0;
  for (;;) {
    SimulatedWorld world(&chooser, options.personality,
                         observation.max_in_flight);
    FollowingPort port(&world.kernel(), &world.port(), &observation.log,
                       options.compare_native, &chooser);
    chooser.Begin(&world.kernel(), &port);
    const RunResult result = driver.Run(program, world, port);
    (void)chooser.lost();  // Reads the trace to its end.
    chooser.End();
    why = result.problem;
    if (why.empty() && !port.at_end()) why = "the program ended early";
    if (why.empty()) why = CompareFiles(observation.result, result);
    if (why.empty()) why = sim::Describe(world.kernel().violations());
    if (furthest.empty() || chooser.matched() > furthest_matched) {
      furthest = why;
      furthest_matched = chooser.matched();
    }
    if (why.empty()) break;
    if (chooser.attempts() >= options.max_attempts) break;
    chooser.NextAttempt();
  }
  driver.Forget();
  verdict.attempts = chooser.attempts();
  verdict.admitted = why.empty();
  if (!verdict.admitted) {
    verdict.report =
        Report(program, observation, driver, options, chooser, furthest);
    driver.Forget();
  }
  return verdict;
}

}  // namespace wharf::differential
