// What a chooser that steers a run may ask.

#include <tuple>

#include "sim/kernel/kernel_test_util.h"

namespace wharf::sim {
namespace {

class KernelGuideTest : public KernelTest {
 protected:
  bool May(OperationId id, int64_t result, std::string_view bytes = "") {
    const Bytes read = Of(bytes);
    return kernel_.MaySay(id, result, read);
  }
};

TEST_F(KernelGuideTest, APollSaysWhatIsThere) {
  const auto [a, b] = kernel_.SocketPair();
  Bytes bytes = Of("x");
  const OperationId poll = Submit(Opcode::kPoll, b, nullptr, 0, kPollReadable);
  Reap();
  EXPECT_FALSE(May(poll, kPollReadable));
  EXPECT_FALSE(May(poll, 0));
  chooser_.Next("wake.latency", 1);
  EXPECT_EQ(Finish(Submit(Opcode::kSend, a, &bytes)), 1);
  EXPECT_TRUE(May(poll, kPollReadable));
  EXPECT_FALSE(May(poll, kPollHangUp));
  EXPECT_FALSE(May(poll, int64_t{kPollReadable} | kPollHangUp));
  EXPECT_FALSE(May(poll, Negated(Error::kCancelled)));
  EXPECT_EQ(Finish(poll), kPollReadable);
  EXPECT_FALSE(May(poll, kPollReadable));  // It is over.
}

TEST_F(KernelGuideTest, APollOfAListenerToo) {
  const Handle listener = *kernel_.Listen("l");
  const Handle socket = kernel_.Socket();
  Bytes name = Of("l");
  const OperationId poll =
      Submit(Opcode::kPoll, listener, nullptr, 0, kPollReadable);
  Reap();
  EXPECT_FALSE(May(poll, kPollReadable));
  chooser_.Next("wake.latency", 1);
  EXPECT_EQ(Finish(Submit(Opcode::kConnect, socket, &name)), 0);
  EXPECT_TRUE(May(poll, kPollReadable));
  EXPECT_FALSE(May(poll, kPollWritable));
  EXPECT_EQ(Finish(poll), kPollReadable);
}

TEST_F(KernelGuideTest, SaysWhatIsOnAStream) {
  const auto [reads, writes] = kernel_.Pipe();
  const Handle file = *kernel_.OpenFile("f");
  Bytes in(1);
  chooser_.Next("operation.latency", 1);
  const OperationId on_file = Submit(Opcode::kRead, file, &in);
  Bytes bytes(1);
  const OperationId on_pipe = Submit(Opcode::kRead, reads, &bytes);
  const OperationId nop = SubmitNop();
  EXPECT_TRUE(kernel_.IsOnStream(on_pipe));
  EXPECT_FALSE(kernel_.IsOnStream(on_file));
  EXPECT_FALSE(kernel_.IsOnStream(nop));
  Finish(on_file);
  port_->Cancel(on_pipe);
  Finish(on_pipe);
  EXPECT_FALSE(kernel_.IsOnStream(on_pipe));  // It is over.
}

TEST_F(KernelGuideTest, AFileIsAlwaysReady) {
  const Handle file = *kernel_.OpenFile("f");
  chooser_.Next("operation.latency", 1);
  const OperationId poll =
      Submit(Opcode::kPoll, file, nullptr, 0, kPollReadable);
  Reap();
  EXPECT_TRUE(May(poll, kPollReadable));
  EXPECT_FALSE(May(poll, kPollWritable));
  EXPECT_EQ(Finish(poll), kPollReadable);
}

TEST_F(KernelGuideTest, AReadSaysWhatTheFileHolds) {
  const Handle file = *kernel_.OpenFile("f");
  WriteDurably(file, "abcdef");
  Bytes in(4);
  chooser_.Next("operation.latency", 1);
  const OperationId read = Submit(Opcode::kRead, file, &in, 4);
  Reap();
  EXPECT_TRUE(May(read, 2, "ef"));
  EXPECT_FALSE(May(read, 2, "eX"));
  EXPECT_FALSE(May(read, 1, "e"));
  EXPECT_EQ(Finish(read), 2);
  // Not one at the current position: it moves that.
  chooser_.Next("operation.latency", 1);
  const OperationId moves = Submit(Opcode::kRead, file, &in, kCurrentPosition);
  Reap();
  EXPECT_FALSE(May(moves, 4, "abcd"));
  Finish(moves);
}

}  // namespace
}  // namespace wharf::sim
