#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "gtest/gtest.h"
#include "sim/kernel/kernel_test_util.h"

namespace wharf::sim {
namespace {

class KernelHandlesTest : public KernelTest {
 protected:
  explicit KernelHandlesTest(Personality personality = Personality::kIoUring,
                             const KernelOptions& options = {})
      : KernelTest(personality, options) {}

  // The path's or address's bytes; the final 0 of a path is not counted.
  OperationId SubmitNamed(Opcode opcode, const Handle& handle,
                          const std::string& name, uint32_t mode = 0) {
    names_.push_back(std::make_unique<std::string>(name));
    Operation operation;
    operation.id = OperationId{++next_};
    operation.opcode = opcode;
    operation.handle = handle.native();
    operation.data = names_.back()->data();
    operation.length = name.size();
    operation.mode = mode;
    port_->Submit({&operation, 1});
    return operation.id;
  }
  // Gives the new handle, or the error.
  int64_t Open(const std::string& path, uint32_t mode) {
    return Finish(SubmitNamed(Opcode::kOpen, Handle(), path, mode));
  }
  Handle Own(int64_t native) {
    EXPECT_GE(native, 0);
    const PortCapabilities& have = port_->Capabilities();
    return Handle::Adopt(native, have.closer, have.closer_context);
  }
  int64_t Connect(const Handle& socket, const std::string& name) {
    return Finish(SubmitNamed(Opcode::kConnect, socket, name));
  }
  OperationId SubmitAccept(const Handle& listener) {
    return Submit(Opcode::kAccept, listener, nullptr);
  }
  int64_t Write(const Handle& file, std::string_view text, uint64_t offset) {
    Bytes bytes = Of(text);
    return Finish(Submit(Opcode::kWrite, file, &bytes, offset));
  }
  int64_t Send(const Handle& to, std::string_view text) {
    Bytes bytes = Of(text);
    return Finish(Submit(Opcode::kSend, to, &bytes));
  }
  int64_t Receive(const Handle& from) {
    Bytes bytes(100);
    return Finish(Submit(Opcode::kReceive, from, &bytes));
  }
  std::string Content(std::string_view name) {
    return Text(kernel_.FindFile(name)->cached());
  }

 private:
  std::vector<std::unique_ptr<std::string>> names_;
  uint64_t next_ = 1000;
};

TEST_F(KernelHandlesTest, OpensAsTheFlagsSay) {
  EXPECT_EQ(Open("f", kOpenRead), Negated(Error::kNotFound));
  const Handle file = Own(Open("f", kOpenWrite | kOpenCreate));
  EXPECT_EQ(Write(file, "hello", 0), 5);
  EXPECT_EQ(Open("f", kOpenWrite | kOpenCreate | kOpenExclusive),
            Negated(Error::kExists));
  EXPECT_EQ(Open("f", kOpenRead | kOpenDirectory),
            Negated(Error::kNotDirectory));
  Own(Open("f", kOpenRead | kOpenCreate)).Reset();
  EXPECT_EQ(Content("f"), "hello");
  Own(Open("f", kOpenWrite | kOpenTruncate)).Reset();
  EXPECT_EQ(Content("f"), "");
  EXPECT_EQ(kernel_.OpenHandles().size(), 1u);
}

TEST_F(KernelHandlesTest, AHandleDoesWhatItWasOpenedFor) {
  const Handle writer = Own(Open("f", kOpenWrite | kOpenCreate));
  const Handle reader = Own(Open("f", kOpenRead));
  Bytes bytes(4);
  EXPECT_EQ(Write(writer, "abcd", 0), 4);
  EXPECT_EQ(Write(reader, "abcd", 0), Negated(Error::kBadHandle));
  EXPECT_EQ(Finish(Submit(Opcode::kRead, writer, &bytes)),
            Negated(Error::kBadHandle));
  EXPECT_EQ(Finish(Submit(Opcode::kRead, reader, &bytes)), 4);
}

// pwrite(2), BUGS: O_APPEND wins over the offset, and the position stays.
TEST_F(KernelHandlesTest, AppendingAtAGivenPlaceMovesNoPosition) {
  const Handle file =
      Own(Open("f", kOpenRead | kOpenWrite | kOpenCreate | kOpenAppend));
  Bytes bytes = Of("ab");
  EXPECT_EQ(Finish(Submit(Opcode::kWrite, file, &bytes, 0)), 2);
  Bytes read(9);
  EXPECT_EQ(Finish(Submit(Opcode::kRead, file, &read, kCurrentPosition)), 2);
}

TEST_F(KernelHandlesTest, AppendingGoesToTheEndWhateverTheOffset) {
  const Handle file = Own(Open("f", kOpenWrite | kOpenCreate | kOpenAppend));
  EXPECT_EQ(Write(file, "ab", 0), 2);
  EXPECT_EQ(Write(file, "cd", 0), 2);
  EXPECT_EQ(Write(file, "ef", kCurrentPosition), 2);
  EXPECT_EQ(Content("f"), "abcdef");
}

TEST_F(KernelHandlesTest, AnOpenMayFail) {
  chooser_.Next("open.outcome", 1);
  EXPECT_EQ(Open("f", kOpenRead | kOpenCreate), Negated(Error::kTooManyFiles));
  EXPECT_EQ(kernel_.FindFile("f"), nullptr);
}

TEST_F(KernelHandlesTest, AHandleThatNobodyTakesIsClosed) {
  const OperationId first =
      SubmitNamed(Opcode::kOpen, Handle(), "a", kOpenRead | kOpenCreate);
  SubmitNamed(Opcode::kOpen, Handle(), "b", kOpenRead | kOpenCreate);
  chooser_.Next("operation.latency", 0);
  chooser_.Next("operation.latency", 0);
  chooser_.Next("operation.latency", 1);
  SubmitNamed(Opcode::kOpen, Handle(), "c", kOpenRead | kOpenCreate);
  chooser_.Next("reap.fewer", 1);
  EXPECT_EQ(Reap(), 1u);
  const Handle taken = Own(Result(first));
  EXPECT_EQ(kernel_.OpenHandles().size(), 2u) << "one is not delivered";
  chooser_.Next("close.left", 1);
  port_->Close();
  EXPECT_EQ(kernel_.OpenHandles().size(), 1u);
  kernel_.Settle();  // The third one opens after all.
  EXPECT_NE(kernel_.FindFile("c"), nullptr);
  EXPECT_EQ(kernel_.OpenHandles().size(), 1u);
}

TEST_F(KernelHandlesTest, ACloseFreesTheHandleWhateverItReports) {
  NativeHandle native = Open("f", kOpenWrite | kOpenCreate);
  const Handle borrowed = Handle::Borrow(native);
  EXPECT_EQ(Finish(Submit(Opcode::kClose, borrowed, nullptr)), 0);
  EXPECT_TRUE(kernel_.OpenHandles().empty());
  native = Open("f", kOpenWrite | kOpenCreate);
  EXPECT_EQ(native, borrowed.native()) << "reused at once";
  chooser_.Next("close.outcome", 1);
  EXPECT_EQ(Finish(Submit(Opcode::kClose, borrowed, nullptr)),
            Negated(Error::kIo));
  EXPECT_TRUE(kernel_.OpenHandles().empty());
  EXPECT_EQ(kernel_.live(), 0u);
}

TEST_F(KernelHandlesTest, ACloseUnderAnotherOperationIsCaught) {
  auto [a, b] = kernel_.SocketPair();
  Bytes bytes(4);
  const OperationId receive = Submit(Opcode::kReceive, b, &bytes);
  Reap();
  const Handle borrowed = Handle::Borrow(b.native());
  EXPECT_EQ(Finish(Submit(Opcode::kClose, borrowed, nullptr)), 0);
  ExpectViolations({ViolationKind::kClosedHandle});
  EXPECT_EQ(Send(a, "xy"), 2);
  EXPECT_EQ(Finish(receive), 2);
  b.Reset();
  ExpectViolations({ViolationKind::kClosedHandle});
}

TEST_F(KernelHandlesTest, ConnectsAndAccepts) {
  const Handle listener = *kernel_.Listen("server");
  const OperationId accept = SubmitAccept(listener);
  EXPECT_EQ(Reap(), 0u);
  const Handle client = kernel_.Socket();
  EXPECT_EQ(Connect(client, "server"), 0);
  const Handle server = Own(Finish(accept));
  EXPECT_EQ(Send(client, "ping"), 4);
  EXPECT_EQ(Receive(server), 4);
  EXPECT_EQ(Send(server, "x"), 1);
  EXPECT_EQ(Receive(client), 1);
  EXPECT_EQ(Connect(client, "server"), Negated(Error::kAlreadyConnected));
}

TEST_F(KernelHandlesTest, ConnectionsWaitToBeAcceptedInOrder) {
  const Handle listener = *kernel_.Listen("server");
  const Handle one = kernel_.Socket(), two = kernel_.Socket();
  EXPECT_EQ(Connect(one, "server"), 0);
  EXPECT_EQ(Connect(two, "server"), 0);
  EXPECT_EQ(Send(one, "1"), 1) << "before it is accepted";
  const OperationId poll =
      Submit(Opcode::kPoll, listener, nullptr, 0, kPollReadable);
  EXPECT_EQ(Finish(poll), kPollReadable);
  const OperationId first = SubmitAccept(listener);
  const OperationId second = SubmitAccept(listener);
  const Handle server_one = Own(Finish(first));
  const Handle server_two = Own(Finish(second));
  EXPECT_EQ(Receive(server_one), 1);
}

TEST_F(KernelHandlesTest, APollWaitsForAConnection) {
  const Handle listener = *kernel_.Listen("server");
  const OperationId poll =
      Submit(Opcode::kPoll, listener, nullptr, 0, kPollReadable);
  EXPECT_EQ(Reap(), 0u);
  const Handle client = kernel_.Socket();
  EXPECT_EQ(Connect(client, "server"), 0);
  EXPECT_EQ(Finish(poll), kPollReadable);
}

TEST_F(KernelHandlesTest, AFailedAcceptLeavesTheConnectionToTheNext) {
  const Handle listener = *kernel_.Listen("server");
  const OperationId first = SubmitAccept(listener);
  const OperationId second = SubmitAccept(listener);
  EXPECT_EQ(Reap(), 0u);
  chooser_.Next("accept.outcome", 1);
  const Handle client = kernel_.Socket();
  EXPECT_EQ(Connect(client, "server"), 0);
  EXPECT_EQ(Finish(first), Negated(Error::kTooManyFiles));
  const Handle server = Own(Finish(second));
}

TEST_F(KernelHandlesTest, ACancelledAcceptLeavesTheConnectionToTheNext) {
  const Handle listener = *kernel_.Listen("server");
  const OperationId first = SubmitAccept(listener);
  const OperationId second = SubmitAccept(listener);
  EXPECT_EQ(Reap(), 0u);
  port_->Cancel(first);
  EXPECT_EQ(Finish(first), Negated(Error::kCancelled));
  const Handle client = kernel_.Socket();
  EXPECT_EQ(Connect(client, "server"), 0);
  const Handle server = Own(Finish(second));
}

TEST_F(KernelHandlesTest, AConnectMayBeRefused) {
  const Handle client = kernel_.Socket();
  EXPECT_EQ(Connect(client, "nobody"), Negated(Error::kConnectionRefused));
  const Handle listener = *kernel_.Listen("server");
  chooser_.Next("connect.outcome", 2);
  EXPECT_EQ(Connect(client, "server"), Negated(Error::kNetworkUnreachable));
  EXPECT_EQ(Connect(client, "server"), 0);
}

TEST_F(KernelHandlesTest, AConnectMayHangUntilItTimesOut) {
  const Handle listener = *kernel_.Listen("server", 1);
  const Handle one = kernel_.Socket(), two = kernel_.Socket();
  chooser_.Next("connect.hangs", 1);
  EXPECT_EQ(Connect(one, "server"), Negated(Error::kTimedOut));
  EXPECT_EQ(kernel_.Now(), After(std::chrono::seconds(127)));
  EXPECT_EQ(Connect(one, "server"), 0);
  EXPECT_EQ(Connect(two, "server"), Negated(Error::kTimedOut))
      << "no room to wait";
}

TEST_F(KernelHandlesTest, AConnectThatHangsCanBeCancelled) {
  const Handle listener = *kernel_.Listen("server");
  const Handle client = kernel_.Socket();
  chooser_.Next("connect.hangs", 1);
  const OperationId connect = SubmitNamed(Opcode::kConnect, client, "server");
  EXPECT_EQ(Reap(), 0u);
  port_->Cancel(connect);
  EXPECT_EQ(Finish(connect), Negated(Error::kCancelled));
  EXPECT_EQ(kernel_.Now(), Time());
}

TEST_F(KernelHandlesTest, ClosingAListenerResetsWhoWasNotAccepted) {
  Handle listener = *kernel_.Listen("server");
  const Handle client = kernel_.Socket();
  EXPECT_EQ(Connect(client, "server"), 0);
  listener.Reset();
  EXPECT_EQ(Receive(client), Negated(Error::kConnectionReset));
  EXPECT_EQ(Connect(kernel_.Socket(), "server"),
            Negated(Error::kConnectionRefused));
  EXPECT_TRUE(kernel_.Listen("server").ok()) << "the address is free again";
}

TEST_F(KernelHandlesTest, AnAddressHasOneListener) {
  const Handle listener = *kernel_.Listen("server");
  EXPECT_EQ(kernel_.Listen("server").status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(KernelHandlesTest, ASocketThatIsNotConnectedTransfersNothing) {
  const Handle socket = kernel_.Socket();
  EXPECT_EQ(Send(socket, "x"), Negated(Error::kNotConnected));
  EXPECT_EQ(Receive(socket), Negated(Error::kNotConnected));
  EXPECT_EQ(Shutdown(socket, ShutdownSide::kSend),
            Negated(Error::kNotConnected));
}

TEST_F(KernelHandlesTest, ShutsDownEitherSide) {
  auto [a, b] = kernel_.SocketPair();
  EXPECT_EQ(Shutdown(a, ShutdownSide::kSend), 0);
  EXPECT_EQ(Receive(b), 0);
  EXPECT_EQ(Send(a, "x"), Negated(Error::kBrokenPipe));
  EXPECT_EQ(Send(b, "x"), 1);
  EXPECT_EQ(Shutdown(a, ShutdownSide::kReceive), 0);
  EXPECT_EQ(Receive(a), 1) << "what was there";
  EXPECT_EQ(Receive(a), 0);
  EXPECT_EQ(Send(b, "x"), Negated(Error::kBrokenPipe));
}

TEST_F(KernelHandlesTest, ShuttingDownEndsWhatWaits) {
  auto [a, b] = kernel_.SocketPair();
  Bytes bytes(4);
  const OperationId receive = Submit(Opcode::kReceive, a, &bytes);
  EXPECT_EQ(Reap(), 0u);
  EXPECT_EQ(Shutdown(a, ShutdownSide::kBoth), 0);
  EXPECT_EQ(Finish(receive), 0);
  EXPECT_EQ(Receive(b), 0);
}

TEST_F(KernelHandlesTest, OnlySocketsAreShutDownOrConnected) {
  const Handle file = *kernel_.OpenFile("f");
  auto [reader, writer] = kernel_.Pipe();
  EXPECT_EQ(Shutdown(file, ShutdownSide::kBoth), Negated(Error::kNotSocket));
  EXPECT_EQ(Shutdown(writer, ShutdownSide::kBoth), Negated(Error::kNotSocket));
  EXPECT_EQ(Connect(file, "server"), Negated(Error::kNotSocket));
  EXPECT_EQ(Finish(SubmitAccept(file)), Negated(Error::kNotSocket));
  auto [a, b] = kernel_.SocketPair();
  EXPECT_EQ(Finish(SubmitAccept(a)), Negated(Error::kInvalidArgument));
}

TEST_F(KernelHandlesTest, AnAddressIsItsName) {
  const Buffer address = Kernel::AddressOf("server");
  EXPECT_EQ(Text(address.bytes()), "server");
}

TEST_F(KernelHandlesTest, AnInterruptedCloseHasClosedACancelledOneHasNot) {
  for (const uint32_t answer : {3u, 0u}) {
    const Handle borrowed = Handle::Borrow(Open("f", kOpenWrite | kOpenCreate));
    chooser_.Next("operation.latency", 1);
    chooser_.Next("cancel.running", answer);
    const OperationId close = Submit(Opcode::kClose, borrowed, nullptr);
    Reap();
    port_->Cancel(close);
    const bool interrupted = answer == 3;
    EXPECT_EQ(Finish(close),
              Negated(interrupted ? Error::kInterrupted : Error::kCancelled));
    EXPECT_EQ(kernel_.OpenHandles().empty(), interrupted);
    if (!interrupted) kernel_.CloseHandle(borrowed.native());
  }
}

TEST_F(KernelHandlesTest, ACloseThatThePortBringsBackHasClosed) {
  const Handle one = Handle::Borrow(Open("f", kOpenWrite | kOpenCreate));
  const Handle two = Handle::Borrow(Open("f", kOpenWrite));
  chooser_.Next("operation.latency", 1);
  Submit(Opcode::kClose, one, nullptr);
  chooser_.Next("operation.latency", 0);
  Submit(Opcode::kClose, two, nullptr);
  chooser_.Next("reap.early", 1);
  Reap();
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_TRUE(kernel_.OpenHandles().empty());
}

TEST_F(KernelHandlesTest, ABrokenConnectionIsToldOfOnceAndGone) {
  const Handle listener = *kernel_.Listen("server");
  const Handle client = kernel_.Socket();
  EXPECT_EQ(Connect(client, "server"), 0);
  chooser_.Next("accept.outcome", 2);
  EXPECT_EQ(Finish(SubmitAccept(listener)), Negated(Error::kConnectionAborted));
  const OperationId accept = SubmitAccept(listener);
  EXPECT_EQ(Reap(), 0u) << "nothing to accept any more";
  EXPECT_EQ(Receive(client), Negated(Error::kConnectionReset));
  EXPECT_EQ(Shutdown(client, ShutdownSide::kBoth),
            Negated(Error::kNotConnected));
  port_->Cancel(accept);
  EXPECT_EQ(Finish(accept), Negated(Error::kCancelled));
}

TEST_F(KernelHandlesTest, AnInterruptedConnectGoesOn) {
  const Handle listener = *kernel_.Listen("server");
  const Handle client = kernel_.Socket();
  const OperationId accept = SubmitAccept(listener);
  chooser_.Next("connect.outcome", 4);
  chooser_.Next("connect.time", 3);
  const OperationId connect = SubmitNamed(Opcode::kConnect, client, "server");
  EXPECT_EQ(Reap(), 1u);
  EXPECT_EQ(Result(connect), Negated(Error::kInterrupted));
  EXPECT_EQ(Connect(client, "server"), Negated(Error::kAlready));
  const OperationId poll =
      Submit(Opcode::kPoll, client, nullptr, 0, kPollWritable);
  EXPECT_EQ(Reap(), 0u);
  EXPECT_EQ(Finish(poll), kPollWritable);
  EXPECT_EQ(kernel_.Now(), After(std::chrono::microseconds(20)));
  EXPECT_EQ(Connect(client, "server"), Negated(Error::kAlreadyConnected));
  const Handle server = Own(Finish(accept));
  EXPECT_EQ(Send(client, "x"), 1);
  EXPECT_EQ(Receive(server), 1);
}

TEST_F(KernelHandlesTest, AConnectThatDoesNotBlockTellsLaterHowItWent) {
  const Handle client = kernel_.Socket({.nonblocking = true});
  chooser_.Next("connect.time", 1);
  EXPECT_EQ(Connect(client, "server"), Negated(Error::kInProgress));
  EXPECT_EQ(Finish(Submit(Opcode::kPoll, client, nullptr, 0, kPollWritable)),
            kPollWritable | kPollError | kPollHangUp);
  EXPECT_EQ(Connect(client, "server"), Negated(Error::kConnectionRefused));
  const Handle listener = *kernel_.Listen("server");
  EXPECT_EQ(Connect(client, "server"), Negated(Error::kInProgress)) << "again";
  kernel_.Settle();
  EXPECT_EQ(Connect(client, "server"), Negated(Error::kAlreadyConnected));
}

TEST_F(KernelHandlesTest, ASocketClosedWhileItConnectsLeavesNothing) {
  const Handle listener = *kernel_.Listen("server");
  Handle client = kernel_.Socket({.nonblocking = true});
  chooser_.Next("connect.time", 2);
  EXPECT_EQ(Connect(client, "server"), Negated(Error::kInProgress));
  client.Reset();
  Handle other = kernel_.Socket({.nonblocking = true});  // The same end.
  chooser_.Next("connect.time", 4);
  EXPECT_EQ(Connect(other, "server"), Negated(Error::kInProgress));
  const OperationId accept = SubmitAccept(listener);
  const Handle server = Own(Finish(accept));
  EXPECT_EQ(kernel_.Now(), After(std::chrono::microseconds(100)));
}

TEST_F(KernelHandlesTest, AnAcceptCancelledAsItIsWokenPassesTheConnectionOn) {
  const Handle listener = *kernel_.Listen("server");
  const OperationId first = SubmitAccept(listener);
  const OperationId second = SubmitAccept(listener);
  EXPECT_EQ(Reap(), 0u);
  const Handle client = kernel_.Socket({.nonblocking = true});
  chooser_.Next("connect.time", 2);
  EXPECT_EQ(Connect(client, "server"), Negated(Error::kInProgress));
  chooser_.Next("cancel.waiting", 1);
  chooser_.Next("cancel.late.time", 2);
  port_->Cancel(first);
  EXPECT_EQ(Finish(first), Negated(Error::kCancelled));
  const Handle server = Own(Finish(second));
}

TEST_F(KernelHandlesTest, ConnectionsComeAndGoWithoutEnd) {
  const Handle listener = *kernel_.Listen("server");
  for (int i = 0; i < 100; ++i) {
    Handle client = kernel_.Socket();
    ASSERT_EQ(Connect(client, "server"), 0);
    Handle server = Own(Finish(SubmitAccept(listener)));
    ASSERT_EQ(Send(client, "ping"), 4) << i;
    if (i % 3 == 0) client.Reset();
    // Bytes that its last owner did not read are not for this one.
    ASSERT_EQ(Receive(server), 4) << i;
    if (i % 3 == 1) {
      ASSERT_EQ(Send(server, "unread"), 6);
    }
    server.Reset();
    (void)*kernel_.Listen("short-lived");
  }
  kernel_.Settle();
  EXPECT_EQ(kernel_.OpenHandles().size(), 1u);
}

class KernelFewHandlesTest : public KernelHandlesTest {
 protected:
  KernelFewHandlesTest()
      : KernelHandlesTest(Personality::kIoUring, {.max_handles = 2}) {}
};

TEST_F(KernelFewHandlesTest, AFullTableTakesNoMore) {
  Handle listener = *kernel_.Listen("server");
  const Handle client = kernel_.Socket();
  EXPECT_EQ(Connect(client, "server"), 0);
  EXPECT_EQ(Open("f", kOpenRead | kOpenCreate), Negated(Error::kTooManyFiles));
  EXPECT_EQ(kernel_.FindFile("f"), nullptr);
  EXPECT_EQ(Finish(SubmitAccept(listener)), Negated(Error::kTooManyFiles));
  Handle second = *kernel_.Listen("other");
  EXPECT_EQ(kernel_.OpenHandles().size(), 3u) << "the machine's own";
  second.Reset();
  EXPECT_EQ(Open("f", kOpenRead | kOpenCreate), Negated(Error::kTooManyFiles));
  listener.Reset();
  const Handle file = Own(Open("f", kOpenRead | kOpenCreate));
}

class KernelIocpHandlesTest : public KernelHandlesTest {
 protected:
  KernelIocpHandlesTest() : KernelHandlesTest(Personality::kIocp) {}
};

TEST_F(KernelIocpHandlesTest, AnAcceptEndsWithItsListener) {
  Handle listener = *kernel_.Listen("server");
  const OperationId accept = SubmitAccept(listener);
  EXPECT_EQ(Reap(), 0u);
  listener.Reset();
  ExpectViolations({ViolationKind::kClosedHandle});
  EXPECT_EQ(Finish(accept), Negated(Error::kCancelled));
}

}  // namespace
}  // namespace wharf::sim
