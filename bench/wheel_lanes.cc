#include "bench/wheel_lanes.h"

#include "bench/block_sequence.h"
#include "engine/timer_wheel.h"

namespace wharf::bench {
namespace {

constexpr uint64_t kHorizon = 1000;  // ticks

// Random delays in ticks, at least one.
class Delays {
 public:
  uint64_t Next() { return 1 + (sequence_.Next() / kBlockSize); }

 private:
  BlockSequence sequence_{kHorizon * kBlockSize};
};

class Remove final : public Lane {
 public:
  explicit Remove(uint32_t pending) : pending_(pending), wheel_(pending + 1) {
    for (uint32_t i = 0; i < pending; ++i) wheel_.Schedule(i, delays_.Next());
  }

  void Run(uint64_t operations) override {
    for (; operations > 0; --operations) {
      wheel_.Schedule(pending_, 30 * kHorizon);
      wheel_.Remove(pending_);
    }
  }

 private:
  const uint32_t pending_;
  Delays delays_;
  TimerWheel wheel_;
};

class Expire final : public Lane {
 public:
  explicit Expire(uint32_t pending) : wheel_(pending) {
    for (uint32_t i = 0; i < pending; ++i) wheel_.Schedule(i, delays_.Next());
  }

  void Run(uint64_t operations) override {
    while (ahead_ < operations) {
      ++tick_;
      wheel_.Advance(tick_, [this](uint32_t index) {
        ++ahead_;
        wheel_.Schedule(index, tick_ + delays_.Next());
      });
    }
    ahead_ -= operations;
  }

 private:
  Delays delays_;
  TimerWheel wheel_;
  uint64_t tick_ = 0;
  uint64_t ahead_ = 0;
};

}  // namespace

std::unique_ptr<Lane> WheelRemove(uint32_t pending) {
  return std::make_unique<Remove>(pending);
}

std::unique_ptr<Lane> WheelExpire(uint32_t pending) {
  return std::make_unique<Expire>(pending);
}

}  // namespace wharf::bench
