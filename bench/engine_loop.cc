#include "bench/engine_loop.h"

#include "backends/io_uring/port.h"
#include "bench/die.h"

namespace wharf::bench {

std::unique_ptr<CompletionPort> OpenIoUring(uint32_t depth) {
  absl::StatusOr<std::unique_ptr<IoUringPort>> port =
      IoUringPort::Open({.entries = depth});
  if (!port.ok()) Die(port.status().ToString());
  return *std::move(port);
}

EngineLoop::EngineLoop(const PortFactory& open, uint32_t depth) {
  absl::StatusOr<std::unique_ptr<Engine>> engine =
      Engine::Create(open(depth), {.in_flight_capacity = depth,
                                   .max_requests = depth,
                                   .max_remote_requests = 0});
  if (!engine.ok()) Die(engine.status().ToString());
  engine_ = *std::move(engine);
}

void EngineLoop::Fail(const absl::Status& status) { Die(status.ToString()); }

}  // namespace wharf::bench
