#include "tests/soak/soak.h"

#include <stdlib.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/soak/connect_lane.h"
#include "tests/soak/file_lane.h"
#include "tests/soak/remote_traffic.h"
#include "tests/soak/small_lanes.h"
#include "tests/soak/stream_lane.h"

namespace wharf::soak {
namespace {

// Room for everything that the lanes may have in flight at once, so that
// nobody waits for somebody behind him (guarantee G17).
constexpr uint32_t kInFlight = 96;

// Allocations that are bounded whatever the number of requests: every slot's
// vector array grows once or twice.
constexpr uint64_t kFewAllocations = 2'000;

std::size_t OpenDescriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/self/fd", error);
  if (error) return 0;
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

int64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  int64_t all = 0;
  int64_t resident = 0;
  file >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

class Soak {
 public:
  Soak(const SoakOptions& options, Engine& engine, const std::string& folder)
      : options_(options), traffic_(engine, options.seed, options.patience) {
    const PortCapabilities& have = engine.capabilities();
    Add<TimeLane>();
    Add<PollLane>();
    if (have.Has(Opcode::kRead) && have.Has(Opcode::kWrite)) {
      Add<FileLane>(folder, /*direct=*/false);
      Add<FileLane>(folder, /*direct=*/true);
    }
    if (have.Has(Opcode::kReceive) && have.Has(Opcode::kSend)) {
      for (int i = 0; i < 4; ++i) Add<StreamLane>(/*pipe=*/false);
    }
    if (have.HasFeatures(kFeatureCurrentPosition)) {
      for (int i = 0; i < 2; ++i) Add<StreamLane>(/*pipe=*/true);
    }
    if (have.Has(Opcode::kAccept) && have.Has(Opcode::kConnect)) {
      connections_ = Add<ConnectLane>();
    }
    Add<OpenLane>(folder);
  }

  void Run(const std::function<void(std::string_view)>& print,
           RemoteTraffic& remote);
  SoakReport Report();

 private:
  template <class Kind, class... Arguments>
  Kind* Add(Arguments&&... arguments) {
    auto lane = std::make_unique<Kind>(traffic_, arguments...);
    Kind* const added = lane.get();
    lanes_.push_back(std::move(lane));
    return added;
  }
  void NoteWarm();
  void Drain();
  std::string Line(Duration since) const;

  const SoakOptions& options_;
  Traffic traffic_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  ConnectLane* connections_ = nullptr;
  bool warm_ = false;
  Books warm_books_;
  int64_t warm_bytes_ = 0;
  int64_t end_bytes_ = 0;
};

void Soak::NoteWarm() {
  warm_ = true;
  warm_books_ = traffic_.books();
  warm_bytes_ = ResidentBytes();
}

void Soak::Run(const std::function<void(std::string_view)>& print,
               RemoteTraffic& remote) {
  Engine& engine = traffic_.engine();
  const Time start = engine.Now();
  const Time end = start + options_.time;
  Time next_report = start + options_.report_every;
  while (engine.Now() < end && engine.status().ok()) {
    for (const std::unique_ptr<Lane>& lane : lanes_) lane->Step();
    traffic_.Turn(std::chrono::milliseconds(1));
    const Time now = engine.Now();
    if (!warm_ && now >= start + options_.warm_up) NoteWarm();
    if (now >= next_report) {
      next_report += options_.report_every;
      print(Line(now - start));
    }
  }
  if (!warm_) NoteWarm();
  remote.Stop();
  Drain();
  end_bytes_ = ResidentBytes();
  print(Line(engine.Now() - start));
}

void Soak::Drain() {
  traffic_.Stop();
  const Time limit =
      SaturatingAdd(traffic_.engine().Now(), options_.patience * 2);
  while ((!traffic_.idle() || traffic_.engine().live() > 0) &&
         traffic_.engine().Now() < limit && traffic_.engine().status().ok()) {
    traffic_.Turn(std::chrono::milliseconds(10));
  }
  if (!traffic_.idle() || traffic_.engine().live() > 0) {
    traffic_.Complain(
        nullptr, absl::StrCat(traffic_.engine().live(), " requests never end"));
  }
}

std::string Soak::Line(Duration since) const {
  const Books& books = traffic_.books();
  const double seconds = std::chrono::duration<double>(since).count();
  const auto outcomes = [&](OutcomeKind kind) {
    return books.by_outcome[static_cast<std::size_t>(kind)];
  };
  return absl::StrFormat(
      "%6.0f s  %d requests (%.0f/s): %d ok, %d end, %d deadline, %d "
      "cancelled, "
      "%d error, %d dropped; %.1f MiB, %d descriptors, %d problems\n",
      seconds, books.submitted, static_cast<double>(books.submitted) / seconds,
      outcomes(OutcomeKind::kOk), outcomes(OutcomeKind::kEndOfStream),
      outcomes(OutcomeKind::kDeadline), outcomes(OutcomeKind::kCancelled),
      outcomes(OutcomeKind::kError), books.dropped,
      static_cast<double>(ResidentBytes()) / (1 << 20), OpenDescriptors(),
      traffic_.problems().size());
}

SoakReport Soak::Report() {
  SoakReport report;
  const Books& books = traffic_.books();
  const EngineStats& stats = traffic_.engine().stats();
  if (books.submitted != books.ended + books.dropped) {
    traffic_.Complain(nullptr,
                      absl::StrCat(books.submitted, " requests, ", books.ended,
                                   " outcomes and ", books.dropped, " drops"));
  }
  if (stats.stray_completions != 0) {
    traffic_.Complain(nullptr, absl::StrCat(stats.stray_completions,
                                            " completions of nothing"));
  }
  if (!traffic_.engine().status().ok()) {
    traffic_.Complain(nullptr, traffic_.engine().status().ToString());
  }
  // A dropped open or accept may have made a handle, too.
  const uint64_t made = books.handles_made - warm_books_.handles_made +
                        books.dropped - warm_books_.dropped;
  const uint64_t asked = books.allocations - warm_books_.allocations;
  const uint64_t requests = books.submitted - warm_books_.submitted;
  if (asked > made + kFewAllocations) {
    traffic_.Complain(nullptr,
                      absl::StrCat(asked, " allocations for ", requests,
                                   " requests and ", made, " handles"));
  }
  report.allocations_per_request =
      requests == 0 || asked <= made
          ? 0
          : static_cast<double>(asked - made) / static_cast<double>(requests);
  report.growth_bytes = end_bytes_ - warm_bytes_;
  if (report.growth_bytes > static_cast<int64_t>(options_.max_growth_bytes)) {
    traffic_.Complain(nullptr, absl::StrCat("memory has grown by ",
                                            report.growth_bytes, " bytes"));
  }
  if (connections_ != nullptr) report.greetings = connections_->greetings();
  lanes_.clear();
  report.books = books;
  report.problems = traffic_.problems();
  if (traffic_.blocks_out() != 0) {
    report.problems.push_back(
        absl::StrCat(traffic_.blocks_out(), " buffers have not come back"));
  }
  return report;
}

void RunOn(const SoakOptions& options, const std::string& folder,
           const std::function<void(std::string_view)>& print,
           SoakReport& report) {
  absl::StatusOr<std::unique_ptr<CompletionPort>> port = options.open();
  if (!port.ok()) {
    report.problems.push_back(port.status().ToString());
    return;
  }
  EngineOptions engine_options;
  engine_options.in_flight_capacity = kInFlight;
  absl::StatusOr<std::unique_ptr<Engine>> engine =
      Engine::Create(*std::move(port), engine_options);
  if (!engine.ok()) {
    report.problems.push_back(engine.status().ToString());
    return;
  }
  RemoteTraffic remote((*engine)->MakeSubmitter(),
                       (*engine)->capabilities().Has(Opcode::kNop),
                       options.seed);
  Soak soak(options, **engine, folder);
  soak.Run(print, remote);
  const ShutdownReport shutdown =
      (*engine)->Shutdown({.budget = options.patience, .cancel_first = true});
  report = soak.Report();
  report.remote = remote.ended();
  if (shutdown.abandoned != 0) {
    report.problems.push_back(
        absl::StrCat("shutdown has abandoned ", shutdown.abandoned));
  }
  if (std::string problem = remote.Problem(); !problem.empty()) {
    report.problems.push_back(std::move(problem));
  }
}

}  // namespace

SoakReport RunSoak(const SoakOptions& options,
                   const std::function<void(std::string_view)>& print) {
  SoakReport report;
  // A write to a pipe without a reader may raise it; a send may not.
  std::signal(SIGPIPE, SIG_IGN);
  std::string folder = options.folder + "/wharf_soak_XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    report.problems.push_back("cannot make a folder in " + options.folder);
    return report;
  }
  const std::size_t before = OpenDescriptors();
  RunOn(options, folder, print, report);
  const std::size_t after = OpenDescriptors();
  if (after != before) {
    report.problems.push_back(absl::StrCat(
        before, " descriptors were open before, ", after, " are now"));
  }
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  return report;
}

}  // namespace wharf::soak
