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
  // At the current position: where that is now.
  chooser_.Next("operation.latency", 1);
  const OperationId moves = Submit(Opcode::kRead, file, &in, kCurrentPosition);
  Reap();
  EXPECT_TRUE(May(moves, 4, "abcd"));
  EXPECT_FALSE(May(moves, 3, "abc"));
  Finish(moves);
}

TEST_F(KernelGuideTest, AReadMayCopyWhatIsToBeSeen) {
  const Handle file = *kernel_.OpenFile("f");
  WriteDurably(file, "abcdef");
  Bytes in(4);
  chooser_.Next("transfer.pause", 1);
  chooser_.Next("read.part", 1);
  chooser_.Next("transfer.pause.time", 1);
  const OperationId read = Submit(Opcode::kRead, file, &in, 1);
  Reap();
  // The "b" is there already.
  EXPECT_EQ(kernel_.MayCopy(read, Of("bcXX")), 1u);
  EXPECT_EQ(kernel_.MayCopy(read, Of("bcde")), 3u);
  EXPECT_EQ(kernel_.MayCopy(read, Of("bXde")), 0u);
  EXPECT_FALSE(kernel_.MayCopy(OperationId{77}, Of("a")).has_value());
  EXPECT_EQ(Finish(read), 4);
}

TEST_F(KernelGuideTest, AChangeFeedsOrSpoilsARead) {
  using Effect = Kernel::Effect;
  const Handle file = *kernel_.OpenFile("f");
  WriteDurably(file, "aaaaaaaa");
  Bytes in(8);
  Bytes out = Of("bbbbbb");
  for (int i = 0; i < 2; ++i) chooser_.Next("operation.latency", 1);
  const OperationId write = Submit(Opcode::kWrite, file, &out, 1);
  const OperationId read = Submit(Opcode::kRead, file, &in);
  Reap();
  const auto effect = [&](std::string_view text) {
    return kernel_.EffectOn(write, read, Of(text));
  };
  EXPECT_EQ(effect("abbbbbba"), Effect::kFeeds);
  EXPECT_EQ(effect("aaaaaaaa"), Effect::kSpoils);
  EXPECT_EQ(effect("cccccccc"), Effect::kNone);
  // One byte that happens to be there says nothing.
  EXPECT_EQ(effect("accaXccc"), Effect::kNone);
  Finish(read);
  Finish(write);
}

TEST_F(KernelGuideTest, AChangeThatGrowsAFileSpoilsWhoIsToFindItsEnd) {
  const Handle file = *kernel_.OpenFile("f");
  WriteDurably(file, "aa");
  Bytes in(8);
  for (int i = 0; i < 2; ++i) chooser_.Next("operation.latency", 1);
  Operation allocate;
  allocate.id = OperationId{1000};
  allocate.opcode = Opcode::kAllocate;
  allocate.handle = file.native();
  allocate.mode = static_cast<uint32_t>(AllocateMode::kAllocate);
  allocate.length = 5;
  ASSERT_EQ(port_->Submit({&allocate, 1}), 1u);
  const OperationId grow = allocate.id;
  const OperationId read = Submit(Opcode::kRead, file, &in);
  Reap();
  EXPECT_EQ(kernel_.EffectOn(grow, read, Of("aa")), Kernel::Effect::kSpoils);
  EXPECT_EQ(kernel_.EffectOn(grow, read, Bytes(5)), Kernel::Effect::kNone);
  Finish(read);
  Finish(grow);
}

TEST_F(KernelGuideTest, TheEndTellsWhichChangeWaits) {
  const Handle file = *kernel_.OpenFile("f");
  Bytes first = Of("xxxx");
  Bytes second = Of("yyyy");
  for (int i = 0; i < 2; ++i) chooser_.Next("operation.latency", 1);
  const OperationId one = Submit(Opcode::kWrite, file, &first);
  const OperationId two = Submit(Opcode::kWrite, file, &second, 2);
  Reap();
  EXPECT_TRUE(kernel_.WaitsFor(one, two, "f", Of("xxxxyy")));
  EXPECT_FALSE(kernel_.WaitsFor(two, one, "f", Of("xxxxyy")));
  EXPECT_TRUE(kernel_.WaitsFor(two, one, "f", Of("xxyyyy")));
  EXPECT_FALSE(kernel_.WaitsFor(two, one, "g", Of("xxyyyy")));
  // Some of both: no order gives that.
  EXPECT_FALSE(kernel_.WaitsFor(one, two, "f", Of("xxxyyy")));
  EXPECT_FALSE(kernel_.WaitsFor(two, one, "f", Of("xxxyyy")));
  Finish(one);
  Finish(two);
}

}  // namespace
}  // namespace wharf::sim
