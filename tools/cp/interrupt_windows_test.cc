// Goal: Ctrl-C ends the request, once, and not the process. Method: the handler
// is called as the console calls it; Wine has no console in a test.

#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "backends/iocp/port.h"
#include "engine/engine.h"
#include "gtest/gtest.h"
#include "tools/cp/interrupt.h"

namespace wharf::cp {
namespace {

TEST(InterruptWindowsTest, CtrlCEndsTheRequest) {
  auto port = IocpPort::Open({});
  ASSERT_TRUE(port.ok()) << port.status();
  const std::unique_ptr<Engine> engine =
      *Engine::Create(*std::move(port), EngineOptions{});
  for (int round = 0; round < 2; ++round) {
    absl::StatusOr<Interrupt> interrupt = Interrupt::Install();
    ASSERT_TRUE(interrupt.ok()) << interrupt.status();
    Outcome outcome{.kind = OutcomeKind::kAbandoned};
    ASSERT_TRUE(engine
                    ->Submit(interrupt->Await().WithDeadline(
                                 engine->Now() + std::chrono::seconds(20)),
                             [&](Result&& result) { outcome = result.outcome; })
                    .ok());
    if (round == 1) {
      // The read is under way already.
      ASSERT_TRUE(engine->Turn(Wait::None()).ok());
    }
    std::thread([] { Interrupt::Simulate(); }).join();
    ASSERT_TRUE(engine->RunUntilIdle().ok());
    EXPECT_EQ(outcome, Outcome{.bytes = 1});
    EXPECT_NE(interrupt->Restore(), 0);
    EXPECT_EQ(interrupt->Restore(), 0);
  }
}

TEST(InterruptWindowsTest, NothingComesAndTheRequestIsCancelled) {
  auto port = IocpPort::Open({});
  ASSERT_TRUE(port.ok()) << port.status();
  const std::unique_ptr<Engine> engine =
      *Engine::Create(*std::move(port), EngineOptions{});
  const absl::StatusOr<Interrupt> interrupt = Interrupt::Install();
  ASSERT_TRUE(interrupt.ok()) << interrupt.status();
  OutcomeKind kind = OutcomeKind::kOk;
  const auto id = engine->Submit(
      interrupt->Await(), [&](Result&& result) { kind = result.outcome.kind; });
  ASSERT_TRUE(engine->Turn(Wait::None()).ok());
  engine->Cancel(*id);
  ASSERT_TRUE(engine->RunUntilIdle().ok());
  EXPECT_EQ(kind, OutcomeKind::kCancelled);
}

}  // namespace
}  // namespace wharf::cp
