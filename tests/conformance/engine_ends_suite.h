// Goal: callers that go away (G16) and engines that end (G12), in every phase
// of a request.

#ifndef WHARF_TESTS_CONFORMANCE_ENGINE_ENDS_SUITE_H_
#define WHARF_TESTS_CONFORMANCE_ENGINE_ENDS_SUITE_H_

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/differences.h"
#include "tests/conformance/engine_rig.h"

namespace wharf::conformance {

template <class Instance>
class EngineEnds : public testing::Test {};
TYPED_TEST_SUITE_P(EngineEnds);

// Memory that tells when it was released.
struct Watched {
  std::vector<std::byte> bytes;
  int releases = 0;
  explicit Watched(std::string_view content)
      : bytes(reinterpret_cast<const std::byte*>(content.data()),
              reinterpret_cast<const std::byte*>(content.data()) +
                  content.size()) {}
  Buffer Lend() {
    return Buffer::Wrap(
        bytes,
        [](void* self, std::span<std::byte>) {
          ++static_cast<Watched*>(self)->releases;
        },
        this);
  }
};

WHARF_TEST(EngineEnds, ADroppedReceiveIsCancelledAndItsMemoryComesHome) {
  Watched memory("########");
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
  const TestPair pair = rig.NewSocketPair();
  const Pending received =
      rig.Submit(Request::Receive(pair.near, memory.Lend()));
  rig.Issue();
  EXPECT_TRUE(rig.engine().Drop(received.id));
  EXPECT_FALSE(rig.engine().Drop(received.id));
  rig.TurnUntilIdle();
  EXPECT_FALSE(received.ended());
  EXPECT_EQ(memory.releases, 1);
  // Nobody takes the bytes that come now.
  EXPECT_TRUE(rig.world().Put(pair.far, "for who "));
  EXPECT_EQ(rig.world().Take(pair.near, 8), "for who ");
}

WHARF_TEST(EngineEnds, AReceiveDroppedInTheQueueNeverRuns) {
  Watched memory("########");
  EngineRig rig(new_world(), {.in_flight_capacity = 1});
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
  const TestPair pair = rig.NewSocketPair();
  const TestPair other = rig.NewSocketPair();
  const Pending blocker = rig.Submit(Request::Receive(pair.near, rig.Empty(1)));
  rig.Issue();
  const Pending queued =
      rig.Submit(Request::Receive(other.near, memory.Lend()));
  EXPECT_TRUE(rig.engine().Drop(queued.id));
  EXPECT_TRUE(rig.world().Put(other.far, "untaken!"));
  EXPECT_TRUE(rig.world().Put(pair.far, "x"));
  rig.TurnUntilIdle();
  EXPECT_EQ(blocker.outcome(), Ok(1));
  EXPECT_EQ(memory.releases, 1);
  EXPECT_EQ(rig.world().Take(other.near, 8), "untaken!");
}

WHARF_TEST(EngineEnds, ADroppedWriteRunsToItsEnd) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kWrite);
  const TestFile file = rig.NewFile("....");
  for (const bool issued : {false, true}) {
    const std::string_view text = issued ? "more" : "some";
    const Pending written = rig.Submit(
        Request::Write(file.handle, rig.Filled(text), {.offset = 0}));
    if (issued) {
      EXPECT_EQ(rig.engine().Turn(Wait::None()), absl::OkStatus());
    }
    rig.engine().Drop(written.id);
    rig.TurnUntilIdle();
    EXPECT_EQ(rig.world().Content(file.path), text);
  }
}

WHARF_TEST(EngineEnds, ADroppedWriteThatMayBeCancelledIsNotIssued) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kWrite);
  const TestFile file = rig.NewFile("....");
  const Pending written =
      rig.Submit(Request::Write(file.handle, rig.Filled("none"), {.offset = 0})
                     .WithDropPolicy(DropPolicy::kCancel));
  EXPECT_TRUE(rig.engine().Drop(written.id));
  rig.TurnUntilIdle();
  EXPECT_EQ(rig.world().Content(file.path), "....");
}

WHARF_TEST(EngineEnds, ADroppedReceiveThatRunsToItsEndTakesItsBytes) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive);
  const TestPair pair = rig.NewSocketPair();
  const Pending received =
      rig.Submit(Request::Receive(pair.near, rig.Empty(4))
                     .WithDropPolicy(DropPolicy::kRunToEnd));
  rig.Issue();
  EXPECT_TRUE(rig.engine().Drop(received.id));
  EXPECT_TRUE(rig.world().Put(pair.far, "gonestay"));
  rig.TurnUntilIdle();
  EXPECT_EQ(rig.world().Take(pair.near, 4), "stay");
}

WHARF_TEST(EngineEnds, AFileThatIsOpenedForNobodyIsClosed) {
  // The rig counts handles.
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kOpen);
  const TestFile file = rig.NewFile("content");
  for (const bool issued : {false, true}) {
    const Pending opened = rig.Submit(Request::Open(file.path, kOpenRead));
    if (issued) {
      EXPECT_EQ(rig.engine().Turn(Wait::None()), absl::OkStatus());
    }
    rig.engine().Drop(opened.id);
    rig.TurnUntilIdle();
  }
}

WHARF_TEST(EngineEnds, AHandleStaysOpenForAQueuedRequest) {
  EngineRig rig(new_world(), {.in_flight_capacity = 1});
  WHARF_NEEDS(rig, Opcode::kReceive, Opcode::kSend);
  const TestPair pair = rig.NewSocketPair();
  TestPair other = rig.world().NewSocketPair();
  const Handle far = rig.Keep(other.far);
  const NativeHandle native = other.near.native();
  const Pending blocker = rig.Submit(Request::Receive(pair.near, rig.Empty(1)));
  const Pending queued =
      rig.Submit(Request::Send(std::move(other.near), rig.Filled("queued")));
  other.near.Reset();
  rig.Issue();
  EXPECT_TRUE(rig.world().IsOpen(native));
  EXPECT_TRUE(rig.world().Put(pair.far, "x"));
  rig.TurnUntilIdle();
  EXPECT_EQ(queued.outcome(), Ok(6));
  EXPECT_EQ(rig.world().Take(far, 6), "queued");
  EXPECT_FALSE(rig.world().IsOpen(native));
}

WHARF_TEST(EngineEnds, ShutdownWaitsForTheLastRequest) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, kRealTime);
  const TestPair pair = rig.NewSocketPair();
  const Pending received =
      rig.Submit(Request::Receive(pair.near, rig.Empty(4)));
  rig.Issue();
  std::thread late([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    rig.world().Put(pair.far, "late");
  });
  EXPECT_EQ(rig.engine().Shutdown({.budget = kPatience}).abandoned, 0u);
  late.join();
  ASSERT_TRUE(received.ended());
  EXPECT_EQ(received.outcome(), Ok(4));
}

WHARF_TEST(EngineEnds, ShutdownDrainsWhatIsQueued) {
  EngineRig rig(new_world(), {.in_flight_capacity = 2});
  WHARF_NEEDS(rig, Opcode::kWrite);
  const TestFile file = rig.NewFile("................");
  std::vector<Pending> writes;
  for (uint64_t i = 0; i < 16; ++i) {
    writes.push_back(rig.Submit(
        Request::Write(file.handle, rig.Filled("x"), {.offset = i})));
  }
  EXPECT_EQ(rig.engine().Shutdown().abandoned, 0u);
  for (const Pending& write : writes) {
    ASSERT_TRUE(write.ended());
    EXPECT_EQ(write.outcome(), Ok(1));
  }
  EXPECT_EQ(rig.world().Content(file.path), "xxxxxxxxxxxxxxxx");
}

WHARF_TEST(EngineEnds, DeadlinesFireDuringShutdown) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
  const TestPair pair = rig.NewSocketPair();
  const Pending received =
      rig.Submit(Request::Receive(pair.near, rig.Empty(4))
                     .WithDeadline(rig.In(std::chrono::milliseconds(20))));
  rig.Issue();
  EXPECT_EQ(rig.engine().Shutdown({.budget = kPatience}).abandoned, 0u);
  ASSERT_TRUE(received.ended());
  WHARF_EXPECT_ANSWER(rig, Question::kStoppedWait, received.outcome());
}

WHARF_TEST(EngineEnds, TheBudgetAbandonsWhatNeverEnds) {
  for (const auto budget :
       {std::chrono::milliseconds(0), std::chrono::milliseconds(20)}) {
    Watched memory("########");
    EngineRig rig(new_world());
    WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
    const TestPair pair = rig.NewSocketPair();
    const Time start = rig.engine().Now();
    const Pending received =
        rig.Submit(Request::Receive(pair.near, memory.Lend()));
    rig.Issue();
    const ShutdownReport report = rig.engine().Shutdown({.budget = budget});
    EXPECT_LT(rig.engine().Now() - start, kPatience / 2);
    EXPECT_EQ(report.abandoned, 1u);
    ASSERT_TRUE(received.ended());
    EXPECT_EQ(received.outcome().kind, OutcomeKind::kAbandoned);
    // What the kernel may still touch is kept; a wait can be cancelled, so
    // nothing has to be.
    EXPECT_EQ(report.quarantined, 0u);
    received.result().buffer.Reset();
    EXPECT_EQ(memory.releases, 1);
    const std::vector<std::byte> after = memory.bytes;
    EXPECT_TRUE(rig.world().Put(pair.far, "late"));
    rig.world().Pass(std::chrono::milliseconds(2));
    EXPECT_EQ(memory.bytes, after);
  }
}

WHARF_TEST(EngineEnds, HugeBudgetsAreNoErrors) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kWrite);
  const TestFile file = rig.NewFile("....");
  const Pending written = rig.Submit(
      Request::Write(file.handle, rig.Filled("last"), {.offset = 0}));
  EXPECT_EQ(rig.engine().Shutdown({.budget = Duration::max()}).abandoned, 0u);
  ASSERT_TRUE(written.ended());
  EXPECT_EQ(written.outcome(), Ok(4));
}

WHARF_TEST(EngineEnds, CancelFirstEndsEverything) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
  std::vector<Pending> receives;
  for (int i = 0; i < 8; ++i) {
    receives.push_back(
        rig.Submit(Request::Receive(rig.NewSocketPair().near, rig.Empty(4))));
    if (i == 3) rig.Issue();
  }
  const ShutdownReport report =
      rig.engine().Shutdown({.budget = kPatience, .cancel_first = true});
  EXPECT_EQ(report.abandoned, 0u);
  for (const Pending& receive : receives) {
    ASSERT_TRUE(receive.ended());
    WHARF_EXPECT_ANSWER(rig, Question::kStoppedWait, receive.outcome());
  }
}

WHARF_TEST(EngineEnds, AnEngineThatDiesTellsEverybody) {
  EngineRig rig(new_world());
  WHARF_NEEDS(rig, Opcode::kReceive, kFeatureCancel);
  const Pending issued =
      rig.Submit(Request::Receive(rig.NewSocketPair().near, rig.Empty(4)));
  rig.Issue();
  const Pending queued =
      rig.Submit(Request::Receive(rig.NewSocketPair().near, rig.Empty(4)));
  EXPECT_EQ(rig.engine().Shutdown({.budget = Duration(0)}).abandoned, 2u);
  EXPECT_TRUE(issued.ended());
  EXPECT_TRUE(queued.ended());
  EXPECT_EQ(queued.outcome(), Ended(OutcomeKind::kAbandoned));
  EXPECT_EQ(queued.result().buffer.size(), 4u);
  // And nothing more.
  Request late = Request::Sleep(Time());
  EXPECT_EQ(rig.engine()
                .Submit(std::move(late), [](Result&&) { FAIL(); })
                .status()
                .code(),
            absl::StatusCode::kFailedPrecondition);
}

REGISTER_TYPED_TEST_SUITE_P(
    EngineEnds, ADroppedReceiveIsCancelledAndItsMemoryComesHome,
    AReceiveDroppedInTheQueueNeverRuns, ADroppedWriteRunsToItsEnd,
    ADroppedWriteThatMayBeCancelledIsNotIssued,
    ADroppedReceiveThatRunsToItsEndTakesItsBytes,
    AFileThatIsOpenedForNobodyIsClosed, AHandleStaysOpenForAQueuedRequest,
    ShutdownWaitsForTheLastRequest, ShutdownDrainsWhatIsQueued,
    DeadlinesFireDuringShutdown, TheBudgetAbandonsWhatNeverEnds,
    HugeBudgetsAreNoErrors, CancelFirstEndsEverything,
    AnEngineThatDiesTellsEverybody);

}  // namespace wharf::conformance

#endif  // WHARF_TESTS_CONFORMANCE_ENGINE_ENDS_SUITE_H_
