// SimulatedWorld: a fresh simulated machine for each program.

#ifndef WHARF_TESTS_DIFFERENTIAL_SIMULATED_WORLD_H_
#define WHARF_TESTS_DIFFERENTIAL_SIMULATED_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/handle.h"
#include "engine/port.h"
#include "sim/chooser.h"
#include "sim/kernel/kernel.h"
#include "tests/differential/program.h"
#include "tests/differential/world.h"

namespace wharf::differential {

// See world.h.
class SimulatedWorld final : public World {
 public:
  // Borrows the chooser. `max_in_flight` as the real port has it.
  SimulatedWorld(sim::Chooser* chooser, sim::Personality personality,
                 uint32_t max_in_flight)
      : chooser_(chooser),
        personality_(personality),
        max_in_flight_(max_in_flight) {
    Restart();
  }
  ~SimulatedWorld() override { Stop(); }

  CompletionPort& port() override { return *port_; }
  absl::Status Begin(const Program& program,
                     std::vector<Handle>& handles) override;
  void End() override {}
  std::string Path(uint32_t name) override { return NameOf(name); }
  // The simulated file's name.
  static std::string NameOf(uint32_t name);
  std::vector<std::byte> Address(uint16_t listener) override;
  std::vector<std::byte> Contents(uint32_t name) override;

  // A new machine and port. Handles of the old one must be gone.
  void Restart();
  // The machine, for its trace and its complaints.
  sim::Kernel& kernel() { return *kernel_; }

 private:
  void Stop();

  sim::Chooser* chooser_;
  const sim::Personality personality_;
  const uint32_t max_in_flight_;
  std::unique_ptr<sim::Kernel> kernel_;
  std::unique_ptr<CompletionPort> port_;
};

}  // namespace wharf::differential

#endif  // WHARF_TESTS_DIFFERENTIAL_SIMULATED_WORLD_H_
