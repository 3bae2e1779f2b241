#include <windows.h>

#include <algorithm>
#include <chrono>

#include "tests/support/sleeper.h"

namespace wharf::testing_support {

struct Sleeper::State {
  SRWLOCK lock = SRWLOCK_INIT;
  CONDITION_VARIABLE wake = CONDITION_VARIABLE_INIT;
  bool woken = false;
};

Sleeper::Sleeper() : state_(std::make_unique<State>()) {}
Sleeper::~Sleeper() = default;

bool Sleeper::Sleep(Duration most) {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  using std::chrono::steady_clock;
  const auto end = steady_clock::now() + most;
  AcquireSRWLockExclusive(&state_->lock);
  while (!state_->woken) {
    const auto left = end - steady_clock::now();
    if (left <= steady_clock::duration(0)) break;
    // An hour is below the value that means for ever.
    const auto wait =
        std::min<milliseconds>(ceil<milliseconds>(left), std::chrono::hours(1));
    SleepConditionVariableSRW(&state_->wake, &state_->lock,
                              static_cast<DWORD>(wait.count()), 0);
  }
  const bool woken = state_->woken;
  state_->woken = false;
  ReleaseSRWLockExclusive(&state_->lock);
  return woken;
}

void Sleeper::Wake() {
  AcquireSRWLockExclusive(&state_->lock);
  state_->woken = true;
  WakeConditionVariable(&state_->wake);
  ReleaseSRWLockExclusive(&state_->lock);
}

}  // namespace wharf::testing_support
