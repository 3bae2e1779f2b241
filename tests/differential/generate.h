// Programs from seeds: the same seed and capabilities give the same program on
// every platform.

#ifndef WHARF_TESTS_DIFFERENTIAL_GENERATE_H_
#define WHARF_TESTS_DIFFERENTIAL_GENERATE_H_

#include <cstdint>

#include "engine/capabilities.h"
#include "tests/differential/program.h"

namespace wharf::differential {

// The program of `seed` that uses nothing which `capabilities` lacks. Small: at
// most four objects and about twenty operations, with lengths around the
// limits of pipes, pages and socket buffers.
Program Generate(uint64_t seed, const PortCapabilities& capabilities);

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_GENERATE_H_
