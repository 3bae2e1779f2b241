#include "tests/soak/remote_traffic.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "sim/random.h"

namespace wharf::soak {

RemoteTraffic::RemoteTraffic(Submitter submitter, bool has_nop, uint64_t seed)
    : thread_(&RemoteTraffic::Main, this, std::move(submitter), has_nop, seed) {
}

void RemoteTraffic::Stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void RemoteTraffic::Guard::operator()(Result&& result) {
  if (called_) ++traffic_->called_twice_;
  called_ = true;
  ++traffic_->called_;
  if (result.outcome.kind == OutcomeKind::kError) ++traffic_->errors_;
}

void RemoteTraffic::Main(Submitter submitter, bool has_nop, uint64_t seed) {
  sim::Random random(seed ^ 0x5eed);
  while (!stopping_) {
    const uint32_t burst = 1 + random.Below(8);
    for (uint32_t i = 0; i < burst; ++i) {
      ResultCallback callback = Guard(this);
      const absl::StatusOr<RemoteRequestId> id =
          submitter.Submit(has_nop ? Request::Nop() : Request::Sleep(Time()),
                           std::move(callback));
      if (!id.ok()) {
        // Full: the callback is still here, and dies here.
        ++submitted_;
        ++dropped_;
        continue;
      }
      ++submitted_;
      const uint32_t fate = random.Below(16);
      if (fate == 0) submitter.Cancel(*id);
      if (fate == 1 && submitter.Drop(*id)) ++dropped_;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random.Below(500)));
  }
}

std::string RemoteTraffic::Problem() const {
  if (gone_ != submitted_ || called_twice_ != 0 || errors_ != 0 ||
      called_ > submitted_ || called_ + dropped_ < submitted_) {
    return absl::StrCat(submitted_.load(), " requests of another thread, ",
                        called_.load(), " outcomes, ", dropped_.load(),
                        " drops, ", gone_.load(), " callbacks gone, ",
                        called_twice_.load(), " called twice, ", errors_.load(),
                        " errors");
  }
  return "";
}

}  // namespace wharf::soak
