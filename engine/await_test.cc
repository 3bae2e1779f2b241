// Goal: the coroutine surface adds nothing to the engine's rules and takes
// nothing away. Method: coroutines over the scripted port.

#include "engine/await.h"

#include <memory>
#include <utility>
#include <vector>

#include "engine/task.h"
#include "gtest/gtest.h"
#include "sim/scripted_port.h"

namespace wharf {
namespace {

class AwaitTest : public testing::Test {
 protected:
  void Start(const EngineOptions& options = {}) {
    auto port = std::make_unique<sim::ScriptedPort>();
    port_ = port.get();
    auto engine = Engine::Create(std::move(port), options);
    ASSERT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
  }
  void Turn() { ASSERT_TRUE(engine_->Turn(Wait::None()).ok()); }
  OperationId Operation(std::size_t n) { return port_->in_flight().at(n).id; }

  Handle handle_ = Handle::Borrow(7);
  sim::ScriptedPort* port_ = nullptr;
  std::unique_ptr<Engine> engine_;
};

Task<uint64_t> ReadBytes(Engine& engine, Handle handle) {
  absl::StatusOr<Result> got = co_await Await(
      engine, Request::Read(handle, Buffer::Allocate(8), {.offset = 0}));
  co_return got.ok() ? got->outcome.bytes : 999;
}

Task<> ReadTwice(Engine& engine, Handle handle, uint64_t& sum) {
  sum += co_await ReadBytes(engine, handle);
  sum += co_await ReadBytes(engine, handle);
}

TEST_F(AwaitTest, TasksAwaitRequestsAndTasks) {
  Start();
  uint64_t sum = 0;
  Task<> task = ReadTwice(*engine_, handle_, sum);
  EXPECT_EQ(engine_->live(), 0u);  // lazy
  task.Start();
  Turn();
  port_->Complete(Operation(0), 8);
  Turn();
  EXPECT_FALSE(task.done());
  Turn();
  port_->Complete(Operation(0), 8);
  Turn();
  EXPECT_TRUE(task.done());
  EXPECT_EQ(sum, 16u);
}

TEST_F(AwaitTest, ValueIsWhatTheTaskReturned) {
  Start();
  Task<uint64_t> task = ReadBytes(*engine_, handle_);
  task.Start();
  Turn();
  port_->Complete(Operation(0), 8);
  Turn();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.value(), 8u);
}

TEST_F(AwaitTest, RefusalResumesAtOnce) {
  Start();
  Task<uint64_t> task = ReadBytes(*engine_, Handle());
  task.Start();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.value(), 999u);
}

TEST_F(AwaitTest, FullEngineMakesCoroutinesWaitTheirTurn) {
  Start({.in_flight_capacity = 1, .max_requests = 1});
  std::vector<Task<uint64_t>> tasks;
  for (int i = 0; i < 3; ++i) {
    tasks.push_back(ReadBytes(*engine_, Handle::Borrow(i)));
    tasks.back().Start();
  }
  for (int i = 0; i < 3; ++i) {
    Turn();
    ASSERT_EQ(port_->in_flight().size(), 1u);
    EXPECT_EQ(port_->in_flight()[0].handle, i);  // in the order they came
    port_->Complete(Operation(0), 8);
    Turn();
    EXPECT_TRUE(tasks[i].done());
  }
}

TEST_F(AwaitTest, DestroyedTaskDropsItsRequestButMemoryStays) {
  Start();
  bool released = false;
  static std::byte memory[8];
  Buffer buffer = Buffer::Wrap(
      memory,
      [](void* flag, std::span<std::byte>) {
        *static_cast<bool*>(flag) = true;
      },
      &released);
  {
    Task<> task = [](Engine& engine, Handle handle, Buffer bytes) -> Task<> {
      (void)co_await Await(
          engine, Request::Read(handle, std::move(bytes), {.offset = 0}));
      ADD_FAILURE() << "nobody is left to be resumed";
    }(*engine_, handle_, std::move(buffer));
    task.Start();
    Turn();
  }
  ASSERT_EQ(port_->cancels().size(), 1u);
  EXPECT_FALSE(released);
  port_->Complete(Operation(0), 8);
  Turn();
  EXPECT_TRUE(released);
  EXPECT_EQ(engine_->live(), 0u);
}

TEST_F(AwaitTest, DestroyedTaskLeavesTheQueueForRoom) {
  Start({.in_flight_capacity = 1, .max_requests = 1});
  Task<uint64_t> first = ReadBytes(*engine_, handle_);
  first.Start();
  {
    Task<uint64_t> second = ReadBytes(*engine_, handle_);
    second.Start();
    EXPECT_TRUE(engine_->has_room_waiters());
  }
  EXPECT_FALSE(engine_->has_room_waiters());
  Turn();
  port_->Complete(Operation(0), 8);
  Turn();
  EXPECT_TRUE(first.done());
}

TEST_F(AwaitTest, G08_ACoroutineDoesNotOvertakeThoseThatWaitForRoom) {
  Start({.in_flight_capacity = 1, .max_requests = 1});
  std::vector<Task<uint64_t>> tasks;
  tasks.push_back(ReadBytes(*engine_, Handle::Borrow(1)));
  tasks.push_back(ReadBytes(*engine_, Handle::Borrow(2)));
  // Begins when there is room again, and somebody has waited for it.
  ASSERT_TRUE(
      engine_
          ->Submit(Request::Read(handle_, Buffer::Allocate(8), {.offset = 0}),
                   [&](Result&&) { tasks[1].Start(); })
          .ok());
  tasks[0].Start();
  for (const NativeHandle next : {7, 1, 2}) {
    Turn();
    ASSERT_EQ(port_->in_flight().size(), 1u);
    EXPECT_EQ(port_->in_flight()[0].handle, next);
    port_->Complete(Operation(0), 8);
    Turn();
  }
}

TEST_F(AwaitTest, ShutdownResumesEveryCoroutine) {
  Start({.in_flight_capacity = 1, .max_requests = 1});
  OutcomeKind kind = OutcomeKind::kOk;
  absl::Status refused;
  auto reader = [](Engine& engine, Handle handle, OutcomeKind& kind,
                   absl::Status& refused) -> Task<> {
    absl::StatusOr<Result> got = co_await Await(
        engine, Request::Read(handle, Buffer::Allocate(8), {.offset = 0}));
    if (got.ok()) {
      kind = got->outcome.kind;
    } else {
      refused = got.status();
    }
  };
  reader(*engine_, handle_, kind, refused).StartDetached();
  reader(*engine_, handle_, kind, refused).StartDetached();  // waits for room
  Turn();
  port_->ClearViolations();
  engine_->Shutdown({.budget = Duration::zero()});
  EXPECT_EQ(kind, OutcomeKind::kAbandoned);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
}

}  // namespace
}  // namespace wharf
