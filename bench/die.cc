#include "bench/die.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace wharf::bench {

void Die(std::string_view what, int error) {
  std::fprintf(stderr, "bench: %.*s%s%s\n", static_cast<int>(what.size()),
               what.data(), error != 0 ? ": " : "",
               error != 0 ? std::strerror(error) : "");
  std::exit(1);
}

}  // namespace wharf::bench
