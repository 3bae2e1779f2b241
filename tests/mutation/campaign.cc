// Campaign: random schedules by seed until one breaks a promise, and in which
// run that was. What sees how many runs a planted fault survives; `wharf sim
// search` is the same for people. A crash, a failed assertion and an endless
// run are failures of the run that they happen in.

#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <tuple>

#include "absl/status/statusor.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/seed_runner.h"

namespace {

// The run in progress, from 1.
volatile std::sig_atomic_t current_run = 0;

void OnSignal(int number) {
  // Nothing but what a signal handler may do.
  char text[64] = "campaign: failed in run ";
  std::size_t length = std::strlen(text);
  char digits[16];
  int count = 0;
  for (long run = current_run; run > 0 || count == 0; run /= 10) {
    digits[count++] = static_cast<char>('0' + run % 10);
  }
  while (count > 0) text[length++] = digits[--count];
  const char* const what = number == SIGXCPU ? ": endless\n" : ": crash\n";
  std::memcpy(text + length, what, std::strlen(what));
  length += std::strlen(what);
  std::ignore = write(STDOUT_FILENO, text, length);
  _exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  long runs = 1000;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--runs=", 7) == 0) {
      runs = std::strtol(argv[i] + 7, nullptr, 10);
    }
  }
  for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGXCPU}) {
    std::signal(number, &OnSignal);
  }
  absl::StatusOr<wharf::sim::SeedRunner> runner =
      wharf::sim::SeedRunner::Create(wharf::sim::kAnyProfile, {});
  if (!runner.ok()) return 2;
  for (long run = 1; run <= runs; ++run) {
    current_run = static_cast<std::sig_atomic_t>(run);
    const wharf::sim::ScenarioResult result =
        runner->Run(static_cast<uint64_t>(run));
    if (result.ok()) continue;
    std::printf("campaign: failed in run %ld: %s\n", run,
                result.failure.c_str());
    return 1;
  }
  std::printf("campaign: nothing in %ld runs\n", runs);
  return 0;
}
