#include <algorithm>

#include "bench/engine_lanes.h"
#include "bench/engine_loop.h"

namespace wharf::bench {
namespace {

class Nop final : public Lane {
 public:
  Nop(const PortFactory& open, uint32_t depth)
      : depth_(depth), loop_(open, depth) {}

  void Run(uint64_t operations) override {
    to_start_ = operations;
    to_end_ = operations;
    for (uint64_t i = std::min<uint64_t>(depth_, operations); i > 0; --i) {
      Start();
    }
    loop_.TurnUntilZero(to_end_);
  }

 private:
  void Start() {
    --to_start_;
    loop_.Submit(Request::Nop(), [this](Result&& result) {
      EngineLoop::Check(result.outcome);
      --to_end_;
      if (to_start_ > 0) Start();
    });
  }

  const uint32_t depth_;
  uint64_t to_start_ = 0;
  uint64_t to_end_ = 0;
  EngineLoop loop_;
};

}  // namespace

std::unique_ptr<Lane> EngineNop(const PortFactory& open, uint32_t depth) {
  return std::make_unique<Nop>(open, depth);
}

}  // namespace wharf::bench
