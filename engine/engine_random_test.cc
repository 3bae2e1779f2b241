// Goal: the invariants of the contract over many short random lives of an
// engine (G1, G2, G3, G5, G7, G9, G11, G15), and that a life is a function of
// its choices alone (G18). Method: every choice, of the program as of the
// kernel, is drawn from a seeded chooser; the checks follow each request by
// itself and know nothing of the engine's inside.

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/engine.h"
#include "gtest/gtest.h"
#include "sim/random_chooser.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// What the test knows of one request.
struct Expected {
  RequestId id;
  RequestKind kind = RequestKind::kNop;
  uint64_t length = 0;
  Time deadline = kNever;
  bool stop_asked = false;  // a cancel or a drop that cancels
  bool dropped = false;
  int outcomes = 0;
  TrackedMemory* memory = nullptr;
};

// One life: a program and a kernel that choose.
class Life {
 public:
  explicit Life(uint64_t seed) : chooser_(seed) {
    sim::ScriptedPortOptions port_options;
    port_options.forbid_left_at_close = false;
    port_options.capabilities.max_in_flight = 1 + Choose(6, "port.in_flight");
    port_options.capabilities.max_operation_bytes =
        3 + Choose(60, "port.bytes");
    if (Choose(3, "port.features") == 1) port_options.capabilities.features = 0;
    options_.in_flight_capacity = 1 + Choose(5, "capacity");
    options_.max_requests = 1 + Choose(8, "requests");
    options_.max_remote_requests = 0;
    options_.tick = microseconds(100 << Choose(6, "tick"));
    capacity_ = std::min(options_.in_flight_capacity,
                         port_options.capabilities.max_in_flight);
    auto port = std::make_unique<InjectingPort>(port_options);
    injector_ = port.get();
    engine_ = *Engine::Create(std::move(port), options_);
    requests_.reserve(kSteps);
    for (int i = 0; i < kSteps; ++i)
      memory_.emplace_back(std::make_unique<TrackedMemory>(kBytes));
  }

  // Runs it and returns the trace.
  std::string Run() {
    for (int i = 0; i < kSteps && engine_->status().ok(); ++i) Step();
    if (Choose(2, "end") == 0) Drain();
    Log("shutdown");
    engine_->Shutdown({.budget = Duration::zero()});
    CheckEnd();
    return std::move(trace_);
  }

 private:
  static constexpr int kSteps = 40;
  static constexpr uint64_t kBytes = 64;

  uint32_t Choose(uint32_t n, std::string_view label) {
    return chooser_.Choose(n, label);
  }
  sim::ScriptedPort& port() { return injector_->scripted(); }
  template <class... Args>
  void Log(const Args&... args) {
    absl::StrAppend(&trace_, engine_->Now().time_since_epoch().count(), " ",
                    args..., "\n");
  }

  void Step() {
    switch (Choose(8, "step")) {
      case 0:
      case 1:
        SubmitOne();
        break;
      case 2:
      case 3:
        Turn();
        break;
      case 4:
      case 5:
        CompleteOne();
        break;
      case 6:
        StopOne();
        break;
      case 7:
        Disturb();
        break;
    }
  }

  Request MakeRequest(Expected& expected) {
    constexpr RequestKind kKinds[] = {
        RequestKind::kRead,         RequestKind::kReceive, RequestKind::kWrite,
        RequestKind::kSend,         RequestKind::kSleep,   RequestKind::kPoll,
        RequestKind::kDurableWrite, RequestKind::kSync,    RequestKind::kNop};
    expected.kind = kKinds[Choose(std::size(kKinds), "kind")];
    const Handle handle = Handle::Borrow(3);
    TransferOptions options{.offset = 0};
    if (IsTransfer(expected.kind)) {
      expected.memory = memory_[requests_.size() - 1].get();
      expected.length =
          Choose(4, "empty") == 3 ? 0 : 1 + Choose(kBytes, "size");
      options.length = expected.length;
      options.extent = Choose(3, "some") == 2 ? Extent::kSome : Extent::kAll;
    }
    switch (expected.kind) {
      case RequestKind::kRead:
        return Request::Read(handle, expected.memory->Lend(), options);
      case RequestKind::kReceive:
        return Request::Receive(handle, expected.memory->Lend(), options);
      case RequestKind::kWrite:
        return Request::Write(handle, expected.memory->Lend(), options);
      case RequestKind::kDurableWrite:
        return Request::DurableWrite(handle, expected.memory->Lend(), options);
      case RequestKind::kSend:
        return Request::Send(handle, expected.memory->Lend(), options);
      case RequestKind::kPoll:
        return Request::Poll(handle, kPollReadable);
      case RequestKind::kSync:
        return Request::Sync(handle);
      case RequestKind::kSleep:
        return Request::Sleep(engine_->Now());
      default:
        return Request::Nop();
    }
  }

  void SubmitOne() {
    const std::size_t n = requests_.size();
    Expected& expected = requests_.emplace_back();
    Request request = MakeRequest(expected);
    if (Choose(2, "deadline") == 1 || expected.kind == RequestKind::kSleep) {
      expected.deadline = engine_->Now() + microseconds(Choose(5000, "delay"));
      request = std::move(request).WithDeadline(expected.deadline);
    }
    inside_submit_ = true;
    absl::StatusOr<RequestId> id =
        engine_->Submit(std::move(request),
                        [this, n](Result&& result) { OnResult(n, result); });
    inside_submit_ = false;
    if (!id.ok()) {
      EXPECT_TRUE(absl::IsResourceExhausted(id.status())) << id.status();  // G7
      EXPECT_EQ(engine_->live(), options_.max_requests);
      request = Request();
      if (expected.memory != nullptr) {
        EXPECT_EQ(expected.memory->releases(), 1);
      }
      requests_.pop_back();
      memory_[n] = std::make_unique<TrackedMemory>(kBytes);
      Log("full");
      return;
    }
    expected.id = *id;
    Log("submit ", id->value);
  }

  void OnResult(std::size_t n, Result& result) {
    Expected& expected = requests_[n];
    const Outcome& outcome = result.outcome;
    Log("outcome ", expected.id.value, " ", ToString(outcome));
    EXPECT_FALSE(inside_submit_);                   // G1
    EXPECT_EQ(++expected.outcomes, 1);              // G1
    EXPECT_FALSE(expected.dropped);                 // G16
    EXPECT_EQ(result.id, expected.id);              // G9
    EXPECT_NE(outcome.error, Error::kInterrupted);  // G11
    EXPECT_NE(outcome.error, Error::kWouldBlock);   // G11
    if (outcome.kind == OutcomeKind::kCancelled) {
      EXPECT_TRUE(expected.stop_asked);  // G13
    }
    if (outcome.kind == OutcomeKind::kDeadline) {
      EXPECT_GE(engine_->Now(), expected.deadline);  // G6
    }
    if (!IsTransfer(expected.kind)) return;
    EXPECT_LE(outcome.bytes, expected.length);  // G3
    if (expected.length == 0) {
      EXPECT_EQ(outcome, Ok(0));  // G15
    }
    if (outcome.kind != OutcomeKind::kAbandoned) {
      EXPECT_EQ(result.buffer.data(), expected.memory->data());  // G3
      EXPECT_EQ(expected.memory->releases(), 0);                 // G2
    }
  }

  void Turn() {
    const std::vector<Operation> before = port().submitted();
    const Time limit = engine_->Now() + microseconds(Choose(3000, "wait"));
    const absl::Status status = engine_->Turn(Wait::Until(limit));
    EXPECT_EQ(status, engine_->status());
    EXPECT_LE(port().in_flight().size(), capacity_);  // G7
    EXPECT_LE(engine_->in_flight(), capacity_);       // G7
    for (std::size_t i = before.size(); i < port().submitted().size(); ++i) {
      const Operation& operation = port().submitted()[i];
      Log("issue ", operation.id.value, " ",
          OpcodeName(operation.opcode).data(), " ", operation.offset, " ",
          operation.length);
      for (const Expected& expected : requests_) {
        const bool mine = expected.memory != nullptr &&
                          operation.data >= expected.memory->data() &&
                          operation.data < expected.memory->data() + kBytes;
        if (mine) {
          EXPECT_FALSE(expected.stop_asked);  // G5
        }
      }
    }
  }

  void CompleteOne() {
    const std::vector<Operation> operations = port().in_flight();
    if (operations.empty()) return;
    const Operation operation =
        operations[Choose(operations.size(), "which completes")];
    constexpr Error kErrors[] = {Error::kInterrupted, Error::kWouldBlock,
                                 Error::kIo, Error::kCancelled,
                                 Error::kNotSupported};
    const bool transfer = sim::IsTransfer(operation.opcode);
    switch (Choose(4, "how it completes")) {
      case 0:
        port().Complete(operation.id, transfer ? operation.length : 0);
        break;
      case 1:
        port().Complete(operation.id,
                        transfer ? Choose(operation.length + 1, "short") : 0);
        break;
      default:
        port().CompleteWithError(operation.id,
                                 kErrors[Choose(std::size(kErrors), "error")]);
    }
    ended_.push_back(operation.id);
  }

  void StopOne() {
    if (requests_.empty()) return;
    Expected& expected = requests_[Choose(requests_.size(), "which stops")];
    const bool over = expected.outcomes > 0;
    if (Choose(2, "drop") == 0) {
      const bool asked = engine_->Cancel(expected.id);
      if (over || expected.stop_asked) {
        EXPECT_FALSE(asked);  // G9
      }
      expected.stop_asked |= asked;
      Log("cancel ", expected.id.value, " ", asked);
      return;
    }
    const bool dropped = engine_->Drop(expected.id);
    if (over || expected.dropped) {
      EXPECT_FALSE(dropped);  // G9
    }
    if (dropped) {
      expected.dropped = true;
      const bool gathers = expected.kind == RequestKind::kRead ||
                           expected.kind == RequestKind::kReceive;
      expected.stop_asked |= gathers;
    }
    Log("drop ", expected.id.value, " ", dropped);
  }

  void Disturb() {
    switch (Choose(5, "disturbance")) {
      case 0:
        port().SkipReaps(1);
        break;
      case 1:
        port().LimitNextSubmit(Choose(3, "accepted"));
        break;
      case 2:
        port().clock().Advance(microseconds(Choose(4000, "stall")));
        break;
      case 3: {  // A completion that the kernel sends again.
        if (ended_.empty()) break;
        const OperationId id = ended_[Choose(ended_.size(), "repeated")];
        // While its own may be under way it must not look like the last one.
        const bool over = port().undelivered() == 0;
        injector_->Inject(
            {.id = id, .result = 1, .flags = over ? 0 : kCompletionMore});
        break;
      }
      case 4:
        if (Choose(40, "fatal") == 39) {
          port().FailNextReap(absl::InternalError("chosen"));
        }
        break;
    }
  }

  // Lets everything end.
  void Drain() {
    port().SetCancelPolicy(sim::CancelPolicy::kWin);
    for (int i = 0; engine_->live() > 0 && engine_->status().ok(); ++i) {
      ASSERT_LT(i, 1000) << "a request never ends";
      for (const Operation& operation : port().in_flight()) {
        port().Complete(operation.id, sim::IsTransfer(operation.opcode)
                                          ? operation.length
                                          : 0);
      }
      (void)engine_->Turn(Wait::Until(engine_->Now() + milliseconds(10)));
    }
    if (!engine_->status().ok()) return;  // the rest was abandoned
    for (const Expected& expected : requests_) {
      if (expected.dropped && expected.memory != nullptr) {
        EXPECT_EQ(expected.memory->releases(), 1);  // G2
      }
    }
  }

  void CheckEnd() {
    port().TouchMemory();  // G12: what was left is still there
    EXPECT_EQ(engine_->live(), 0u);
    for (const Expected& expected : requests_) {
      EXPECT_EQ(expected.outcomes, expected.dropped ? 0 : 1)  // G1, G11
          << expected.id.value;
    }
    EXPECT_EQ(sim::Describe(port().violations()), "");  // G2, G5, G9
    engine_.reset();
  }

  sim::RandomChooser chooser_;
  EngineOptions options_;
  uint32_t capacity_ = 0;
  std::vector<std::unique_ptr<TrackedMemory>> memory_;
  std::vector<Expected> requests_;
  std::vector<OperationId> ended_;
  InjectingPort* injector_ = nullptr;
  bool inside_submit_ = false;
  std::string trace_;
  std::unique_ptr<Engine> engine_;
};

TEST(EngineRandomTest, G01_G02_G03_G05_G07_G09_G11_G15_HoldInRandomLives) {
  constexpr uint64_t kLives = 4000;
  for (uint64_t seed = 0; seed < kLives; ++seed) {
    const std::string trace = Life(seed).Run();
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed << "\n"
                                              << trace;
  }
}

TEST(EngineRandomTest, G18_TheSameChoicesGiveTheSameTrace) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const std::string trace = Life(seed).Run();
    ASSERT_EQ(trace, Life(seed).Run()) << "seed " << seed;
    ASSERT_NE(trace, Life(seed + 1).Run()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace wharf::testing_support
