// Goal: the whole engine on the machine's own completion ports, with named
// pipes: what go-winio's own tests check (TestReadTimeout, TestTimeoutPending*,
// TestCloseAbortsListen, Test*EOF*, TestEchoWithMessaging, TestConnectRace,
// TestDial*), and mio's (write_then_drop, read_message_larger_than...). Files
// and sockets are in //tests/conformance. Method: both ends in one engine.

#include <winsock2.h>
// After winsock2.h, or it brings the old sockets.
#include <windows.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "backends/iocp/port.h"
#include "backends/windows/handle.h"
#include "engine/engine.h"
#include "gtest/gtest.h"

// Words of the sixteen-bit days.
#undef far
#undef near

namespace wharf {
namespace {

using std::chrono::milliseconds;

// Longer than anything here takes, even on a busy machine.
constexpr std::chrono::seconds kPatience{20};

class EngineOnIocpTest : public testing::TestWithParam<bool> {
 protected:
  using Place = std::shared_ptr<std::optional<Result>>;

  void SetUp() override {
    auto port = IocpPort::Open(
        {.skip_on_success = GetParam(), .close_grace = milliseconds(500)});
    ASSERT_TRUE(port.ok()) << port.status();
    engine_ = *Engine::Create(*std::move(port), {});
    static int number = 0;
    name_ = "\\\\.\\pipe\\wharf_engine_" +
            std::to_string(GetCurrentProcessId()) + "_" +
            std::to_string(++number);
  }

  // An instance that waits for its client.
  Handle MakeServer(DWORD mode = PIPE_TYPE_BYTE) {
    const HANDLE pipe = CreateNamedPipeA(
        name_.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, mode,
        PIPE_UNLIMITED_INSTANCES, 4096, 4096, 0, nullptr);
    EXPECT_NE(pipe, INVALID_HANDLE_VALUE) << GetLastError();
    return AdoptHandle(pipe);
  }
  Request Dial() { return Request::Open(name_, kOpenRead | kOpenWrite); }
  // near_ and far_ become the two ends of a pipe.
  void Connect(DWORD mode = PIPE_TYPE_BYTE) {
    auto accepted = Submit(Request::Accept(MakeServer(mode)));
    auto dialled = Submit(Dial());
    RunUntilIdle();
    ASSERT_EQ((*accepted)->outcome, Outcome{});
    ASSERT_EQ((*dialled)->outcome, Outcome{});
    near_ = std::move((*accepted)->handle);
    far_ = std::move((*dialled)->handle);
  }

  Place Submit(Request request) {
    auto place = std::make_shared<std::optional<Result>>();
    last_id_ = *engine_->Submit(std::move(request), [place](Result&& result) {
      place->emplace(std::move(result));
    });
    return place;
  }
  static Request Read(const Handle& pipe, uint64_t bytes,
                      Extent extent = Extent::kAll) {
    return Request::Read(pipe, Buffer::Allocate(bytes),
                         {.offset = 0, .extent = extent});
  }
  static Request Write(const Handle& pipe, std::string_view text) {
    Buffer buffer = Buffer::Allocate(text.size());
    std::memcpy(buffer.data(), text.data(), text.size());
    return Request::Write(pipe, std::move(buffer), {.offset = 0});
  }
  Time In(Duration delay) { return engine_->Now() + delay; }
  void RunUntilIdle() {
    const Time limit = In(kPatience);
    while (engine_->live() > 0 && engine_->Now() < limit) {
      ASSERT_TRUE(engine_->Turn(Wait::Until(limit)).ok());
    }
    ASSERT_EQ(engine_->live(), 0u);
  }
  void Turn() { ASSERT_TRUE(engine_->Turn(Wait::None()).ok()); }
  static std::string Text(const Place& place) {
    const Result& result = **place;
    return std::string(reinterpret_cast<const char*>(result.buffer.data()),
                       result.outcome.bytes);
  }

  std::string name_;
  Handle near_;
  Handle far_;
  RequestId last_id_;
  std::unique_ptr<Engine> engine_;
};

INSTANTIATE_TEST_SUITE_P(Ports, EngineOnIocpTest, testing::Bool(),
                         [](const auto& info) {
                           return info.param ? "SkipOnSuccess" : "Plain";
                         });

TEST_P(EngineOnIocpTest, ListenDialReadAndWrite) {
  Connect();
  auto written = Submit(Write(far_, "hello world"));
  auto read = Submit(Read(near_, 11));
  RunUntilIdle();
  EXPECT_EQ((*written)->outcome, Outcome{.bytes = 11});
  EXPECT_EQ(Text(read), "hello world");
}

TEST_P(EngineOnIocpTest, AnExactReadAddsUpParts) {
  Connect();
  auto read = Submit(Read(near_, 10).WithDeadline(In(kPatience)));
  Turn();
  for (std::string_view part : {"abc", "defg", "hij"}) {
    auto written = Submit(Write(far_, part));
    while (!written->has_value()) {
      ASSERT_TRUE(engine_->Turn(Wait::Until(In(kPatience))).ok());
    }
  }
  RunUntilIdle();
  EXPECT_EQ(Text(read), "abcdefghij");
}

TEST_P(EngineOnIocpTest, AReadThatWaitsMeetsItsDeadline) {
  Connect();
  const Time deadline = In(milliseconds(30));
  auto read = Submit(Read(near_, 8).WithDeadline(deadline));
  RunUntilIdle();
  EXPECT_EQ((*read)->outcome, Outcome{.kind = OutcomeKind::kDeadline});
  EXPECT_GE(engine_->Now(), deadline);
  // The pipe is as good as before.
  auto written = Submit(Write(far_, "again"));
  auto again = Submit(Read(near_, 5));
  RunUntilIdle();
  EXPECT_EQ(Text(again), "again");
}

// Nobody reads: the pipe fills, and the rest waits.
TEST_P(EngineOnIocpTest, AWriteThatWaitsMeetsItsDeadline) {
  Connect();
  const std::string much(1 << 20, 'x');
  auto written = Submit(Write(far_, much).WithDeadline(In(milliseconds(50))));
  RunUntilIdle();
  EXPECT_EQ((*written)->outcome.kind, OutcomeKind::kDeadline);
  EXPECT_LT((*written)->outcome.bytes, much.size());
  EXPECT_EQ((*written)->buffer.size(), much.size());
}

TEST_P(EngineOnIocpTest, APassedDeadlineReadsNothing) {
  Connect();
  auto written = Submit(Write(far_, "stays"));
  RunUntilIdle();
  auto late = Submit(Read(near_, 5).WithDeadline(engine_->Now()));
  std::this_thread::sleep_for(milliseconds(5));
  RunUntilIdle();
  EXPECT_EQ((*late)->outcome, Outcome{.kind = OutcomeKind::kDeadline});
  auto read = Submit(Read(near_, 5));
  RunUntilIdle();
  EXPECT_EQ(Text(read), "stays");
}

TEST_P(EngineOnIocpTest, EitherEndSeesTheOtherGo) {
  for (bool server_goes : {false, true}) {
    Connect();
    Handle& goes = server_goes ? near_ : far_;
    Handle& stays = server_goes ? far_ : near_;
    auto read = Submit(Read(stays, 8));
    Turn();
    auto closed = Submit(Request::Close(std::move(goes)));
    RunUntilIdle();
    EXPECT_EQ((*closed)->outcome, Outcome{});
    EXPECT_EQ((*read)->outcome, Outcome{.kind = OutcomeKind::kEndOfStream});
    auto written = Submit(Write(stays, "x"));
    RunUntilIdle();
    EXPECT_EQ((*written)->outcome.error, Error::kBrokenPipe);
  }
}

// What was written before the writer went is there to be read.
TEST_P(EngineOnIocpTest, WriteThenClose) {
  Connect();
  auto written = Submit(Write(far_, "last words"));
  RunUntilIdle();
  far_.Reset();
  auto read = Submit(Read(near_, 64));
  RunUntilIdle();
  EXPECT_EQ((*read)->outcome,
            (Outcome{.bytes = 10, .kind = OutcomeKind::kEndOfStream}));
  EXPECT_EQ(Text(read), "last words");
}

TEST_P(EngineOnIocpTest, MessagesAreReadInParts) {
  Connect(PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE);
  auto written = Submit(Write(far_, "a message larger than its buffer"));
  auto first = Submit(Read(near_, 9, Extent::kSome));
  RunUntilIdle();
  auto rest = Submit(Read(near_, 64, Extent::kSome));
  RunUntilIdle();
  EXPECT_EQ(Text(first), "a message");
  EXPECT_EQ(Text(rest), " larger than its buffer");
}

TEST_P(EngineOnIocpTest, AListenThatNobodyAnswersIsEnded) {
  const Handle server = MakeServer();
  auto deadline =
      Submit(Request::Accept(server).WithDeadline(In(milliseconds(20))));
  RunUntilIdle();
  EXPECT_EQ((*deadline)->outcome.kind, OutcomeKind::kDeadline);
  auto cancelled = Submit(Request::Accept(server));
  Turn();
  engine_->Cancel(last_id_);
  RunUntilIdle();
  EXPECT_EQ((*cancelled)->outcome.kind, OutcomeKind::kCancelled);
  // It can be listened to again.
  auto accepted = Submit(Request::Accept(server));
  auto dialled = Submit(Dial());
  RunUntilIdle();
  EXPECT_TRUE((*accepted)->handle.valid());
}

TEST_P(EngineOnIocpTest, ADialSaysAtOnceThatNobodyIsThere) {
  auto dialled = Submit(Dial());
  RunUntilIdle();
  EXPECT_EQ((*dialled)->outcome.error, Error::kNotFound);
}

// go-winio dials again every 10 ms; so can a caller.
TEST_P(EngineOnIocpTest, ADialToABusyPipeIsTriedAgain) {
  Connect();
  auto busy = Submit(Dial());
  RunUntilIdle();
  EXPECT_EQ((*busy)->outcome.error, Error::kBusy);
  auto pause = Submit(Request::Sleep(In(milliseconds(10))));
  const Handle next = MakeServer();
  RunUntilIdle();
  auto dialled = Submit(Dial());
  RunUntilIdle();
  EXPECT_EQ((*dialled)->outcome, Outcome{});
}

// Known bugs R-W14 and R-W15: clients that come and go around the listen.
TEST_P(EngineOnIocpTest, ClientsRaceWithTheListener) {
  for (int round = 0; round < 20; ++round) {
    const Handle server = MakeServer();
    auto client = Submit(Dial());
    auto accepted = Submit(Request::Accept(server));
    if (round % 2 == 0) engine_->Cancel(last_id_);
    RunUntilIdle();
    client->reset();
    if ((*accepted)->outcome.kind != OutcomeKind::kOk) {
      EXPECT_EQ((*accepted)->outcome.kind, OutcomeKind::kCancelled);
      continue;
    }
    auto read = Submit(Read((*accepted)->handle, 8));
    RunUntilIdle();
    EXPECT_EQ((*read)->outcome, Outcome{.kind = OutcomeKind::kEndOfStream});
  }
}

TEST_P(EngineOnIocpTest, ADroppedReadTakesNothing) {
  Connect();
  Submit(Read(near_, 8));
  Turn();
  engine_->Drop(last_id_);
  RunUntilIdle();
  auto written = Submit(Write(far_, "for you"));
  auto read = Submit(Read(near_, 7));
  RunUntilIdle();
  EXPECT_EQ(Text(read), "for you");
}

TEST_P(EngineOnIocpTest, ShutdownBringsBackWhatIsInFlight) {
  Connect();
  auto read = Submit(Read(near_, 8));
  auto accepted = Submit(Request::Accept(MakeServer()));
  Turn();
  const ShutdownReport report = engine_->Shutdown({.budget = milliseconds(20)});
  EXPECT_EQ(report.abandoned, 2u);
  EXPECT_EQ(report.quarantined, 0u);
  EXPECT_EQ((*read)->outcome.kind, OutcomeKind::kAbandoned);
  EXPECT_EQ((*read)->buffer.size(), 8u);
}

TEST_P(EngineOnIocpTest, CancelFirstEndsAllWithoutABudget) {
  Connect();
  std::vector<Place> reads;
  for (int i = 0; i < 10; ++i) reads.push_back(Submit(Read(near_, 8)));
  Turn();
  const ShutdownReport report = engine_->Shutdown({.cancel_first = true});
  EXPECT_EQ(report.abandoned, 0u);
  for (const Place& read : reads) {
    EXPECT_EQ((*read)->outcome.kind, OutcomeKind::kCancelled);
  }
}

TEST_P(EngineOnIocpTest, OtherThreadsSubmit) {
  Connect();
  Submitter submitter = engine_->MakeSubmitter();
  std::thread other([&] {
    for (int i = 0; i < 50; ++i) {
      while (!submitter.Submit(Write(far_, "x"), [](Result&&) {}).ok()) {
        std::this_thread::yield();
      }
    }
  });
  auto read = Submit(Read(near_, 50).WithDeadline(In(kPatience)));
  while (!read->has_value()) {
    ASSERT_TRUE(engine_->Turn(Wait::Until(In(kPatience))).ok());
  }
  other.join();
  RunUntilIdle();
  EXPECT_EQ(Text(read), std::string(50, 'x'));
}

}  // namespace
}  // namespace wharf
