// What real kernels were seen to do with streams, reports and positions
// (tests/differential), each as the one decision behind it.

#include <chrono>
#include <string_view>
#include <tuple>

#include "sim/kernel/kernel_test_util.h"

namespace wharf::sim {
namespace {

class KernelWaitsTest : public KernelTest {
 protected:
  KernelWaitsTest() {
    std::tie(a_, b_) = kernel_.SocketPair();
    std::tie(reader_, writer_) = kernel_.Pipe();
  }

  int64_t PollNow(const Handle& handle, uint32_t events) {
    return Finish(Submit(Opcode::kPoll, handle, nullptr, 0, events));
  }
  int64_t Put(const Handle& handle, Bytes& bytes) {
    return Finish(Submit(Opcode::kWrite, handle, &bytes, kCurrentPosition));
  }

  Handle a_, b_, reader_, writer_;
};

TEST_F(KernelWaitsTest, AStreamThatIsNotEmptyMayBeFull) {
  Bytes first = Of("first");
  Bytes second = Of("second");
  Bytes in(16);
  EXPECT_EQ(Put(writer_, first), 5);
  chooser_.Next("send.full", 1);
  const OperationId waits =
      Submit(Opcode::kWrite, writer_, &second, kCurrentPosition);
  Reap();
  EXPECT_FALSE(Ended(waits));
  EXPECT_EQ(Finish(Submit(Opcode::kRead, reader_, &in, kCurrentPosition)), 5);
  EXPECT_EQ(Finish(waits), 6);
}

TEST_F(KernelWaitsTest, APipePollsAsAPipe) {
  Bytes bytes = Of("x");
  EXPECT_EQ(PollNow(writer_, kPollWritable), kPollWritable);
  EXPECT_EQ(Put(writer_, bytes), 1);
  EXPECT_EQ(PollNow(reader_, kPollReadable), kPollReadable);
  Bytes in(1);
  EXPECT_EQ(Finish(Submit(Opcode::kRead, reader_, &in, kCurrentPosition)), 1);
  writer_.Reset();
  // No bytes and no writer: a hang-up, and nothing to read.
  EXPECT_EQ(PollNow(reader_, kPollReadable), kPollHangUp);
}

TEST_F(KernelWaitsTest, AWriterWithoutAReaderPollsAnError) {
  reader_.Reset();
  EXPECT_EQ(PollNow(writer_, kPollWritable),
            int64_t{kPollWritable} | kPollError);
}

TEST_F(KernelWaitsTest, ASocketWithoutAPeerHangsUpOrNot) {
  b_.Reset();
  EXPECT_EQ(PollNow(a_, kPollReadable), kPollReadable);
  chooser_.Next("poll.hang_up", 1);
  EXPECT_EQ(PollNow(a_, kPollReadable), int64_t{kPollReadable} | kPollHangUp);
}

// AF_UNIX: what nobody will read still fills the sender's buffer.
TEST_F(KernelWaitsTest, AFullSocketMayHangUpWithoutBeingWritable) {
  Bytes unread = Of("unread");
  EXPECT_EQ(Put(a_, unread), 6);
  EXPECT_EQ(Shutdown(b_, ShutdownSide::kBoth), 0);
  chooser_.Next("poll.hang_up", 1);
  chooser_.Next("poll.full", 1);
  EXPECT_EQ(PollNow(a_, kPollWritable), kPollHangUp);
  EXPECT_EQ(PollNow(a_, kPollWritable), kPollWritable);
}

// io_uring adds EPOLLRDHUP to what a poll asks for.
TEST_F(KernelWaitsTest, AnEndedDirectionMayBeAHangUp) {
  EXPECT_EQ(Shutdown(b_, ShutdownSide::kSend), 0);
  chooser_.Next("poll.hang_up", 1);
  EXPECT_EQ(PollNow(a_, kPollWritable), int64_t{kPollWritable} | kPollHangUp);
  EXPECT_EQ(PollNow(a_, kPollWritable), kPollWritable);
}

// Who was woken tries again in the next call, behind what that call submits.
TEST_F(KernelWaitsTest, AWokenReaderMayComeLate) {
  Bytes out = Of("1234");
  Bytes waits_in(16);
  Bytes fresh_in(1);
  const OperationId waits = Submit(Opcode::kReceive, b_, &waits_in);
  Reap();
  chooser_.Next("wake.latency", 1);
  EXPECT_EQ(Finish(Submit(Opcode::kSend, a_, &out)), 4);
  EXPECT_FALSE(Ended(waits));
  EXPECT_EQ(PollNow(b_, kPollReadable), kPollReadable);
  EXPECT_EQ(Finish(Submit(Opcode::kReceive, b_, &fresh_in)), 1);
  EXPECT_EQ(Text(fresh_in), "1");
  EXPECT_EQ(Finish(waits), 3);
  EXPECT_EQ(Text({waits_in.data(), 3}), "234");
}

// A cancel that was put off is not lost if who was woken finds nothing.
TEST_F(KernelWaitsTest, ACancelOfOneThatWasWokenIsNotLost) {
  Bytes out = Of("x");
  Bytes in(4);
  Bytes fresh_in(4);
  const OperationId waits = Submit(Opcode::kReceive, b_, &in);
  Reap();
  chooser_.Next("cancel.waiting", 1);
  chooser_.Next("cancel.late.time", 1);  // 1 us
  chooser_.Next("wake.latency", 4);      // 100 us
  port_->Cancel(waits);
  EXPECT_EQ(Finish(Submit(Opcode::kSend, a_, &out)), 1);
  EXPECT_EQ(Finish(Submit(Opcode::kReceive, b_, &fresh_in)), 1);
  EXPECT_EQ(Finish(waits), Negated(Error::kCancelled));
}

TEST_F(KernelWaitsTest, WhatHasArrivedMayOutliveAReset) {
  Bytes out = Of("kept");
  Bytes unread = Of("?");
  Bytes in(16);
  EXPECT_EQ(Put(a_, unread), 1);  // b never reads it: its end is a reset.
  EXPECT_EQ(Put(b_, out), 4);
  chooser_.Next("reset.keeps_bytes", 0);  // Of what b has not read.
  chooser_.Next("reset.keeps_bytes", 1);
  b_.Reset();
  EXPECT_EQ(Finish(Submit(Opcode::kReceive, a_, &in)), 4);
  EXPECT_EQ(Text({in.data(), 4}), "kept");
  EXPECT_EQ(Finish(Submit(Opcode::kReceive, a_, &in)),
            Negated(Error::kConnectionReset));
  EXPECT_EQ(Finish(Submit(Opcode::kReceive, a_, &in)), 0);
}

TEST_F(KernelWaitsTest, SocketsThatAreNotConnectedSayItInTwoWays) {
  const Handle socket = kernel_.Socket();
  Bytes bytes(4);
  EXPECT_EQ(Finish(Submit(Opcode::kReceive, socket, &bytes)),
            Negated(Error::kNotConnected));
  chooser_.Next("receive.unconnected", 1);
  EXPECT_EQ(Finish(Submit(Opcode::kReceive, socket, &bytes)),
            Negated(Error::kInvalidArgument));
  EXPECT_EQ(PollNow(socket, kPollReadable), kPollHangUp);
  chooser_.Next("shutdown.unconnected", 1);
  EXPECT_EQ(Finish(Submit(Opcode::kShutdown, socket, nullptr, 0, 2)), 0);
}

TEST_F(KernelWaitsTest, AnEffectIsSeenBeforeItIsReported) {
  Bytes out = Of("seen");
  Bytes in(4);
  chooser_.Next("completion.later", 1);
  chooser_.Next("completion.latency", 3);
  const OperationId sent = Submit(Opcode::kSend, a_, &out);
  const OperationId received = Submit(Opcode::kReceive, b_, &in);
  Reap();
  EXPECT_EQ(Result(received), 4);
  EXPECT_FALSE(Ended(sent));
  // Too late for a cancel.
  port_->Cancel(sent);
  EXPECT_EQ(Finish(sent), 4);
}

TEST_F(KernelWaitsTest, TwoAtTheCurrentPositionMayTakeTheSame) {
  const Handle file = *kernel_.OpenFile("f");
  Bytes one = Of("11");
  Bytes two = Of("2");
  for (int i = 0; i < 2; ++i) chooser_.Next("position.early", 1);
  const OperationId first =
      Submit(Opcode::kWrite, file, &one, kCurrentPosition);
  const OperationId second =
      Submit(Opcode::kWrite, file, &two, kCurrentPosition);
  EXPECT_EQ(Finish(first), 2);
  EXPECT_EQ(Finish(second), 1);
  EXPECT_EQ(Text(kernel_.FindFile("f")->cached()), "21");
}

TEST_F(KernelWaitsTest, AClosedEndMayGoLater) {
  Bytes bytes = Of("lost");
  chooser_.Next("close.release", 3);  // 20 us
  reader_.Reset();
  EXPECT_EQ(Put(writer_, bytes), 4);
  kernel_.PassTime(std::chrono::microseconds(20));
  EXPECT_EQ(Put(writer_, bytes), Negated(Error::kBrokenPipe));
}

TEST_F(KernelWaitsTest, AConnectThatFoundNoRoomGoesOnWhenThereIsSome) {
  const Handle listener = *kernel_.Listen("l", 1);
  const Handle one = kernel_.Socket();
  const Handle two = kernel_.Socket();
  Bytes name = Of("l");
  EXPECT_EQ(Finish(Submit(Opcode::kConnect, one, &name)), 0);
  const OperationId waits = Submit(Opcode::kConnect, two, &name);
  Reap();
  EXPECT_FALSE(Ended(waits));
  const int64_t accepted = Finish(Submit(Opcode::kAccept, listener, nullptr));
  EXPECT_EQ(Finish(waits), 0);
  EXPECT_LT(kernel_.Now(), After(std::chrono::seconds(1)));
  kernel_.CloseHandle(accepted);
}

TEST_F(KernelWaitsTest, AFileThatCannotBeWrittenCannotBeAllocated) {
  Bytes path = Of("f");
  path.push_back(std::byte{0});
  kernel_.OpenFile("f")->Reset();
  Operation open;
  open.id = OperationId{1000};
  open.opcode = Opcode::kOpen;
  open.data = path.data();
  open.length = 1;
  open.mode = kOpenRead;
  ASSERT_EQ(port_->Submit({&open, 1}), 1u);
  const Handle file = Handle::Borrow(Finish(open.id));
  Operation allocate;
  allocate.id = OperationId{1001};
  allocate.opcode = Opcode::kAllocate;
  allocate.handle = file.native();
  allocate.length = 10;
  ASSERT_EQ(port_->Submit({&allocate, 1}), 1u);
  EXPECT_EQ(Finish(allocate.id), Negated(Error::kBadHandle));
  kernel_.CloseHandle(file.native());
}

class KernelAioWaitsTest : public KernelTest {
 protected:
  KernelAioWaitsTest() : KernelTest(Personality::kLinuxAio) {
    std::tie(a_, b_) = kernel_.SocketPair({.nonblocking = true});
  }

  // A sender of one byte that waits behind these, which nobody has read.
  OperationId SendBehind(std::string_view unread) {
    Bytes first = Of(unread);
    EXPECT_EQ(Finish(Submit(Opcode::kSend, a_, &first)),
              static_cast<int64_t>(unread.size()));
    chooser_.Next("send.full", 1);
    const OperationId waits = Submit(Opcode::kSend, a_, &data_);
    EXPECT_EQ(Reap(), 0u);
    return waits;
  }

  Handle a_;
  Handle b_;
  Bytes data_ = Of("y");
};

// A poll knows in the moment in which it is woken, and is told later.
TEST_F(KernelAioWaitsTest, APollOutlivesWhatItSaw) {
  const OperationId poll = Submit(Opcode::kPoll, b_, nullptr, 0, kPollReadable);
  EXPECT_EQ(Reap(), 0u);
  Bytes data = Of("x");
  Bytes read(1);
  chooser_.Next("completion.later", 1);
  const OperationId send = Submit(Opcode::kSend, a_, &data);
  const OperationId receive = Submit(Opcode::kReceive, b_, &read);
  EXPECT_EQ(Reap(), 3u);
  EXPECT_EQ(order(), (std::vector<OperationId>{send, receive, poll}));
  EXPECT_EQ(Result(poll), kPollReadable);
}

// Or it looks when the kernel's worker comes to it, and waits on.
TEST_F(KernelAioWaitsTest, APollMayLookTooLate) {
  const OperationId poll = Submit(Opcode::kPoll, b_, nullptr, 0, kPollReadable);
  EXPECT_EQ(Reap(), 0u);
  Bytes data = Of("x");
  Bytes read(1);
  chooser_.Next("poll.looks_later", 1);
  Submit(Opcode::kSend, a_, &data);
  Submit(Opcode::kReceive, b_, &read);
  EXPECT_EQ(Reap(), 2u);
  EXPECT_FALSE(Ended(poll));
  port_->Cancel(poll);
  EXPECT_EQ(Finish(poll), Negated(Error::kCancelled));
}

// Who waited is overtaken by who comes later, until the port hears of the data.
TEST_F(KernelAioWaitsTest, WhoComesLaterMayGetTheBytes) {
  Bytes first(1);
  Bytes second(1);
  Bytes data = Of("x");
  const OperationId waits = Submit(Opcode::kReceive, b_, &first);
  EXPECT_EQ(Reap(), 0u) << "it waits, whatever the handle's flags";
  Submit(Opcode::kSend, a_, &data);
  const OperationId late = Submit(Opcode::kReceive, b_, &second);
  EXPECT_EQ(Reap(), 2u);
  EXPECT_EQ(Result(late), 1);
  EXPECT_FALSE(Ended(waits));
  port_->Cancel(waits);
  EXPECT_EQ(Finish(waits), Negated(Error::kCancelled));
}

// A sender waits with a poll, which an AF_UNIX socket answers only when it has
// room, or hangs up because the peer has nothing more to say either.
TEST_F(KernelAioWaitsTest, ASenderMayNotHearThatItsOwnSideHasEnded) {
  Bytes read(1);
  const OperationId waits = SendBehind("xx");
  chooser_.Next("send.unheard", 1);
  EXPECT_EQ(Shutdown(a_, ShutdownSide::kSend), 0);
  chooser_.Next("send.unheard", 1);
  EXPECT_EQ(Finish(Submit(Opcode::kReceive, b_, &read)), 1);
  Reap(Wait::Until(kernel_.Now() + std::chrono::seconds(1)));
  EXPECT_FALSE(Ended(waits));
  EXPECT_EQ(Shutdown(b_, ShutdownSide::kSend), 0);
  EXPECT_EQ(Finish(waits), Negated(Error::kBrokenPipe));
}

// The same of a peer that only wants no more; and when all was read there is
// room.
TEST_F(KernelAioWaitsTest, ASenderMayNotHearThatItsPeerReadsNoMore) {
  Bytes read(1);
  const OperationId waits = SendBehind("x");
  chooser_.Next("send.unheard", 1);
  EXPECT_EQ(Shutdown(b_, ShutdownSide::kReceive), 0);
  Reap(Wait::Until(kernel_.Now() + std::chrono::seconds(1)));
  EXPECT_FALSE(Ended(waits));
  EXPECT_EQ(Finish(Submit(Opcode::kReceive, b_, &read)), 1);
  EXPECT_EQ(Finish(waits), Negated(Error::kBrokenPipe));
}

TEST_F(KernelAioWaitsTest, ASenderHearsThatBothSidesHaveEnded) {
  const OperationId waits = SendBehind("x");
  chooser_.Always("send.unheard", 1);
  EXPECT_EQ(Shutdown(a_, ShutdownSide::kBoth), 0);
  EXPECT_EQ(Finish(waits), Negated(Error::kBrokenPipe));
}

// A send that found room for a part is over.
TEST_F(KernelAioWaitsTest, ASendInPartsDoesNotGoOn) {
  Bytes data(100000);
  const OperationId send = Submit(Opcode::kSend, a_, &data);
  EXPECT_EQ(Reap(), 1u);
  EXPECT_EQ(Result(send), 65536);
}

}  // namespace
}  // namespace wharf::sim
