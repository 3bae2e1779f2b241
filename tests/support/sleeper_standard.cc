#include <chrono>
#include <condition_variable>
#include <mutex>

#include "tests/support/sleeper.h"

namespace wharf::testing_support {

struct Sleeper::State {
  std::mutex mutex;
  std::condition_variable wake;
  bool woken = false;
};

Sleeper::Sleeper() : state_(std::make_unique<State>()) {}
Sleeper::~Sleeper() = default;

bool Sleeper::Sleep(Duration most) {
  std::unique_lock<std::mutex> lock(state_->mutex);
  const bool woken =
      state_->wake.wait_for(lock, most, [this] { return state_->woken; });
  state_->woken = false;
  return woken;
}

void Sleeper::Wake() {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->woken = true;
  state_->wake.notify_one();
}

}  // namespace wharf::testing_support
