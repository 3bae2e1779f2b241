// Over the machine's own completion ports: what go-winio's TestDial*,
// TestConnectRace, TestCloseAbortsListen and TestAcceptAfterClose check.

#include "backends/windows/named_pipe.h"

#include <winsock2.h>
// After winsock2.h, or it brings the old sockets.
#include <windows.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "backends/iocp/calls.h"
#include "backends/iocp/port.h"
#include "engine/engine.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using std::chrono::milliseconds;
using Answer = absl::StatusOr<Result>;

// Longer than anything here takes, even on a busy machine.
constexpr std::chrono::seconds kPatience{20};

class NamedPipeTest : public testing::Test {
 protected:
  void SetUp() override {
    auto port = IocpPort::Open({.close_grace = milliseconds(500)});
    ASSERT_TRUE(port.ok()) << port.status();
    engine_ = *Engine::Create(*std::move(port), {});
    static int number = 0;
    name_ = "\\\\.\\pipe\\wharf_named_" +
            std::to_string(GetCurrentProcessId()) + "_" +
            std::to_string(++number);
  }

  Time In(Duration delay) { return engine_->Now() + delay; }
  Task<Answer> Dial() { return DialNamedPipe(*engine_, name_, In(kPatience)); }
  NamedPipeListener Listen(const NamedPipeOptions& options = {}) {
    return *NamedPipeListener::Listen(name_, options);
  }
  void RunUntilDone(const Task<Answer>& task) {
    const Time limit = In(kPatience);
    while (!task.done() && engine_->Now() < limit) {
      ASSERT_TRUE(engine_->Turn(Wait::Until(limit)).ok());
    }
    ASSERT_TRUE(task.done());
  }
  Outcome OutcomeOf(Task<Answer>& task) {
    RunUntilDone(task);
    if (!task.done()) return {.kind = OutcomeKind::kAbandoned};
    EXPECT_TRUE(task.value().ok()) << task.value().status();
    return task.value().ok() ? task.value()->outcome
                             : Outcome{.kind = OutcomeKind::kError};
  }
  // The stream that the task ended with.
  Handle HandleOf(Task<Answer>& task) {
    const Outcome outcome = OutcomeOf(task);
    EXPECT_EQ(outcome, Outcome{});
    return outcome.ok() ? task.value()->handle : Handle();
  }
  // Both ends of a new connection, the listener's first; the client is there
  // before the accept.
  std::pair<Handle, Handle> Connect(NamedPipeListener& listener) {
    Task<Answer> dial = Dial();
    dial.Start();
    Handle client = HandleOf(dial);
    Task<Answer> accept = listener.Accept(*engine_);
    accept.Start();
    return {HandleOf(accept), std::move(client)};
  }
  void SubmitWrite(const Handle& to, std::string_view text) {
    Buffer bytes = Buffer::Allocate(text.size());
    std::memcpy(bytes.data(), text.data(), text.size());
    ASSERT_TRUE(
        engine_
            ->Submit(Request::Write(to, std::move(bytes), {.offset = 0}),
                     [](Result&&) {})
            .ok());
  }
  // Writes `text` at one end and reads it at the other.
  void ExpectConnected(const Handle& server, const Handle& client,
                       std::string_view text) {
    SubmitWrite(server, text);
    std::string got;
    ASSERT_TRUE(
        engine_
            ->Submit(Request::Read(client, Buffer::Allocate(text.size()),
                                   {.offset = 0})
                         .WithDeadline(In(kPatience)),
                     [&got](Result&& result) {
                       got.assign(
                           reinterpret_cast<const char*>(result.buffer.data()),
                           result.outcome.bytes);
                     })
            .ok());
    ASSERT_TRUE(engine_->RunUntilIdle().ok());
    EXPECT_EQ(got, text);
  }

  // Writes three bytes and shuts that side down; reads until the end.
  void ExpectThatOneSideEnds(const Handle& from, const Handle& to) {
    SubmitWrite(from, "one");
    ASSERT_TRUE(engine_->RunUntilIdle().ok());
    Outcome ended{.kind = OutcomeKind::kAbandoned};
    ASSERT_TRUE(engine_
                    ->Submit(Request::Shutdown(from, ShutdownSide::kSend),
                             [&](Result&& result) { ended = result.outcome; })
                    .ok());
    ASSERT_TRUE(engine_->RunUntilIdle().ok());
    EXPECT_EQ(ended, Outcome{});
    Outcome read;
    ASSERT_TRUE(
        engine_
            ->Submit(Request::Read(to, Buffer::Allocate(64), {.offset = 0})
                         .WithDeadline(In(kPatience)),
                     [&](Result&& result) { read = result.outcome; })
            .ok());
    ASSERT_TRUE(engine_->RunUntilIdle().ok());
    EXPECT_EQ(read.kind, OutcomeKind::kEndOfStream) << ToString(read);
    EXPECT_EQ(read.bytes, 3u);
  }

  std::string name_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(NamedPipeTest, ClientsAreAcceptedOneAfterTheOther) {
  NamedPipeListener listener = Listen();
  for (const std::string_view text : {"first", "second", "third"}) {
    Task<Answer> accept = listener.Accept(*engine_);
    accept.Start();
    Task<Answer> dial = Dial();
    dial.Start();
    const Handle server = HandleOf(accept);
    ExpectConnected(server, HandleOf(dial), text);
  }
}

// Without an instance that waits, the dial would not find the pipe.
TEST_F(NamedPipeTest, AClientMayComeBeforeTheAccept) {
  NamedPipeListener listener = Listen();
  for (int round = 0; round < 3; ++round) {
    const auto [server, client] = Connect(listener);
    ExpectConnected(server, client, "early");
  }
}

TEST_F(NamedPipeTest, ADialWaitsForAnInstance) {
  NamedPipeListener listener = Listen();
  Task<Answer> first = Dial();
  first.Start();
  const Handle client = HandleOf(first);
  Task<Answer> second = Dial();  // the instance is taken, and nobody accepts
  second.Start();
  ASSERT_TRUE(engine_->Turn(Wait::Until(In(3 * kDialPause))).ok());
  EXPECT_FALSE(second.done());
  Task<Answer> accept = listener.Accept(*engine_);
  accept.Start();
  EXPECT_EQ(OutcomeOf(accept), Outcome{});
  EXPECT_EQ(OutcomeOf(second), Outcome{});
}

TEST_F(NamedPipeTest, ADialThatNobodyTakesMeetsItsDeadline) {
  const NamedPipeListener listener = Listen();
  Task<Answer> first = Dial();
  first.Start();
  const Handle client = HandleOf(first);
  const Time deadline = In(milliseconds(35));
  Task<Answer> second = DialNamedPipe(*engine_, name_, deadline);
  second.Start();
  EXPECT_EQ(OutcomeOf(second), Outcome{.kind = OutcomeKind::kDeadline});
  EXPECT_GE(engine_->Now(), deadline);
}

TEST_F(NamedPipeTest, ADialSaysAtOnceThatNobodyListens) {
  Task<Answer> dial = Dial();
  dial.Start();
  EXPECT_EQ(OutcomeOf(dial).error, Error::kNotFound);
}

TEST_F(NamedPipeTest, AnAcceptCanBeTriedAgain) {
  NamedPipeListener listener = Listen();
  Task<Answer> late = listener.Accept(*engine_, In(milliseconds(20)));
  late.Start();
  EXPECT_EQ(OutcomeOf(late), Outcome{.kind = OutcomeKind::kDeadline});
  {
    Task<Answer> dropped = listener.Accept(*engine_);
    dropped.Start();
    ASSERT_TRUE(engine_->Turn(Wait::None()).ok());
  }
  ASSERT_TRUE(engine_->RunUntilIdle().ok());
  Task<Answer> dial = Dial();
  dial.Start();
  Task<Answer> accept = listener.Accept(*engine_);
  accept.Start();
  EXPECT_EQ(OutcomeOf(accept), Outcome{});
  EXPECT_EQ(OutcomeOf(dial), Outcome{});
}

TEST_F(NamedPipeTest, WithoutItsListenerThePipeIsGone) {
  std::optional<NamedPipeListener> listener = Listen();
  {
    Task<Answer> accept = listener->Accept(*engine_);
    accept.Start();
    ASSERT_TRUE(engine_->Turn(Wait::None()).ok());
  }
  listener.reset();
  ASSERT_TRUE(engine_->RunUntilIdle().ok());
  Task<Answer> dial = Dial();
  dial.Start();
  EXPECT_EQ(OutcomeOf(dial).error, Error::kNotFound);
  // And the name is free.
  EXPECT_TRUE(NamedPipeListener::Listen(name_).ok());
}

TEST_F(NamedPipeTest, ANameHasOneListener) {
  const NamedPipeListener listener = Listen();
  const absl::Status second = NamedPipeListener::Listen(name_).status();
  if (second.ok() &&
      absl::StrContains(RealIocpCalls().SystemRelease(), "Wine")) {
    GTEST_SKIP() << "this Wine has no FILE_FLAG_FIRST_PIPE_INSTANCE";
  }
  EXPECT_EQ(second.code(), absl::StatusCode::kAlreadyExists) << second;
  EXPECT_THAT(std::string(second.message()), testing::HasSubstr(name_));
}

TEST_F(NamedPipeTest, NamesThatCannotBeAreRefused) {
  for (const std::string name : {"", "\\\\.\\pipe\\\xff", "no pipe"}) {
    const absl::Status status = NamedPipeListener::Listen(name).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument)
        << "'" << name << "': " << status;
  }
}

TEST_F(NamedPipeTest, MessagesEndTheReadsThatAskForSome) {
  NamedPipeListener listener = Listen({.messages = true});
  const auto [server, client] = Connect(listener);
  for (const std::string_view text : {"one", "two"}) SubmitWrite(client, text);
  ASSERT_TRUE(engine_->RunUntilIdle().ok());
  uint64_t got = 0;
  ASSERT_TRUE(
      engine_
          ->Submit(Request::Read(server, Buffer::Allocate(64),
                                 {.offset = 0, .extent = Extent::kSome}),
                   [&got](Result&& result) { got = result.outcome.bytes; })
          .ok());
  ASSERT_TRUE(engine_->RunUntilIdle().ok());
  EXPECT_EQ(got, 3u);
}

// go-winio's TestCloseWriteEOF.
TEST_F(NamedPipeTest, AShutdownEndsTheMessagesOfOneSide) {
  NamedPipeListener listener = Listen({.messages = true});
  const auto [server, client] = Connect(listener);
  ExpectThatOneSideEnds(client, server);
  ExpectConnected(server, client, "the other way");
  ExpectThatOneSideEnds(server, client);
}

}  // namespace
}  // namespace wharf
