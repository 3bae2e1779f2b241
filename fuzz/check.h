// What fuzz targets and their models agree on: how a broken promise ends the
// run.

#ifndef WHARF_FUZZ_CHECK_H_
#define WHARF_FUZZ_CHECK_H_

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace wharf::fuzz {

// Says what was broken and ends the program, which is how a fuzzer hears of it.
[[noreturn]] inline void Fail(std::string_view what) {
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(what.size()),
               what.data());
  std::abort();
}

// Fails unless `holds`.
inline void Check(bool holds, std::string_view what) {
  if (!holds) Fail(what);
}

}  // namespace wharf::fuzz

#endif  // WHARF_FUZZ_CHECK_H_
