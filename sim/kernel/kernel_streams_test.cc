#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include "engine/io_vector.h"
#include "gtest/gtest.h"
#include "sim/kernel/kernel_test_util.h"

namespace wharf::sim {
namespace {

using std::chrono::microseconds;

class KernelStreamsTest : public KernelTest {
 protected:
  explicit KernelStreamsTest(Personality personality = Personality::kIoUring)
      : KernelTest(personality, {.stream_bytes = 8}) {
    std::tie(a_, b_) = kernel_.SocketPair();
  }

  int64_t Send(const Handle& to, std::string_view text) {
    Bytes bytes = Of(text);
    return Finish(Submit(Opcode::kSend, to, &bytes));
  }
  std::string Receive(const Handle& from, std::size_t length = 100) {
    Bytes bytes(length);
    const int64_t result = Finish(Submit(Opcode::kReceive, from, &bytes));
    if (result < 0) return std::string(ErrorName(ErrorFromValue(-result)));
    return Text(std::span(bytes).first(static_cast<std::size_t>(result)));
  }
  OperationId SubmitPoll(const Handle& end, uint32_t events) {
    return Submit(Opcode::kPoll, end, nullptr, 0, events);
  }

  Handle a_;
  Handle b_;
};

TEST_F(KernelStreamsTest, CarriesBytesBothWays) {
  EXPECT_EQ(Send(a_, "ping"), 4);
  EXPECT_EQ(Receive(b_), "ping");
  EXPECT_EQ(Send(b_, "pong"), 4);
  EXPECT_EQ(Receive(a_, 2), "po");
  EXPECT_EQ(Receive(a_), "ng");
}

TEST_F(KernelStreamsTest, AReceiveWaitsForBytes) {
  Bytes memory(10);
  const OperationId receive = Submit(Opcode::kReceive, b_, &memory);
  EXPECT_EQ(Reap(), 0u);
  EXPECT_EQ(Send(a_, "x"), 1);
  EXPECT_EQ(Finish(receive), 1);
  EXPECT_EQ(memory[0], std::byte{'x'});
}

TEST_F(KernelStreamsTest, ReceivesAreServedInOrder) {
  Bytes one(1), two(1);
  const OperationId first = Submit(Opcode::kReceive, b_, &one);
  const OperationId second = Submit(Opcode::kReceive, b_, &two);
  Reap();
  EXPECT_EQ(Send(a_, "xy"), 2);
  EXPECT_EQ(Finish(first), 1);
  EXPECT_EQ(Finish(second), 1);
  EXPECT_EQ(one[0], std::byte{'x'});
  EXPECT_EQ(two[0], std::byte{'y'});
}

TEST_F(KernelStreamsTest, ASendIsCutToTheRoomAndWaitsIfThereIsNone) {
  EXPECT_EQ(Send(a_, "0123456789"), 8);
  EXPECT_EQ(kernel_.rows()[U(13)], 1u);
  Bytes more = Of("ab");
  const OperationId send = Submit(Opcode::kSend, a_, &more);
  EXPECT_EQ(Reap(), 0u);
  EXPECT_EQ(Receive(b_, 1), "0");
  EXPECT_EQ(Finish(send), 1);
  EXPECT_EQ(Receive(b_), "1234567a");
}

TEST_F(KernelStreamsTest, ASendMayGoOnUntilAllIsTaken) {
  chooser_.Next("send.goes_on", 1);
  Bytes bytes = Of("0123456789");
  const OperationId send = Submit(Opcode::kSend, a_, &bytes);
  EXPECT_EQ(Reap(), 0u);
  EXPECT_EQ(Receive(b_, 5), "01234");
  EXPECT_EQ(Finish(send), 10);
  EXPECT_EQ(Receive(b_), "56789");
}

TEST_F(KernelStreamsTest, ASendThatGoesOnFindsItsPlaceInTheVectors) {
  chooser_.Next("send.goes_on", 1);
  Bytes one = Of("012"), two = Of("3456789");
  std::array<IoVector, 2> vectors = {IoVector{one.data(), 3},
                                     IoVector{two.data(), 7}};
  Operation send;
  send.id = OperationId{1000};
  send.opcode = Opcode::kSendVectored;
  send.handle = a_.native();
  send.data = vectors.data();
  send.length = 2;
  port_->Submit({&send, 1});
  EXPECT_EQ(Reap(), 0u);
  EXPECT_EQ(Receive(b_), "01234567");
  EXPECT_EQ(Finish(send.id), 10);
  EXPECT_EQ(Receive(b_), "89");
}

TEST_F(KernelStreamsTest, ASendThatWentOnReportsItsBytesBeforeAnyError) {
  chooser_.Next("send.goes_on", 1);
  Bytes bytes = Of("0123456789");
  const OperationId send = Submit(Opcode::kSend, a_, &bytes);
  EXPECT_EQ(Reap(), 0u);
  kernel_.Reset(b_.native());
  EXPECT_EQ(Finish(send), 8);
  EXPECT_EQ(Send(a_, "x"), Negated(Error::kConnectionReset)) << "the next one";
}

TEST_F(KernelStreamsTest, RoomThatOneSendLeavesWakesTheNext) {
  Send(a_, "01234567");
  Bytes one = Of("ab"), two = Of("cd");
  const OperationId first = Submit(Opcode::kSend, a_, &one);
  const OperationId second = Submit(Opcode::kSend, a_, &two);
  EXPECT_EQ(Reap(), 0u);
  EXPECT_EQ(Receive(b_, 4), "0123");
  EXPECT_EQ(Finish(first), 2);
  EXPECT_EQ(Finish(second), 2);
  EXPECT_EQ(Receive(b_), "4567abcd");
}

TEST_F(KernelStreamsTest, BytesTakeTimeAndArriveInOrder) {
  chooser_.Next("stream.delay", 4);  // 100 us.
  chooser_.Next("stream.delay", 0);
  EXPECT_EQ(Send(a_, "ab"), 2);
  EXPECT_EQ(Send(a_, "cd"), 2);
  EXPECT_EQ(kernel_.Now(), Time());
  EXPECT_EQ(Receive(b_), "abcd");
  EXPECT_EQ(kernel_.Now(), After(microseconds(100)));
}

TEST_F(KernelStreamsTest, TheEndComesBehindTheBytes) {
  Send(a_, "ab");
  kernel_.ShutdownWrite(a_.native());
  EXPECT_EQ(Receive(b_, 1), "a");
  EXPECT_EQ(Receive(b_), "b");
  EXPECT_EQ(Receive(b_), "");
  EXPECT_EQ(Receive(b_), "") << "the end stays";
  EXPECT_EQ(kernel_.rows()[U(14)], 2u);
  EXPECT_EQ(Send(a_, "x"), Negated(Error::kBrokenPipe));
  EXPECT_EQ(Send(b_, "x"), 1) << "the other direction lives";
  EXPECT_EQ(Receive(a_), "x");
}

TEST_F(KernelStreamsTest, TheEndWakesAllWhoWait) {
  Bytes one(1), two(1);
  const OperationId first = Submit(Opcode::kReceive, b_, &one);
  const OperationId second = Submit(Opcode::kReceive, b_, &two);
  Reap();
  kernel_.ShutdownWrite(a_.native());
  EXPECT_EQ(Finish(first), 0);
  EXPECT_EQ(Finish(second), 0);
}

TEST_F(KernelStreamsTest, ClosingOneSideEndsTheOther) {
  Send(a_, "ab");
  a_.Reset();
  EXPECT_EQ(Receive(b_), "ab");
  EXPECT_EQ(Receive(b_), "");
  EXPECT_EQ(Send(b_, "x"), Negated(Error::kBrokenPipe));
}

TEST_F(KernelStreamsTest, ASendIntoAClosedConnectionMaySeemToWork) {
  a_.Reset();
  chooser_.Next("send.into_closed", 1);
  EXPECT_EQ(Send(b_, "x"), 1);
  EXPECT_EQ(Receive(b_), "ConnectionReset");
  EXPECT_EQ(Send(b_, "x"), Negated(Error::kBrokenPipe));
}

TEST_F(KernelStreamsTest, ClosingWithUnreadBytesResetsTheOtherSide) {
  Send(b_, "unread");
  a_.Reset();
  EXPECT_EQ(Receive(b_), "ConnectionReset");
  EXPECT_EQ(Receive(b_), "");
}

TEST_F(KernelStreamsTest, AResetIsToldOnceToEachSideAndLosesTheBytes) {
  Send(a_, "ab");
  kernel_.Reset(a_.native());
  EXPECT_EQ(Receive(b_), "ConnectionReset");
  EXPECT_EQ(Receive(b_), "");
  EXPECT_EQ(Send(a_, "x"), Negated(Error::kConnectionReset));
  EXPECT_EQ(Send(a_, "x"), Negated(Error::kBrokenPipe));
}

TEST_F(KernelStreamsTest, AResetEndsWhatWaits) {
  Bytes one(1), full = Of("0123456789");
  const OperationId receive = Submit(Opcode::kReceive, b_, &one);
  EXPECT_EQ(Finish(Submit(Opcode::kSend, b_, &full)), 8);
  const OperationId send = Submit(Opcode::kSend, b_, &full);
  Reap();
  kernel_.Reset(a_.native());
  Finish(receive);
  Finish(send);
  EXPECT_EQ(std::max(Result(receive), Result(send)), 0)
      << "one is told, the other finds the end";
  EXPECT_EQ(std::min(Result(receive), Result(send)),
            Negated(Error::kConnectionReset));
}

TEST_F(KernelStreamsTest, AConnectionMayBreakByItself) {
  Send(a_, "ab");
  chooser_.Next("receive.outcome", 3);
  EXPECT_EQ(Receive(b_), "ConnectionReset");
  EXPECT_EQ(Receive(a_), "ConnectionReset");
}

TEST_F(KernelStreamsTest, AnInterruptedReceiveTakesNothing) {
  Send(a_, "ab");
  chooser_.Next("receive.outcome", 4);
  EXPECT_EQ(Receive(b_), "Interrupted");
  EXPECT_EQ(Receive(b_), "ab");
}

// No lost wake-up: whoever leaves the bytes behind passes the turn on.
TEST_F(KernelStreamsTest, BytesThatOneLeavesBehindWakeTheNext) {
  Bytes one(4), two(4);
  const OperationId first = Submit(Opcode::kReceive, b_, &one);
  const OperationId second = Submit(Opcode::kReceive, b_, &two);
  Reap();
  chooser_.Next("receive.outcome", 4);
  EXPECT_EQ(Send(a_, "ab"), 2);
  EXPECT_EQ(Finish(first), Negated(Error::kInterrupted));
  EXPECT_EQ(Finish(second), 2);
}

TEST_F(KernelStreamsTest, ANonblockingStreamNeverWaits) {
  auto [c, d] = kernel_.SocketPair({.nonblocking = true});
  EXPECT_EQ(Receive(c), "WouldBlock");
  EXPECT_EQ(Send(c, "01234567"), 8);
  EXPECT_EQ(Send(c, "x"), Negated(Error::kWouldBlock));
  EXPECT_EQ(kernel_.rows()[U(15)], 2u);
}

TEST_F(KernelStreamsTest, PollWaitsForWhatItWasAskedFor) {
  EXPECT_EQ(Finish(SubmitPoll(a_, kPollWritable)), kPollWritable);
  const OperationId poll = SubmitPoll(b_, kPollReadable);
  EXPECT_EQ(Reap(), 0u);
  Send(a_, "x");
  EXPECT_EQ(Finish(poll), kPollReadable);
}

TEST_F(KernelStreamsTest, PollReportsTheEndAndTheWholeConnectionsEnd) {
  kernel_.ShutdownWrite(a_.native());
  EXPECT_EQ(Finish(SubmitPoll(b_, kPollReadable)), kPollReadable);
  kernel_.ShutdownWrite(b_.native());
  EXPECT_EQ(Finish(SubmitPoll(b_, kPollReadable)), kPollReadable | kPollHangUp);
}

TEST_F(KernelStreamsTest, PollReportsAReset) {
  const OperationId poll = SubmitPoll(b_, kPollReadable);
  Reap();
  kernel_.Reset(a_.native());
  EXPECT_EQ(Finish(poll), kPollReadable | kPollError | kPollHangUp);
}

TEST_F(KernelStreamsTest, PollForRoomWaitsUntilThereIsSome) {
  Send(a_, "01234567");
  const OperationId poll = SubmitPoll(a_, kPollWritable);
  EXPECT_EQ(Reap(), 0u);
  Receive(b_, 1);
  EXPECT_EQ(Finish(poll), kPollWritable);
}

TEST_F(KernelStreamsTest, APipeHasOneDirectionAndIsNoSocket) {
  auto [reader, writer] = kernel_.Pipe();
  Bytes bytes = Of("ab"), out(5);
  EXPECT_EQ(Finish(Submit(Opcode::kWrite, writer, &bytes, kCurrentPosition)),
            2);
  EXPECT_EQ(Finish(Submit(Opcode::kRead, reader, &out, kCurrentPosition)), 2);
  EXPECT_EQ(Finish(Submit(Opcode::kRead, writer, &out, kCurrentPosition)),
            Negated(Error::kBadHandle));
  EXPECT_EQ(Finish(Submit(Opcode::kWrite, reader, &bytes, kCurrentPosition)),
            Negated(Error::kBadHandle));
  EXPECT_EQ(Finish(Submit(Opcode::kSend, writer, &bytes)),
            Negated(Error::kNotSocket));
  EXPECT_EQ(Finish(Submit(Opcode::kSync, writer, nullptr)),
            Negated(Error::kInvalidArgument));
  reader.Reset();
  EXPECT_EQ(Finish(Submit(Opcode::kWrite, writer, &bytes, kCurrentPosition)),
            Negated(Error::kBrokenPipe));
}

class KernelIocpStreamsTest : public KernelStreamsTest {
 protected:
  KernelIocpStreamsTest() : KernelStreamsTest(Personality::kIocp) {}
};

TEST_F(KernelIocpStreamsTest, AResetIsANetworkNameDeleted) {
  Send(a_, "ab");
  chooser_.Next("receive.outcome", 2);
  Bytes memory(4);
  const OperationId id = Submit(Opcode::kReceive, b_, &memory);
  EXPECT_EQ(Finish(id), Negated(Error::kConnectionReset));
  EXPECT_EQ(Native(id), 64);
  EXPECT_EQ(kernel_.rows()[W(18)], 1u);
}

// Unlike AF_UNIX; and a pipe's end has no rights for the other direction.
TEST_F(KernelIocpStreamsTest, SaysOneThingOfWhatIsNotConnected) {
  const Handle socket = kernel_.Socket();
  Bytes bytes(4);
  chooser_.Always("receive.unconnected", 1);
  EXPECT_EQ(Finish(Submit(Opcode::kReceive, socket, &bytes)),
            Negated(Error::kNotConnected));
  const auto [reads, writes] = kernel_.Pipe();
  for (const bool read : {true, false}) {
    const OperationId wrong = Submit(read ? Opcode::kRead : Opcode::kWrite,
                                     read ? writes : reads, &bytes);
    EXPECT_EQ(Finish(wrong), Negated(Error::kAccessDenied));
    EXPECT_EQ(Native(wrong), 5);
  }
}

}  // namespace
}  // namespace wharf::sim
