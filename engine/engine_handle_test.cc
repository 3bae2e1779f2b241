// Goal: requests that make, use up or connect handles. A new handle reaches its
// caller or is closed, a closed one is never closed again, and a connect that
// the kernel carries on by itself is neither lost nor repeated. Method: an
// engine on the scripted port, whose closer is the test.

#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

constexpr int64_t Negated(Error error) { return -static_cast<int64_t>(error); }

class EngineHandleTest : public EngineFixture {
 protected:
  // Results may hold handles, whose closer notes into this object.
  void TearDown() override {
    EngineFixture::TearDown();
    results().clear();
  }

  void StartWithCloser() {
    sim::ScriptedPortOptions options;
    options.capabilities.closer = [](NativeHandle native, void* self) {
      static_cast<EngineHandleTest*>(self)->closed_.push_back(native);
    };
    options.capabilities.closer_context = this;
    Start({}, options);
  }
  static Request Accept() { return Request::Accept(Stream()); }
  static Request Connect() {
    return Request::Connect(Stream(), Buffer::Allocate(16));
  }
  // Runs the one request in flight to this result.
  void Complete(int64_t result) {
    port().Complete(Op(0), result);
    Turn();
  }

  std::vector<NativeHandle> closed_;
};

TEST_F(EngineHandleTest, OpenDescribesTheFileAndGivesAHandle) {
  StartWithCloser();
  const RequestId open =
      Submit(Request::Open("a/b", kOpenRead | kOpenCreate, 0600));
  Turn();
  const Operation operation = port().in_flight().at(0);
  EXPECT_EQ(operation.opcode, Opcode::kOpen);
  EXPECT_EQ(static_cast<const char*>(operation.data), std::string("a/b"));
  EXPECT_EQ(operation.length, 3u);
  EXPECT_EQ(operation.mode, kOpenRead | kOpenCreate);
  EXPECT_EQ(operation.offset, 0600u);
  Complete(41);
  EXPECT_EQ(OutcomeOf(open), Ok());
  EXPECT_EQ(results().back().handle.native(), 41);
  EXPECT_TRUE(closed_.empty());
  results().clear();
  EXPECT_EQ(closed_, std::vector<NativeHandle>{41});
}

TEST_F(EngineHandleTest, AcceptGivesTheConnectionNotTheListener) {
  StartWithCloser();
  TrackedHandle& listener = NewHandle(9);
  Submit(Request::Accept(listener.handle()));
  Turn();
  Complete(42);
  EXPECT_EQ(results().back().handle.native(), 42);
  listener.Close();
  EXPECT_EQ(listener.closes(), 1);  // the request holds no copy any more
}

TEST_F(EngineHandleTest, FailedAcceptGivesNothing) {
  StartWithCloser();
  TrackedHandle& listener = NewHandle(9);
  const RequestId accept = Submit(Request::Accept(listener.handle()));
  Turn();
  Complete(Negated(Error::kTooManyFiles));
  EXPECT_EQ(OutcomeOf(accept), Failed(Error::kTooManyFiles, 0, 0));
  EXPECT_FALSE(results().back().handle.valid());
  EXPECT_EQ(listener.closes(), 0);
}

TEST_F(EngineHandleTest, G16_AHandleThatNobodyTakesIsClosed) {
  StartWithCloser();
  absl::StatusOr<RequestId> untaken =
      engine().Submit(Accept(), [](Result&&) {});
  ASSERT_TRUE(untaken.ok());
  Turn();
  Complete(50);
  EXPECT_EQ(closed_, std::vector<NativeHandle>{50});

  absl::StatusOr<RequestId> dropped =
      engine().Submit(Accept(), [](Result&&) { ADD_FAILURE(); });
  ASSERT_TRUE(dropped.ok());
  Turn();
  EXPECT_TRUE(engine().Drop(*dropped));
  EXPECT_EQ(port().cancels().size(), 1u);
  Complete(51);  // the connection was faster than the cancel
  EXPECT_EQ(closed_, (std::vector<NativeHandle>{50, 51}));
}

TEST_F(EngineHandleTest, G04_AHandleThatArrivesAfterTheDeadlineIsASuccess) {
  StartWithCloser();
  const RequestId accept = Submit(Accept().WithDeadline(At(5)));
  Turn();
  TurnUntil(At(6));
  EXPECT_EQ(port().cancels().size(), 1u);
  Complete(52);
  EXPECT_EQ(OutcomeOf(accept), Ok());
  EXPECT_EQ(results().back().handle.native(), 52);
}

TEST_F(EngineHandleTest, AcceptThatWouldBlockWaitsForReadiness) {
  StartWithCloser();
  const RequestId accept = Submit(Accept());
  Turn();
  Complete(Negated(Error::kWouldBlock));
  Turn();
  EXPECT_EQ(port().in_flight().at(0).opcode, Opcode::kPoll);
  EXPECT_EQ(port().in_flight().at(0).mode, kPollReadable);
  Complete(kPollReadable);
  Turn();
  EXPECT_EQ(port().in_flight().at(0).opcode, Opcode::kAccept);
  Complete(53);
  EXPECT_EQ(OutcomeOf(accept), Ok());
}

TEST_F(EngineHandleTest, CloseThroughTheKernelIsTheOnlyClose) {
  StartWithCloser();
  TrackedHandle& handle = NewHandle(60);
  Handle own = Handle::Adopt(
      60, [](NativeHandle, void*) { FAIL() << "closed a second time"; });
  const RequestId close = Submit(Request::Close(std::move(own)));
  Turn();
  EXPECT_EQ(port().in_flight().at(0).opcode, Opcode::kClose);
  Complete(0);
  EXPECT_EQ(OutcomeOf(close), Ok());
  EXPECT_EQ(handle.closes(), 0);
}

TEST_F(EngineHandleTest, AFailedCloseIsNotTriedAgain) {
  StartWithCloser();
  for (const Error error : {Error::kInterrupted, Error::kIo}) {
    Handle own = Handle::Adopt(
        60, [](NativeHandle, void*) { FAIL() << "closed a second time"; });
    const RequestId close = Submit(Request::Close(std::move(own)));
    Turn();
    Complete(Negated(error));
    EXPECT_EQ(OutcomeOf(close), Failed(error, 0, 0));
    EXPECT_EQ(in_flight(), 0u);
  }
}

TEST_F(EngineHandleTest, ACloseThatWasCancelledBeforeItRanStillCloses) {
  StartWithCloser();
  static int closes = 0;
  closes = 0;
  Handle own = Handle::Adopt(60, [](NativeHandle, void*) { ++closes; });
  const RequestId close = Submit(Request::Close(std::move(own)));
  EXPECT_TRUE(engine().Cancel(close));
  Turn();
  EXPECT_EQ(OutcomeOf(close), Ended(OutcomeKind::kCancelled));
  EXPECT_EQ(closes, 1);
}

TEST_F(EngineHandleTest, G16_AnAbandonedCloseIsLeftToThePort) {
  StartWithCloser();
  Handle own = Handle::Adopt(
      60, [](NativeHandle, void*) { FAIL() << "closed a second time"; });
  const RequestId close = Submit(Request::Close(std::move(own)));
  Turn();
  port().Complete(Op(0), 0);  // the number may be somebody else's by now
  port().FailNextReap(absl::InternalError("dead"));
  EXPECT_FALSE(engine().Turn(Wait::None()).ok());
  EXPECT_EQ(OutcomeOf(close), Ended(OutcomeKind::kAbandoned));
}

TEST_F(EngineHandleTest, ACloseThatWasNeverIssuedClosesWithItsRequest) {
  StartWithCloser();
  static int closes = 0;
  closes = 0;
  Handle own = Handle::Adopt(60, [](NativeHandle, void*) { ++closes; });
  const RequestId close = Submit(Request::Close(std::move(own)));
  engine().Shutdown({.budget = Duration::zero()});
  EXPECT_EQ(OutcomeOf(close), Ended(OutcomeKind::kAbandoned));
  EXPECT_EQ(closes, 1);
}

TEST_F(EngineHandleTest, CloseRefusesAHandleWithOtherCopies) {
  StartWithCloser();
  TrackedHandle& shared = NewHandle(61);
  Request close = Request::Close(Handle(shared.handle()));
  EXPECT_TRUE(absl::IsInvalidArgument(TrySubmit(close).status()));
  EXPECT_TRUE(close.handle.valid());  // nothing was taken
}

TEST_F(EngineHandleTest, ConnectUnderWayIsAwaitedNotRepeated) {
  StartWithCloser();
  const RequestId connect = Submit(Connect());
  Turn();
  EXPECT_EQ(port().in_flight().at(0).length, 16u);
  Complete(Negated(Error::kInProgress));
  Turn();
  EXPECT_EQ(port().in_flight().at(0).opcode, Opcode::kPoll);
  EXPECT_EQ(port().in_flight().at(0).mode, kPollWritable);
  Complete(kPollWritable);
  Turn();
  EXPECT_EQ(port().in_flight().at(0).opcode, Opcode::kConnect);
  Complete(Negated(Error::kAlreadyConnected));
  EXPECT_EQ(OutcomeOf(connect), Ok());
}

TEST_F(EngineHandleTest, AnInterruptedConnectGoesOn) {
  StartWithCloser();
  const RequestId connect = Submit(Connect());
  Turn();
  Complete(Negated(Error::kInterrupted));
  Turn();
  Complete(Negated(Error::kAlready));
  Turn();
  EXPECT_EQ(port().in_flight().at(0).opcode, Opcode::kPoll);
  Complete(kPollWritable);
  Turn();
  Complete(Negated(Error::kConnectionRefused));
  EXPECT_EQ(OutcomeOf(connect), Failed(Error::kConnectionRefused, 0, 0));
}

// The connection may be there before the second try, which then never hears
// that it is under way.
TEST_F(EngineHandleTest, AnInterruptedConnectMayHaveEndedBeforeTheNextTry) {
  StartWithCloser();
  const RequestId connect = Submit(Connect());
  Turn();
  Complete(Negated(Error::kInterrupted));
  Turn();
  EXPECT_EQ(port().in_flight().at(0).opcode, Opcode::kConnect);
  Complete(Negated(Error::kAlreadyConnected));
  EXPECT_EQ(OutcomeOf(connect), Ok());
}

TEST_F(EngineHandleTest, ConnectingTwiceIsAnError) {
  StartWithCloser();
  const RequestId connect = Submit(Connect());
  Turn();
  Complete(Negated(Error::kAlreadyConnected));
  EXPECT_EQ(OutcomeOf(connect), Failed(Error::kAlreadyConnected, 0, 0));
}

TEST_F(EngineHandleTest, ShutdownNamesTheSide) {
  StartWithCloser();
  const RequestId shutdown =
      Submit(Request::Shutdown(Stream(), ShutdownSide::kSend));
  Turn();
  EXPECT_EQ(port().in_flight().at(0).opcode, Opcode::kShutdown);
  EXPECT_EQ(port().in_flight().at(0).mode,
            static_cast<uint32_t>(ShutdownSide::kSend));
  Complete(0);
  EXPECT_EQ(OutcomeOf(shutdown), Ok());
}

TEST_F(EngineHandleTest, BadDescriptionsAreRefusedByName) {
  StartWithCloser();
  Request requests[] = {
      Request::Open("", kOpenRead),
      Request::Open(std::string("a\0b", 3), kOpenRead),
      Request::Open(std::string(5000, 'a'), kOpenRead),
      Request::Open("a", kOpenCreate),
      Request::Open("a", kOpenRead | 1024),
      Request::Open("a", kOpenRead, 010000),
      Request::Connect(Stream(), Buffer()),
      Request::Connect(Stream(), Buffer::Allocate(129)),
      Request::Shutdown(Stream(), static_cast<ShutdownSide>(3)),
      Request::Accept(Handle()),
  };
  for (Request& request : requests) {
    EXPECT_TRUE(absl::IsInvalidArgument(TrySubmit(request).status()))
        << RequestKindName(request.kind);
  }
}

}  // namespace
}  // namespace wharf::testing_support
