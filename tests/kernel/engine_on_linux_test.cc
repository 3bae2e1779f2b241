// Goal: the whole engine on the machine's own kernel: sockets, deadlines,
// cancels, submitters on other threads, shutdown. These are the behaviours that
// seed 3's own tests check on a real ring (docs/seed3-tests.md). Method: stream
// socket pairs; each test on each way to set a ring up, and on Linux AIO.

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "backends/io_uring/port.h"
#include "backends/linux_aio/port.h"
#include "backends/posix/fd.h"
#include "engine/engine.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using std::chrono::milliseconds;

// Longer than anything here takes, even on a busy machine.
constexpr std::chrono::seconds kPatience{20};

enum class PortKind { kSingleIssuer, kPlain, kTiny, kAio, kTinyAio };

class EngineOnLinuxTest : public testing::TestWithParam<PortKind> {
 protected:
  void SetUp() override { Start({}); }

  void Start(const EngineOptions& options) {
    engine_.reset();
    auto port = OpenPort(GetParam());
    ASSERT_TRUE(port.ok()) << port.status();
    engine_ = *Engine::Create(*std::move(port), options);
    int fds[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    near_ = AdoptFd(fds[0]);
    far_ = AdoptFd(fds[1]);
  }

  static absl::StatusOr<std::unique_ptr<CompletionPort>> OpenPort(
      PortKind kind) {
    if (kind == PortKind::kAio || kind == PortKind::kTinyAio) {
      LinuxAioOptions aio;
      aio.close_grace = milliseconds(200);
      if (kind == PortKind::kTinyAio) aio.entries = 1;
      return LinuxAioPort::Open(aio);
    }
    IoUringOptions ring;
    ring.close_grace = milliseconds(200);
    if (kind != PortKind::kSingleIssuer) ring.defer_task_work = false;
    if (kind == PortKind::kTiny) ring.entries = 1;
    return IoUringPort::Open(ring);
  }
  // True if only one operation can be in flight.
  bool IsTiny() const {
    return GetParam() == PortKind::kTiny || GetParam() == PortKind::kTinyAio;
  }

  // Submits and gives the place where the result will be.
  std::shared_ptr<std::optional<Result>> Submit(Request request) {
    auto place = std::make_shared<std::optional<Result>>();
    last_id_ = *engine_->Submit(std::move(request), [place](Result&& result) {
      place->emplace(std::move(result));
    });
    return place;
  }
  Request Receive(uint64_t bytes, TransferOptions options = {}) {
    return Request::Receive(near_, Buffer::Allocate(bytes), options);
  }
  Time In(Duration delay) { return engine_->Now() + delay; }
  void RunUntilIdle() {
    const Time limit = In(kPatience);
    while (engine_->live() > 0 && engine_->Now() < limit) {
      ASSERT_TRUE(engine_->Turn(Wait::Until(limit)).ok());
    }
    ASSERT_EQ(engine_->live(), 0u);
  }
  // One turn that issues what is queued.
  void Turn() { ASSERT_TRUE(engine_->Turn(Wait::None()).ok()); }
  // Writes to the other end, outside the engine.
  void FarWrites(std::size_t bytes) {
    const std::string text(bytes, 'x');
    ASSERT_EQ(write(static_cast<int>(far_.native()), text.data(), bytes),
              static_cast<ssize_t>(bytes));
  }
  static Buffer Filled(std::string_view text) {
    Buffer buffer = Buffer::Allocate(text.size());
    std::memcpy(buffer.data(), text.data(), text.size());
    return buffer;
  }

  Handle near_;
  Handle far_;
  RequestId last_id_;
  std::unique_ptr<Engine> engine_;
};

TEST_P(EngineOnLinuxTest, RoundTripWithOneIssuer) {
  auto sent = Submit(Request::Send(far_, Filled("hello")));
  RunUntilIdle();
  auto received = Submit(Receive(5));
  RunUntilIdle();
  EXPECT_EQ((*sent)->outcome, Outcome{.bytes = 5});
  EXPECT_EQ((*received)->outcome, Outcome{.bytes = 5});
  EXPECT_EQ(std::memcmp((*received)->buffer.data(), "hello", 5), 0);
}

TEST_P(EngineOnLinuxTest, AReceiveThatWaitsIsEndedByALaterSend) {
  if (IsTiny()) {
    GTEST_SKIP() << "needs a port with two operations in flight";
  }
  auto received = Submit(Receive(5).WithDeadline(In(kPatience)));
  Turn();
  auto sent = Submit(Request::Send(far_, Filled("hello")));
  RunUntilIdle();
  EXPECT_EQ((*received)->outcome, Outcome{.bytes = 5});
}

TEST_P(EngineOnLinuxTest, ExactReceiveAddsUpWhatArrivesInParts) {
  auto received = Submit(Receive(100).WithDeadline(In(kPatience)));
  Turn();
  FarWrites(40);
  ASSERT_TRUE(engine_->Turn(Wait::Until(In(kPatience))).ok());
  EXPECT_FALSE(received->has_value());
  FarWrites(60);
  RunUntilIdle();
  EXPECT_EQ((*received)->outcome, Outcome{.bytes = 100});
}

TEST_P(EngineOnLinuxTest, ReceiveOfSomeEndsWithTheFirstBytes) {
  auto received = Submit(Receive(100, {.extent = Extent::kSome}));
  Turn();
  FarWrites(40);
  RunUntilIdle();
  EXPECT_EQ((*received)->outcome, Outcome{.bytes = 40});
}

TEST_P(EngineOnLinuxTest, NeverReadyReceiveTimesOut) {
  const Time deadline = In(milliseconds(30));
  auto received = Submit(Receive(8).WithDeadline(deadline));
  RunUntilIdle();
  EXPECT_EQ((*received)->outcome, Outcome{.kind = OutcomeKind::kDeadline});
  EXPECT_EQ((*received)->buffer.size(), 8u);
  EXPECT_GE(engine_->Now(), deadline);
}

TEST_P(EngineOnLinuxTest, PartOfAReceiveIsReportedWithTheDeadline) {
  auto received = Submit(Receive(100).WithDeadline(In(milliseconds(50))));
  Turn();
  FarWrites(40);
  RunUntilIdle();
  EXPECT_EQ((*received)->outcome,
            (Outcome{.bytes = 40, .kind = OutcomeKind::kDeadline}));
}

TEST_P(EngineOnLinuxTest, G17_TimedReceivesBehindASmallCapacityAllTimeOut) {
  Start({.in_flight_capacity = 8});
  std::vector<std::shared_ptr<std::optional<Result>>> receives;
  for (int i = 0; i < 64; ++i) {
    receives.push_back(Submit(Receive(8).WithDeadline(In(milliseconds(20)))));
  }
  RunUntilIdle();
  for (const auto& receive : receives) {
    EXPECT_EQ((*receive)->outcome.kind, OutcomeKind::kDeadline);
  }
}

TEST_P(EngineOnLinuxTest, R09_TheDeadlineOfAnEndedRequestHitsNobody) {
  FarWrites(8);
  auto first = Submit(Receive(8).WithDeadline(In(milliseconds(60))));
  RunUntilIdle();
  EXPECT_TRUE((*first)->outcome.ok());
  const Time deadline = In(milliseconds(120));
  auto second = Submit(Receive(8).WithDeadline(deadline));
  RunUntilIdle();
  EXPECT_EQ((*second)->outcome.kind, OutcomeKind::kDeadline);
  EXPECT_GE(engine_->Now(), deadline);
}

TEST_P(EngineOnLinuxTest, ACancelledReceiveEndsAndTheStreamLivesOn) {
  auto cancelled = Submit(Receive(8));
  Turn();
  EXPECT_TRUE(engine_->Cancel(last_id_));
  RunUntilIdle();
  EXPECT_EQ((*cancelled)->outcome, Outcome{.kind = OutcomeKind::kCancelled});
  FarWrites(8);
  auto received = Submit(Receive(8));
  RunUntilIdle();
  EXPECT_EQ((*received)->outcome, Outcome{.bytes = 8});
}

TEST_P(EngineOnLinuxTest, TheEndOfTheStreamIsAnOutcome) {
  FarWrites(3);
  far_.Reset();
  auto received = Submit(Receive(8));
  RunUntilIdle();
  EXPECT_EQ((*received)->outcome,
            (Outcome{.bytes = 3, .kind = OutcomeKind::kEndOfStream}));
}

TEST_P(EngineOnLinuxTest, G10_ASleepingLoopIsWokenByASubmitter) {
  std::thread thread([submitter = engine_->MakeSubmitter()]() mutable {
    for (int i = 0; i < 100; ++i) {
      std::atomic<bool> done{false};
      ASSERT_TRUE(submitter
                      .Submit(Request::Nop(),
                              [&done](Result&& result) {
                                EXPECT_TRUE(result.outcome.ok());
                                done = true;
                                done.notify_one();
                              })
                      .ok());
      done.wait(false);
    }
  });
  EXPECT_EQ(engine_->Run(), absl::OkStatus());
  thread.join();
}

TEST_P(EngineOnLinuxTest, R03_ADescriptorStaysOpenForAQueuedRequest) {
  Start({.in_flight_capacity = 1});
  auto blocker = Submit(Receive(8));
  const int native = static_cast<int>(far_.native());
  auto queued = Submit(Request::Send(far_, Filled("queued!!")));
  far_.Reset();
  EXPECT_NE(fcntl(native, F_GETFD), -1);
  Turn();
  EXPECT_NE(fcntl(native, F_GETFD), -1);
  ASSERT_EQ(write(native, "12345678", 8), 8);
  RunUntilIdle();
  EXPECT_EQ((*queued)->outcome, Outcome{.bytes = 8});
  EXPECT_EQ(fcntl(native, F_GETFD), -1);
}

TEST_P(EngineOnLinuxTest, G12_ShutdownWaitsForTheLastRequest) {
  auto received = Submit(Receive(8));
  Turn();
  std::thread late([this] {
    std::this_thread::sleep_for(milliseconds(30));
    FarWrites(8);
  });
  EXPECT_EQ(engine_->Shutdown().abandoned, 0u);
  late.join();
  EXPECT_EQ((*received)->outcome, Outcome{.bytes = 8});
}

TEST_P(EngineOnLinuxTest, G12_DeadlinesFireDuringShutdown) {
  auto unbounded = Submit(Receive(8).WithDeadline(In(milliseconds(30))));
  Turn();
  EXPECT_EQ(engine_->Shutdown({.budget = kPatience}).abandoned, 0u);
  EXPECT_EQ((*unbounded)->outcome.kind, OutcomeKind::kDeadline);
}

TEST_P(EngineOnLinuxTest, G12_TheBudgetAbandonsWhatNeverEnds) {
  const Time start = engine_->Now();
  auto stuck = Submit(Receive(8).WithDeadline(In(kPatience)));
  Turn();
  EXPECT_EQ(engine_->Shutdown({.budget = milliseconds(30)}).abandoned, 1u);
  EXPECT_EQ((*stuck)->outcome.kind, OutcomeKind::kAbandoned);
  EXPECT_LT(engine_->Now() - start, kPatience / 2);
}

TEST_P(EngineOnLinuxTest, G14_ADurableWriteOfAFile) {
  char path[] = "/tmp/wharf_engine_XXXXXX";
  const Handle file = AdoptFd(mkstemp(path));
  unlink(path);
  auto written =
      Submit(Request::DurableWrite(file, Filled("durable"), {.offset = 3}));
  RunUntilIdle();
  EXPECT_EQ((*written)->outcome, Outcome{.bytes = 7});
  auto read = Submit(Request::Read(file, Buffer::Allocate(20), {.offset = 3}));
  RunUntilIdle();
  EXPECT_EQ((*read)->outcome,
            (Outcome{.bytes = 7, .kind = OutcomeKind::kEndOfStream}));
  EXPECT_EQ(std::memcmp((*read)->buffer.data(), "durable", 7), 0);
}

TEST_P(EngineOnLinuxTest, R18_HugeDeadlinesAndBudgetsAreNoErrors) {
  FarWrites(8);
  auto received = Submit(Receive(8).WithDeadline(kNever - Duration(1)));
  RunUntilIdle();
  EXPECT_TRUE((*received)->outcome.ok());
  FarWrites(8);
  auto last = Submit(Receive(8));
  EXPECT_EQ(engine_->Shutdown({.budget = Duration::max()}).abandoned, 0u);
  EXPECT_TRUE((*last)->outcome.ok());
}

std::string NameOf(const testing::TestParamInfo<PortKind>& info) {
  constexpr const char* kNames[] = {"SingleIssuer", "Plain", "Tiny", "Aio",
                                    "TinyAio"};
  return kNames[static_cast<int>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Ports, EngineOnLinuxTest,
                         testing::Values(PortKind::kSingleIssuer,
                                         PortKind::kPlain, PortKind::kTiny,
                                         PortKind::kAio, PortKind::kTinyAio),
                         &NameOf);

}  // namespace
}  // namespace wharf
