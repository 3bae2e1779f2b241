#include "tests/conformance/engine_rig.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "gtest/gtest.h"

namespace wharf::conformance {
namespace {

// What needs more has failed, even if its clock stands still.
constexpr int kMostTurns = 1'000'000;

}  // namespace

std::string_view Pending::text() const {
  return Text(result().buffer.data(),
              static_cast<std::size_t>(outcome().bytes));
}

EngineRig::EngineRig(std::unique_ptr<World> world, const EngineOptions& options,
                     uint32_t max_in_flight, const PortLimits& limits)
    : Rig(std::move(world)),
      capacity_(std::min(options.in_flight_capacity, max_in_flight)) {
  absl::StatusOr<std::unique_ptr<CompletionPort>> port =
      this->world().OpenPort(max_in_flight);
  if (!port.ok()) {
    ADD_FAILURE() << port.status();
    std::abort();  // Nothing below makes sense without a port.
  }
  absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Create(
      std::make_unique<NarrowPort>(*std::move(port), limits), options);
  if (!engine.ok()) {
    ADD_FAILURE() << engine.status();
    std::abort();
  }
  engine_ = *std::move(engine);
}

EngineRig::~EngineRig() {
  DestroyEngine();
  Rig::Finish();
}

void EngineRig::DestroyEngine() {
  if (engine_ == nullptr) return;
  // Does nothing if the test has shut it down.
  engine_->Shutdown({.budget = kPatience, .cancel_first = true});
  EXPECT_EQ(engine_->stats().stray_completions, 0u);
  engine_.reset();
  quick_file_ = {};
}

Pending EngineRig::Submit(Request request) {
  Pending pending;
  inside_submit_ = true;
  const absl::StatusOr<RequestId> id = engine_->Submit(
      std::move(request), [this, place = pending.result_](Result&& result) {
        EXPECT_FALSE(inside_submit_) << "an outcome inside Submit";
        EXPECT_EQ(std::this_thread::get_id(), loop_thread_);
        EXPECT_FALSE(place->has_value()) << "a second outcome";
        place->emplace(std::move(result));
      });
  inside_submit_ = false;
  EXPECT_TRUE(id.ok()) << id.status();
  if (id.ok()) pending.id = *id;
  return pending;
}

Pending EngineRig::Run(Request request) {
  Pending pending = Submit(std::move(request));
  Await(pending);
  return pending;
}

bool EngineRig::TurnUntil(const std::function<bool()>& done) {
  const Time limit = In(kPatience);
  for (int i = 0; !done(); ++i) {
    if (engine_->Now() >= limit || i == kMostTurns) {
      ADD_FAILURE() << "it does not happen";
      return false;
    }
    if (const absl::Status status = engine_->Turn(Wait::Until(limit));
        !status.ok()) {
      ADD_FAILURE() << status;
      return done();
    }
  }
  return true;
}

bool EngineRig::Await(const Pending& pending) {
  if (TurnUntil([&] { return pending.ended(); })) return true;
  // So that the test can go on to say what else is wrong.
  if (!pending.ended()) {
    pending.result_->emplace();
    pending.result().outcome.kind = OutcomeKind::kAbandoned;
  }
  return false;
}

void EngineRig::TurnUntilIdle() {
  TurnUntil([this] { return engine_->live() == 0; });
}

void EngineRig::Issue() {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(engine_->Turn(Wait::None()), absl::OkStatus());
  }
  if (engine_->in_flight() >= capacity_) return;
  if (capabilities().Has(Opcode::kNop)) {
    Run(Request::Nop());
    return;
  }
  if (!quick_file_.handle.valid()) quick_file_ = world().NewFile("quick");
  Run(Request::Read(quick_file_.handle, Empty(1), {.offset = 0}));
}

Buffer EngineRig::Filled(std::string_view content) {
  Buffer buffer = Empty(content.size());
  std::memcpy(buffer.data(), content.data(), content.size());
  return buffer;
}

Buffer EngineRig::Empty(std::size_t size) {
  return Buffer::Allocate(size, kDirectUnit);
}

}  // namespace wharf::conformance
