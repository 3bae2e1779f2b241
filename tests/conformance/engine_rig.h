// EngineRig: an engine on the port of a world. Every result is checked as it
// comes: once, on the loop's thread, inside a turn (guarantee G1).

#ifndef WHARF_TESTS_CONFORMANCE_ENGINE_RIG_H_
#define WHARF_TESTS_CONFORMANCE_ENGINE_RIG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "engine/engine.h"
#include "tests/conformance/narrow_port.h"
#include "tests/conformance/rig.h"

namespace wharf {

// For GoogleTest's messages.
inline void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << ToString(outcome);
}

namespace conformance {

// Outcomes by name.
inline Outcome Ok(uint64_t bytes = 0) { return {.bytes = bytes}; }
inline Outcome Ended(OutcomeKind kind, uint64_t bytes = 0) {
  return {.bytes = bytes, .kind = kind};
}

// A request that was admitted, and its result as soon as there is one.
class Pending {
 public:
  RequestId id;
  bool ended() const { return result_->has_value(); }
  // The rest requires ended().
  Result& result() const { return **result_; }
  const Outcome& outcome() const { return result().outcome; }
  // The bytes that the request has transferred into its buffer.
  std::string_view text() const;

 private:
  friend class EngineRig;
  std::shared_ptr<std::optional<Result>> result_ =
      std::make_shared<std::optional<Result>>();
};

// See the top of the file. Shuts the engine down when it dies, if the test did
// not.
class EngineRig final : public Rig {
 public:
  explicit EngineRig(std::unique_ptr<World> world,
                     const EngineOptions& options = {},
                     uint32_t max_in_flight = 64,
                     const PortLimits& limits = {});
  ~EngineRig() override;

  Engine& engine() { return *engine_; }
  const PortCapabilities& capabilities() const override {
    return engine_->capabilities();
  }

  // Admits a request.
  Pending Submit(Request request);
  // Admits and awaits it.
  Pending Run(Request request);
  // Turns until it has ended. False, and a failure, after kPatience.
  bool Await(const Pending& pending);
  // Turns until `done` says so. False, and a failure, after kPatience.
  bool TurnUntil(const std::function<bool()>& done);
  // Turns until no request is live.
  void TurnUntilIdle();
  // Turns until what is queued, up to the capacity, is in the kernel's hands:
  // something quick that was submitted after it has ended. With a full engine
  // only two turns are made.
  void Issue();

  Time In(Duration delay) { return SaturatingAdd(engine_->Now(), delay); }

  // A Buffer with this content, aligned for direct files.
  static Buffer Filled(std::string_view content);
  static Buffer Empty(std::size_t size);

  // Ends the engine for good; the rest of the rig stays.
  void DestroyEngine();

 private:
  const uint32_t capacity_;
  std::unique_ptr<Engine> engine_;
  TestFile quick_file_;
  std::thread::id loop_thread_ = std::this_thread::get_id();
  bool inside_submit_ = false;
};

}  // namespace conformance
}  // namespace wharf

#endif  // WHARF_TESTS_CONFORMANCE_ENGINE_RIG_H_
