// World: one machine on which programs run: it makes a program's objects and
// has a port for its operations. A real kernel or the simulated one.

#ifndef WHARF_TESTS_DIFFERENTIAL_WORLD_H_
#define WHARF_TESTS_DIFFERENTIAL_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/handle.h"
#include "engine/port.h"
#include "tests/differential/program.h"

namespace wharf::differential {

// Not for concurrent use.
class World {
 public:
  virtual ~World() = default;

  // The port. Valid until the next Begin.
  virtual CompletionPort& port() = 0;

  // Makes the program's objects and appends their handles, in order, to
  // `handles`. Errors: the machine's own, with what failed.
  virtual absl::Status Begin(const Program& program,
                             std::vector<Handle>& handles) = 0;
  // Everything is over and closed: removes what is left.
  virtual void End() = 0;

  // How an open names file number `name`.
  virtual std::string Path(uint32_t name) = 0;
  // How a connect names the listener whose handle has that number.
  virtual std::vector<std::byte> Address(uint16_t listener) = 0;
  // What is in file number `name`; empty if there is none.
  virtual std::vector<std::byte> Contents(uint32_t name) = 0;
};

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_WORLD_H_
