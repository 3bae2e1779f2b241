// Goal: a short soak of every backend ends well, and a soak finds what is
// broken. Method: three seconds on each; and shorter ones on ports that lie.

#include "tests/soak/soak.h"

#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "backends/open.h"
#include "gtest/gtest.h"
#include "tests/conformance/broken_port.h"

namespace wharf::soak {
namespace {

using conformance::BrokenPort;
using conformance::Lie;

SoakOptions Options(BackendChoice backend, Lie lie = Lie::kNone) {
  SoakOptions options;
  options.open = [=]() -> absl::StatusOr<std::unique_ptr<CompletionPort>> {
    absl::StatusOr<OpenedPort> opened =
        OpenPort({.backend = backend, .max_in_flight = 128});
    if (!opened.ok()) return opened.status();
    if (lie == Lie::kNone) return std::move(opened->port);
    return std::make_unique<BrokenPort>(lie, std::move(opened->port), 128);
  };
  options.time = std::chrono::seconds(3);
  options.warm_up = std::chrono::seconds(1);
  options.report_every = std::chrono::seconds(1);
  // A sanitizer keeps what is freed; ten minutes show growth, seconds do not.
  options.max_growth_bytes = uint64_t{1} << 30;
  if (const char* folder = std::getenv("TEST_TMPDIR")) options.folder = folder;
  return options;
}

class SoakTest : public testing::TestWithParam<BackendChoice> {};

TEST_P(SoakTest, EndsWell) {
  std::string lines;
  const SoakReport report = RunSoak(
      Options(GetParam()), [&](std::string_view line) { lines += line; });
  for (const std::string& problem : report.problems) {
    ADD_FAILURE() << problem;
  }
  // It did what it is for.
  EXPECT_GT(report.books.submitted, 1'000u) << lines;
  EXPECT_GT(report.books.dropped, 10u) << lines;
  EXPECT_GT(report.books.cancels, 10u) << lines;
  EXPECT_GT(report.greetings, 10u) << lines;
  EXPECT_GT(report.remote, 100u) << lines;
  for (int kind = 0; kind < kRequestKindCount; ++kind) {
    EXPECT_GT(report.books.by_kind[static_cast<std::size_t>(kind)], 0u)
        << RequestKindName(static_cast<RequestKind>(kind));
  }
}

// Half a second is enough for most lies; a race that the kernel seldom offers
// (bytes that arrive as their receive is cancelled; on Linux AIO that was met
// after one try as well as after more than twenty) needs another, and another.
bool IsFound(BackendChoice backend, Lie lie) {
  SoakOptions options = Options(backend, lie);
  options.time = std::chrono::milliseconds(500);
  options.patience = std::chrono::milliseconds(300);
  for (options.seed = 0; options.seed < 120; ++options.seed) {
    if (!RunSoak(options, [](std::string_view) {}).problems.empty()) {
      return true;
    }
  }
  return false;
}

TEST_P(SoakTest, FindsWhatIsBroken) {
  for (const Lie lie :
       {Lie::kCompletesTwice, Lie::kLosesCompletions, Lie::kOverReports,
        Lie::kCorrupts, Lie::kLosesBytesOfCancelled}) {
    EXPECT_TRUE(IsFound(GetParam(), lie)) << conformance::LieName(lie);
  }
}

// Every backend that this machine has.
std::vector<BackendChoice> Available() {
  std::vector<BackendChoice> available;
  for (const BackendOffer& offer : ProbeBackends().offers) {
    if (offer.available) available.push_back(offer.backend);
  }
  return available;
}

INSTANTIATE_TEST_SUITE_P(Backends, SoakTest, testing::ValuesIn(Available()),
                         [](const auto& info) {
                           return std::string(BackendName(info.param));
                         });

}  // namespace
}  // namespace wharf::soak
