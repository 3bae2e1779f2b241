// Runs the rows and prints what came out; see bench/run for the whole report.
//
//   ratio [--filter=TEXT] [--rounds=N] [--seconds=S] [--json] [--dir=DIR]
//   ratio --list
//   ratio --count=OPERATIONS --side=base|subject --filter=ROW
//
// The last form does exactly that many operations of one lane and nothing else:
// for counting instructions, as the difference of two such runs.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/die.h"
#include "bench/harness.h"
#include "bench/rows.h"
#include "nlohmann/json.hpp"

ABSL_FLAG(std::string, filter, "", "only rows whose name contains this");
ABSL_FLAG(int, rounds, 15, "times that each side of a row is run");
ABSL_FLAG(double, seconds, 0.1, "length of one run");
ABSL_FLAG(bool, json, false, "one JSON object per line and row");
ABSL_FLAG(bool, list, false, "print the rows' names and end");
ABSL_FLAG(std::string, dir, "", "where the data file is; $TMPDIR or /var/tmp");
ABSL_FLAG(int, file_mib, 1024, "size of the data file");
ABSL_FLAG(uint64_t, count, 0, "operations to do without measuring");
ABSL_FLAG(std::string, side, "subject", "the lane for --count");

namespace wharf::bench {
namespace {

using nlohmann::json;

json Optional(const std::optional<double>& value) {
  return value ? json(*value) : json(nullptr);
}

json Describe(const Row& row) {
  return {{"name", row.name},
          {"base", row.base ? json(row.base_name) : json(nullptr)},
          {"max_ratio", Optional(row.max_ratio)},
          {"goal_ratio", Optional(row.goal_ratio)},
          {"goal_ns", Optional(row.goal_ns)},
          {"goal_instructions", Optional(row.goal_instructions)},
          {"skip_reason", row.skip_reason}};
}

void PrintJson(const Row& row, const Measurement* measured) {
  json line = Describe(row);
  if (measured != nullptr) {
    line["operations"] = measured->operations;
    line["base_ns"] = Optional(measured->base_ns);
    line["subject_ns"] = measured->subject_ns;
    line["ratio"] = Optional(measured->ratio);
    line["base_cpu_ns"] = Optional(measured->base_cpu_ns);
    line["subject_cpu_ns"] = measured->subject_cpu_ns;
    line["cpu_ratio"] = Optional(measured->cpu_ratio);
    line["spread"] = measured->ratio_spread;
    line["attempts"] = measured->attempts;
  }
  std::puts(line.dump().c_str());
}

void PrintText(const Row& row, const Measurement* measured) {
  if (measured == nullptr) {
    absl::PrintF("%-42s skipped: %s\n", row.name, row.skip_reason);
  } else if (measured->ratio) {
    absl::PrintF(
        "%-42s %10.1f ns %10.1f ns  ratio %5.3f +-%2.0f%%, CPU %5.3f\n",
        row.name, *measured->base_ns, measured->subject_ns, *measured->ratio,
        measured->ratio_spread * 100, *measured->cpu_ratio);
  } else {
    absl::PrintF("%-42s %10s    %10.1f ns\n", row.name, "",
                 measured->subject_ns);
  }
}

int CountOnly(const std::vector<Row>& rows, const std::string& name) {
  for (const Row& row : rows) {
    if (row.name != name) continue;
    const bool base = absl::GetFlag(FLAGS_side) == "base";
    const LaneFactory& make = base ? row.base : row.subject;
    if (!make || !row.skip_reason.empty()) Die("there is no such lane here");
    make()->Run(absl::GetFlag(FLAGS_count));
    return 0;
  }
  Die(absl::StrCat("no row is called '", name, "'"));
}

int Run() {
  std::string directory = absl::GetFlag(FLAGS_dir);
  if (directory.empty()) {
    const char* const temporary = std::getenv("TMPDIR");
    directory = temporary != nullptr ? temporary : "/var/tmp";
  }
  const int file_mib = absl::GetFlag(FLAGS_file_mib);
  if (file_mib < 1) Die("--file_mib must be at least 1");
  const MeasureOptions options{.rounds = absl::GetFlag(FLAGS_rounds),
                               .seconds = absl::GetFlag(FLAGS_seconds)};
  if (options.rounds < 1) Die("--rounds must be at least 1");
  if (!(options.seconds > 0)) Die("--seconds must be more than 0");

  const std::vector<Row> rows = AllRows(
      {.directory = directory, .size = static_cast<uint64_t>(file_mib) << 20});
  const std::string filter = absl::GetFlag(FLAGS_filter);
  if (absl::GetFlag(FLAGS_count) > 0) return CountOnly(rows, filter);

  bool found = false;
  for (const Row& row : rows) {
    if (row.name.find(filter) == std::string::npos) continue;
    found = true;
    if (absl::GetFlag(FLAGS_list)) {
      absl::PrintF("%s\n", row.name);
      continue;
    }
    const auto print = absl::GetFlag(FLAGS_json) ? PrintJson : PrintText;
    if (row.skip_reason.empty()) {
      const Measurement measured = Measure(row, options);
      print(row, &measured);
    } else {
      print(row, nullptr);
    }
    std::fflush(stdout);
  }
  if (!found) Die(absl::StrCat("no row's name contains '", filter, "'"));
  return 0;
}

}  // namespace
}  // namespace wharf::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "compares Wharf's engine with the same work done by hand");
  absl::ParseCommandLine(argc, argv);
  return wharf::bench::Run();
}
