// Machine: an engine on a simulated kernel of one personality, for regressions
// in which the kernel's own behaviour matters. When it dies, the engine has
// ended, the kernel has no complaint, and every planned decision was asked for.

#ifndef WHARF_TESTS_REGRESSIONS_MACHINE_H_
#define WHARF_TESTS_REGRESSIONS_MACHINE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "sim/kernel/kernel.h"
#include "sim/labelled_chooser.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {

inline constexpr sim::Personality kAllPersonalities[] = {
    sim::Personality::kIoUring, sim::Personality::kLinuxAio,
    sim::Personality::kIocp};

// Limits of a small engine without submitters.
inline constexpr EngineOptions kSmallEngine = {
    .in_flight_capacity = 8, .max_requests = 64, .max_remote_requests = 0};

// Belongs to one test. Handles that the test holds are declared after it.
class Machine {
 public:
  explicit Machine(sim::Personality personality,
                   const EngineOptions& options = kSmallEngine,
                   sim::KernelOptions kernel_options = {})
      : kernel_(WithChooser(kernel_options)) {
    engine_ = *Engine::Create(kernel_.OpenPort({.personality = personality}),
                              options);
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() {
    engine_.reset();
    results_.clear();
    kernel_.Settle();
    EXPECT_EQ(sim::Describe(kernel_.violations()), "");
    EXPECT_EQ(kernel_.live(), 0u);
    EXPECT_EQ(chooser_.unused(), 0u) << "decisions that were never asked for";
    EXPECT_TRUE(kernel_.OpenHandles().empty()) << "a handle leaked";
  }

  Engine& engine() { return *engine_; }
  sim::Kernel& kernel() { return kernel_; }
  sim::LabelledChooser& chooser() { return chooser_; }
  // Ends the engine, as its owner's death does; outcomes stay.
  void DestroyEngine() { engine_.reset(); }

  // Submits; the result is kept.
  RequestId Submit(Request request) {
    absl::StatusOr<RequestId> id = engine_->Submit(
        std::move(request),
        [this](Result&& result) { results_.push_back(std::move(result)); });
    EXPECT_TRUE(id.ok()) << id.status();
    return id.ok() ? *id : RequestId{};
  }
  // One turn that does not sleep.
  void Turn() { EXPECT_EQ(engine_->Turn(Wait::None()), absl::OkStatus()); }
  // Turns until nothing is live.
  void Run() { EXPECT_EQ(engine_->RunUntilIdle(), absl::OkStatus()); }

  // The request's result, or null; how often it was told.
  Result* Find(RequestId id) {
    for (Result& result : results_) {
      if (result.id == id) return &result;
    }
    return nullptr;
  }
  std::optional<Outcome> OutcomeOf(RequestId id) {
    const Result* result = Find(id);
    return result == nullptr ? std::nullopt
                             : std::optional<Outcome>(result->outcome);
  }
  std::vector<Result>& results() { return results_; }

  // A file with this content; nothing of it is durable yet.
  Handle FileWith(std::string_view content) {
    Handle file = *kernel_.OpenFile("f");
    kernel_.FindFile("f")->Write(
        0, std::as_bytes(std::span(content.data(), content.size())));
    return file;
  }
  // Guarded buffers.
  Buffer Bytes(std::size_t size) { return kernel_.AllocateBuffer(size); }
  Buffer BytesOf(std::string_view text) {
    Buffer buffer = kernel_.AllocateBuffer(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
      buffer.data()[i] = static_cast<std::byte>(text[i]);
    }
    return buffer;
  }

 private:
  sim::KernelOptions WithChooser(sim::KernelOptions options) {
    options.chooser = &chooser_;
    return options;
  }

  sim::LabelledChooser chooser_;
  sim::Kernel kernel_;
  std::vector<Result> results_;
  std::unique_ptr<Engine> engine_;
};

// Bytes as text.
inline std::string TextOf(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += static_cast<char>(byte);
  return text;
}

}  // namespace wharf::testing_support

#endif  // WHARF_TESTS_REGRESSIONS_MACHINE_H_
