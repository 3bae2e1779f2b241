// A soak: all kinds of requests on real files, pipes, sockets and connections,
// for as long as it is told, with random cancels, deadlines and drops. It ends
// well if every request had one outcome, every byte was the right one, and
// nothing is left: no descriptor, no memory, no growth.

#ifndef WHARF_TESTS_SOAK_SOAK_H_
#define WHARF_TESTS_SOAK_SOAK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/port.h"
#include "engine/time.h"
#include "tests/soak/traffic.h"

namespace wharf::soak {

// What to do, and what to bear.
struct SoakOptions {
  // Opens the port under test for the calling thread.
  std::function<absl::StatusOr<std::unique_ptr<CompletionPort>>()> open;
  uint64_t seed = 1;
  Duration time = std::chrono::minutes(10);
  // What happens before this, all pools and tables filled, is not compared.
  Duration warm_up = std::chrono::seconds(10);
  Duration report_every = std::chrono::seconds(10);
  // A request that has no outcome so long after it was to end is lost.
  Duration patience = std::chrono::seconds(30);
  // Most growth of the resident memory after the warm-up.
  uint64_t max_growth_bytes = uint64_t{8} << 20;
  // For files; it exists.
  std::string folder = "/tmp";
};

// What happened.
struct SoakReport {
  Books books;
  // Broken promises; the soak ended well if there are none.
  std::vector<std::string> problems;
  // Greetings that arrived through a listener.
  uint64_t greetings = 0;
  // Requests from another thread.
  uint64_t remote = 0;
  // Allocations in the engine after the warm-up, those for handles taken away;
  // and the requests meanwhile.
  double allocations_per_request = 0;
  int64_t growth_bytes = 0;
};

// Runs a soak on this thread, and one more. `print` is given lines for people.
SoakReport RunSoak(const SoakOptions& options,
                   const std::function<void(std::string_view)>& print);

}  // namespace wharf::soak

#endif  // WHARF_TESTS_SOAK_SOAK_H_
