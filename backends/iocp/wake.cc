#include "backends/iocp/wake.h"

namespace wharf::iocp {

void WakeSource::Ring() {
  uint32_t expected = kIdle;
  if (!state_.compare_exchange_strong(expected, kRung,
                                      std::memory_order_acq_rel)) {
    return;
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (calls_.Post(port_, kWakeKey, nullptr) == 0) return;
  }
  state_.store(kUnposted, std::memory_order_release);
}

bool WakeSource::TakeUnposted() {
  uint32_t expected = kUnposted;
  return state_.load(std::memory_order_relaxed) == kUnposted &&
         state_.compare_exchange_strong(expected, kIdle,
                                        std::memory_order_acq_rel);
}

}  // namespace wharf::iocp
