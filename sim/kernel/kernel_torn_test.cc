// Reads that see a write in the middle.

#include "sim/kernel/kernel_test_util.h"

namespace wharf::sim {
namespace {

class KernelTornTest : public KernelTest {
 protected:
  // Reads six bytes from `offset` behind `parts` bytes of a write of "bbbbbb".
  int64_t ReadBehind(uint32_t parts, uint64_t offset = 0) {
    chooser_.Next("write.torn", 1);
    chooser_.Next("write.torn.bytes", 5 - parts);
    chooser_.Next("read.torn", 1);
    const OperationId write = Submit(Opcode::kWrite, file_, &out_);
    const OperationId read = Submit(Opcode::kRead, file_, &in_, offset);
    const int64_t count = Finish(read);
    EXPECT_EQ(Finish(write), 6);
    EXPECT_EQ(Text(kernel_.FindFile("f")->cached()), "bbbbbb");
    return count;
  }

  OperationId ReadOn(Bytes* in) {
    return Submit(Opcode::kRead, file_, in, kCurrentPosition);
  }

  const Handle file_ = *kernel_.OpenFile("f");
  Bytes out_ = Of("bbbbbb");
  Bytes in_ = Bytes(6);
};

TEST_F(KernelTornTest, AReadSeesSomeOfTheBytes) {
  WriteDurably(file_, "aaaaaa");
  EXPECT_EQ(ReadBehind(2), 6);
  EXPECT_EQ(Text(in_), "bbaaaa");
}

TEST_F(KernelTornTest, AReadSeesAFileAsLongAsTheyReach) {
  EXPECT_EQ(ReadBehind(5, 1), 4);
  EXPECT_EQ(Text({in_.data(), 4}), "bbbb");
}

// Part by part, each read behind another one.
TEST_F(KernelTornTest, ReadsSeeDifferentParts) {
  Bytes other(6);
  chooser_.Next("write.torn", 1);
  chooser_.Next("write.torn.bytes", 4);  // 1
  chooser_.Next("read.torn", 0);
  chooser_.Next("read.torn", 1);
  chooser_.Next("write.torn", 1);
  chooser_.Next("write.torn.bytes", 1);  // 3 more
  chooser_.Next("read.torn", 1);
  const OperationId write = Submit(Opcode::kWrite, file_, &out_);
  const OperationId late = Submit(Opcode::kRead, file_, &in_);
  const OperationId early = Submit(Opcode::kRead, file_, &other);
  EXPECT_EQ(Finish(early), 1);
  EXPECT_EQ(Finish(late), 4);
  EXPECT_EQ(Finish(write), 6);
}

// Other files have nothing to do with it, nor have other writes.
TEST_F(KernelTornTest, OnlyReadsOfTheFileAreAsked) {
  const Handle other = *kernel_.OpenFile("g");
  Bytes second = Of("cc");
  const OperationId write = Submit(Opcode::kWrite, file_, &out_);
  const OperationId read = Submit(Opcode::kRead, other, &in_);
  const OperationId again = Submit(Opcode::kWrite, file_, &second);
  Finish(write);
  Finish(read);
  Finish(again);
  for (const TraceEntry& entry : kernel_.trace().entries()) {
    EXPECT_NE(entry.label, "write.torn");
  }
}

// The other way: its first bytes are from before a write, its last from behind.
TEST_F(KernelTornTest, AReadStandsStillWhileAnotherWrites) {
  WriteDurably(file_, "aaaaaa");
  chooser_.Next("transfer.pause", 1);
  chooser_.Next("read.part", 2);
  chooser_.Next("transfer.pause.time", 1);
  const OperationId read = Submit(Opcode::kRead, file_, &in_);
  const OperationId write = Submit(Opcode::kWrite, file_, &out_);
  EXPECT_EQ(Finish(write), 6);
  EXPECT_EQ(Finish(read), 6);
  EXPECT_EQ(Text(in_), "aabbbb");
}

// What it has stays, whatever becomes of the file; and a cancel comes too late.
TEST_F(KernelTornTest, AReadThatHasBegunIsNotCancelled) {
  WriteDurably(file_, "aaaaaa");
  chooser_.Next("transfer.pause", 1);
  chooser_.Next("read.part", 4);
  chooser_.Next("transfer.pause.time", 1);
  const OperationId read = Submit(Opcode::kRead, file_, &in_);
  Reap();
  port_->Cancel(read);
  kernel_.FindFile("f")->Truncate(1);
  EXPECT_EQ(Finish(read), 4);
  EXPECT_EQ(Text({in_.data(), 4}), "aaaa");
  EXPECT_EQ(kernel_.rows()[U(6)], 1u);
}

// A thread takes the position when it begins, and says where it is at the end.
TEST_F(KernelTornTest, TwoReadsTakeThePositionBetweenOthers) {
  WriteDurably(file_, "abcdef");
  Bytes one(2);
  Bytes two(2);
  Bytes three(2);
  chooser_.Next("transfer.pause", 0);
  chooser_.Next("transfer.pause", 1);
  chooser_.Next("position.early", 0);  // Asked when it is submitted.
  chooser_.Next("position.early", 0);
  chooser_.Next("position.early", 0);
  chooser_.Next("position.early", 1);
  chooser_.Next("transfer.pause.time", 1);
  const OperationId first = ReadOn(&one);
  const OperationId second = ReadOn(&two);
  const OperationId third = ReadOn(&three);
  EXPECT_EQ(Finish(first), 2);
  EXPECT_EQ(Finish(third), 2);
  EXPECT_EQ(Finish(second), 2);
  EXPECT_EQ(Text(one), "ab");
  EXPECT_EQ(Text(two), "cd");
  EXPECT_EQ(Text(three), "cd");
}

TEST_F(KernelTornTest, APositionIsSetWhenTheReadIsReported) {
  WriteDurably(file_, "abcdef");
  Bytes one(2);
  Bytes two(2);
  Bytes three(2);
  chooser_.Next("completion.later", 1);
  chooser_.Next("position.late", 1);
  chooser_.Next("completion.latency", 1);
  const OperationId first = ReadOn(&one);
  const OperationId second = ReadOn(&two);
  EXPECT_EQ(Finish(second), 2);
  EXPECT_EQ(Text(two), "ab");
  EXPECT_EQ(Finish(first), 2);
  EXPECT_EQ(Text(one), "ab");
  Finish(ReadOn(&three));
  EXPECT_EQ(Text(three), "cd");
}

// What a chooser that steers asks: how much of the write explains these bytes.
TEST_F(KernelTornTest, TellsWhichPartAReadHasSeen) {
  WriteDurably(file_, "aaaaaa");
  struct Asking final : Chooser {
    uint32_t Choose(uint32_t, std::string_view label) override {
      if (label != "write.torn") return 0;
      for (const char* text : {"aaaaaa", "baaaaa", "bbbbba", "abbbbb", "b"}) {
        told.push_back(kernel->TornForRead(read, Of(text)));
      }
      return 0;
    }
    Kernel* kernel = nullptr;
    OperationId read;
    std::vector<uint64_t> told;
  } asking;
  Kernel kernel({.chooser = &asking});
  asking.kernel = &kernel;
  const std::unique_ptr<CompletionPort> port = kernel.OpenPort();
  const Handle file = *kernel.OpenFile("f");
  kernel.FindFile("f")->Write(0, Of("aaaaaa"));
  Operation operations[2];
  for (int i = 0; i < 2; ++i) {
    operations[i].id = OperationId{static_cast<uint64_t>(i) + 1};
    operations[i].opcode = i == 0 ? Opcode::kWrite : Opcode::kRead;
    operations[i].handle = file.native();
    operations[i].data = i == 0 ? out_.data() : in_.data();
    operations[i].length = 6;
  }
  asking.read = OperationId{2};
  ASSERT_EQ(port->Submit(operations), 2u);
  std::array<Completion, 4> completions;
  ASSERT_TRUE(port->Reap(completions, Wait::Forever()).ok());
  EXPECT_EQ(asking.told, (std::vector<uint64_t>{0, 1, 5, 0, 0}));
  EXPECT_EQ(kernel.TornForRead(OperationId{2}, Of("baaaaa")), 0u);
}

}  // namespace
}  // namespace wharf::sim
