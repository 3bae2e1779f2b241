// How a measurement ends that cannot go on.

#ifndef WHARF_BENCH_DIE_H_
#define WHARF_BENCH_DIE_H_

#include <string_view>

namespace wharf::bench {

// Prints `what` to stderr, with the name of `error` (an errno) if it is not 0,
// and ends the program with status 1.
[[noreturn]] void Die(std::string_view what, int error = 0);

}  // namespace wharf::bench

#endif  // WHARF_BENCH_DIE_H_
