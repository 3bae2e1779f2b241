// EngineFixture: an Engine whose kernel is the test (sim::ScriptedPort), with
// what nearly every test of the engine needs.
//
//   TEST_F(MyTest, ReadsFully) {
//     Start();
//     const RequestId read = Submit(Read(8));
//     Turn();
//     port().Complete(Op(0), 8);
//     Turn();
//     EXPECT_EQ(OutcomeOf(read), Ok(8));
//   }
//
// When a test ends, the port must have no complaint about the engine.

#ifndef WHARF_TESTS_SUPPORT_ENGINE_FIXTURE_H_
#define WHARF_TESTS_SUPPORT_ENGINE_FIXTURE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/engine.h"
#include "gtest/gtest.h"
#include "sim/scripted_port.h"
#include "tests/support/injecting_port.h"

namespace wharf {

// For GoogleTest's messages.
inline void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << ToString(outcome);
}

namespace testing_support {

// Outcomes by name.
inline Outcome Ok(uint64_t bytes = 0) { return {.bytes = bytes}; }
inline Outcome Ended(OutcomeKind kind, uint64_t bytes = 0) {
  return {.bytes = bytes, .kind = kind};
}
inline Outcome Failed(Error error, uint64_t bytes = 0, int32_t native = -1) {
  return {.bytes = bytes,
          .native_error = native < 0 ? static_cast<int32_t>(error) : native,
          .error = error,
          .kind = OutcomeKind::kError};
}

// The time `ms` milliseconds after the scripted clock's zero.
constexpr Time At(int64_t ms) { return Time(std::chrono::milliseconds(ms)); }

// Memory that knows whether the engine has let go of it. Made by
// EngineFixture::NewMemory, because it must outlive the engine.
class TrackedMemory {
 public:
  explicit TrackedMemory(std::size_t size) : bytes_(size) {}
  TrackedMemory(const TrackedMemory&) = delete;
  TrackedMemory& operator=(const TrackedMemory&) = delete;

  // A Buffer of all bytes; at most one at a time.
  Buffer Lend() {
    return Buffer::Wrap(
        bytes_,
        [](void* self, std::span<std::byte>) {
          ++static_cast<TrackedMemory*>(self)->releases_;
        },
        this);
  }
  // How often a lent Buffer was released.
  int releases() const { return releases_; }
  std::byte* data() { return bytes_.data(); }

 private:
  std::vector<std::byte> bytes_;
  int releases_ = 0;
};

// A handle that counts how often it was closed. Made by
// EngineFixture::NewHandle, because it must outlive the engine.
class TrackedHandle {
 public:
  explicit TrackedHandle(NativeHandle native)
      : handle_(Handle::Adopt(
            native,
            [](NativeHandle, void* self) {
              ++static_cast<TrackedHandle*>(self)->closes_;
            },
            this)) {}
  TrackedHandle(const TrackedHandle&) = delete;
  TrackedHandle& operator=(const TrackedHandle&) = delete;

  // The test's own copy; `Close` drops it.
  const Handle& handle() const { return handle_; }
  void Close() { handle_.Reset(); }
  int closes() const { return closes_; }

 private:
  int closes_ = 0;
  Handle handle_;
};

// See the top of the file.
class EngineFixture : public testing::Test {
 protected:
  EngineFixture() = default;

  // Makes the engine; the port can be scripted from here on.
  void Start(const EngineOptions& options = {},
             const sim::ScriptedPortOptions& port_options = {}) {
    auto port = std::make_unique<InjectingPort>(port_options);
    injector_ = port.get();
    absl::StatusOr<std::unique_ptr<Engine>> engine =
        Engine::Create(std::move(port), options);
    ASSERT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
  }

  void TearDown() override {
    if (engine_ == nullptr) return;
    EXPECT_EQ(sim::Describe(port().violations()), "");
    EXPECT_EQ(engine_->stats().stray_completions, expected_strays_);
    engine_.reset();
  }

  Engine& engine() { return *engine_; }
  sim::ScriptedPort& port() { return injector_->scripted(); }
  InjectingPort& injector() { return *injector_; }
  // Ends the engine; results() stays.
  void DestroyEngine() {
    EXPECT_EQ(sim::Describe(port().violations()), "");
    engine_.reset();
  }
  // For tests that provoke completions of nothing.
  void ExpectStrays(uint64_t count) { expected_strays_ = count; }

  // Submits, expecting success; the result lands in results().
  RequestId Submit(Request request) {
    absl::StatusOr<RequestId> id = TrySubmit(request);
    EXPECT_TRUE(id.ok()) << id.status();
    return id.ok() ? *id : RequestId{};
  }
  absl::StatusOr<RequestId> TrySubmit(Request& request) {
    return engine_->Submit(std::move(request), [this](Result&& result) {
      results_.push_back(std::move(result));
    });
  }

  // One turn that does not sleep.
  void Turn() { ASSERT_EQ(engine_->Turn(Wait::None()), absl::OkStatus()); }
  // Turns, sleeping, until the scripted clock shows `time`.
  void TurnUntil(Time time) {
    while (engine_->Now() < time) {
      const Time before = engine_->Now();
      const uint64_t live = engine_->live();
      ASSERT_EQ(engine_->Turn(Wait::Until(time)), absl::OkStatus());
      if (engine_->live() == 0) port().clock().AdvanceTo(time);
      ASSERT_TRUE(engine_->Now() > before || engine_->live() != live ||
                  ++idle_turns_ < 10000)
          << "the engine neither sleeps nor does anything";
    }
    Turn();
  }

  // Identity and description of the n-th operation in the kernel's hands.
  OperationId Op(std::size_t n) { return port().in_flight().at(n).id; }
  std::size_t in_flight() { return port().in_flight().size(); }

  // Results so far, in the order of delivery.
  std::vector<Result>& results() { return results_; }
  // The result of one request, or nullptr.
  const Result* Find(RequestId id) const {
    for (const Result& result : results_) {
      if (result.id == id) return &result;
    }
    return nullptr;
  }
  std::optional<Outcome> OutcomeOf(RequestId id) const {
    const Result* result = Find(id);
    return result == nullptr ? std::nullopt
                             : std::optional<Outcome>(result->outcome);
  }

  // Live until the engine and all results are gone.
  TrackedMemory& NewMemory(std::size_t size) {
    return *memory_.emplace_back(std::make_unique<TrackedMemory>(size));
  }
  TrackedHandle& NewHandle(NativeHandle native) {
    return *handles_.emplace_back(std::make_unique<TrackedHandle>(native));
  }

  // Requests on a file (handle 3) and on a stream (handle 4).
  static Request Read(uint64_t bytes, TransferOptions options = {.offset = 0}) {
    return Request::Read(File(), Buffer::Allocate(bytes), options);
  }
  static Request Write(uint64_t bytes,
                       TransferOptions options = {.offset = 0}) {
    return Request::Write(File(), Zeros(bytes), options);
  }
  static Request Receive(uint64_t bytes, TransferOptions options = {}) {
    return Request::Receive(Stream(), Buffer::Allocate(bytes), options);
  }
  static Request Send(uint64_t bytes, TransferOptions options = {}) {
    return Request::Send(Stream(), Zeros(bytes), options);
  }
  static Handle File() { return Handle::Borrow(3); }
  static Handle Stream() { return Handle::Borrow(4); }
  static Buffer Zeros(uint64_t bytes) {
    Buffer buffer = Buffer::Allocate(bytes);
    for (std::byte& byte : buffer.bytes()) byte = std::byte{0};
    return buffer;
  }

 private:
  std::vector<std::unique_ptr<TrackedMemory>> memory_;
  std::vector<std::unique_ptr<TrackedHandle>> handles_;
  std::vector<Result> results_;
  InjectingPort* injector_ = nullptr;
  uint64_t expected_strays_ = 0;
  int idle_turns_ = 0;
  std::unique_ptr<Engine> engine_;
};

}  // namespace testing_support
}  // namespace wharf

#endif  // WHARF_TESTS_SUPPORT_ENGINE_FIXTURE_H_
