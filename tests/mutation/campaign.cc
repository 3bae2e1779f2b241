// Campaign: random lives of an engine by seed, until one breaks a promise, and
// in which run that was; what tells how many runs a planted fault survives. The
// runs take turns: one of tests/property, one of sim/scenario. With
// --property=G04 only that property's. A crash, a failed assertion and an
// endless run are failures of the run in which they happen.
//
// For people there are //tests/property:campaign and `wharf sim search`.

#include "tests/property/campaign.h"

#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <tuple>

#include "absl/status/statusor.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/seed_runner.h"
#include "tests/property/focus.h"

namespace {

// The run in progress, from 1; and what it is about ("G04_..."), never null.
volatile std::sig_atomic_t current_run = 0;
const char* volatile current_focus = "";

// Nothing but what a signal handler may do.
void OnSignal(int number) {
  char text[256] = "campaign: failed in run ";
  std::size_t length = std::strlen(text);
  const auto append = [&](const char* more) {
    while (*more != 0 && length + 1 < sizeof(text)) text[length++] = *more++;
  };
  char digits[24] = {};
  char* digit = digits + sizeof(digits) - 1;
  for (long run = current_run; run > 0; run /= 10) {
    *--digit = static_cast<char>('0' + run % 10);
  }
  append(digit);
  append(": ");
  append(current_focus);
  append(number == SIGXCPU ? "endless\n" : "crash\n");
  std::ignore = write(STDOUT_FILENO, text, length);
  _exit(1);
}

std::string RunProperty(std::string_view property, uint64_t seed) {
  using namespace wharf::property;  // NOLINT: one function
  const Focus& focus = property.empty()
                           ? AllFocuses()[seed % AllFocuses().size()]
                           : *FindFocus(property);
  const std::string about = std::string(focus.name) + ": ";
  current_focus = about.c_str();
  const std::string failure = RunSeed(focus, seed);
  current_focus = "";
  return failure.empty() ? "" : about + failure;
}

}  // namespace

int main(int argc, char** argv) {
  long runs = 1000;
  std::string_view property;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--runs=", 7) == 0) {
      runs = std::strtol(argv[i] + 7, nullptr, 10);
    } else if (std::strncmp(argv[i], "--property=", 11) == 0) {
      property = argv[i] + 11;
    }
  }
  if (!property.empty() && wharf::property::FindFocus(property) == nullptr) {
    return 2;
  }
  for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGXCPU}) {
    std::signal(number, &OnSignal);
  }
  absl::StatusOr<wharf::sim::SeedRunner> scenarios =
      wharf::sim::SeedRunner::Create(wharf::sim::kAnyProfile, {});
  if (!scenarios.ok()) return 2;
  for (long run = 1; run <= runs; ++run) {
    current_run = static_cast<std::sig_atomic_t>(run);
    const auto seed = static_cast<uint64_t>(run);
    std::string failure;
    if (!property.empty() || run % 2 == 1) {
      failure = RunProperty(property, property.empty() ? seed / 2 : seed);
    } else {
      failure = scenarios->Run(seed / 2).failure;
    }
    if (failure.empty()) continue;
    std::printf("campaign: failed in run %ld: %s\n", run, failure.c_str());
    return 1;
  }
  std::printf("campaign: nothing in %ld runs\n", runs);
  return 0;
}
