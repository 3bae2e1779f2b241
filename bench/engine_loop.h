// What the engine's lanes have in common: the engine, and ending the program
// where a user would handle an error.

#ifndef WHARF_BENCH_ENGINE_LOOP_H_
#define WHARF_BENCH_ENGINE_LOOP_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/base/attributes.h"
#include "bench/engine_lanes.h"
#include "engine/engine.h"

namespace wharf::bench {

// An engine with room for exactly `depth` requests, all of which may be in
// flight. One thread.
class EngineLoop {
 public:
  // Ends the program if there can be no such engine.
  EngineLoop(const PortFactory& open, uint32_t depth);

  // The engine.
  Engine& engine() { return *engine_; }

  // Submits. Ends the program if the engine refuses. Inlined because a user
  // would call the engine's own, which is.
  template <class F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Submit(Request&& request, F&& callback) {
    const absl::StatusOr<RequestId> id =
        engine_->Submit(std::move(request), std::forward<F>(callback));
    if (!id.ok()) [[unlikely]] {
      Fail(id.status());
    }
  }

  // Ends the program unless the request was done completely.
  static void Check(const Outcome& outcome) {
    if (!outcome.ok()) [[unlikely]] {
      Fail(ToStatus(outcome));
    }
  }

  // Turns until `left` is 0. Ends the program if the engine cannot go on.
  void TurnUntilZero(const uint64_t& left) {
    while (left > 0) {
      const absl::Status status = engine_->Turn(Wait::Forever());
      if (!status.ok()) [[unlikely]] {
        Fail(status);
      }
    }
  }

 private:
  [[noreturn]] static void Fail(const absl::Status& status);

  std::unique_ptr<Engine> engine_;
};

}  // namespace wharf::bench

#endif  // WHARF_BENCH_ENGINE_LOOP_H_
