#include <array>
#include <cstddef>
#include <string>

#include "engine/buffer.h"
#include "engine/io_vector.h"
#include "gtest/gtest.h"
#include "sim/kernel/kernel_test_util.h"

namespace wharf::sim {
namespace {

class KernelFilesTest : public KernelTest {
 protected:
  explicit KernelFilesTest(Personality personality = Personality::kIoUring,
                           KernelOptions options = {.disk_bytes = 100,
                                                    .max_file_bytes = 1000})
      : KernelTest(personality, options), file_(*kernel_.OpenFile("f")) {}

  int64_t Write(std::string_view text, uint64_t offset) {
    Bytes bytes = Of(text);
    return Finish(Submit(Opcode::kWrite, file_, &bytes, offset));
  }
  // Reads up to `length` bytes and gives them, or the error's name.
  std::string Read(std::size_t length, uint64_t offset) {
    Bytes bytes(length);
    const int64_t result = Finish(Submit(Opcode::kRead, file_, &bytes, offset));
    if (result < 0) return std::string(ErrorName(ErrorFromValue(-result)));
    return Text(std::span(bytes).first(static_cast<std::size_t>(result)));
  }
  std::string Cached() { return Text(kernel_.FindFile("f")->cached()); }
  std::string Durable() { return Text(kernel_.FindFile("f")->durable()); }

  Handle file_;
};

TEST_F(KernelFilesTest, ReadsWhatWasWritten) {
  EXPECT_EQ(Write("hello", 2), 5);
  EXPECT_EQ(Read(4, 3), "ello");
  EXPECT_EQ(Read(100, 0), "..hello");
  EXPECT_EQ(Read(4, 7), "") << "the end of the file";
  EXPECT_EQ(kernel_.rows()[U(14)], 1u);
}

TEST_F(KernelFilesTest, VectorsAreFilledAndEmptiedInOrder) {
  Bytes a = Of("abc"), b = Of("defg");
  std::array<IoVector, 2> vectors = {IoVector{a.data(), 3},
                                     IoVector{b.data(), 4}};
  Bytes array(2);  // Stands in: only address and count matter.
  Operation write;
  write.id = OperationId{1000};
  write.opcode = Opcode::kWriteVectored;
  write.handle = file_.native();
  write.data = vectors.data();
  write.length = 2;
  port_->Submit({&write, 1});
  EXPECT_EQ(Finish(write.id), 7);
  EXPECT_EQ(Cached(), "abcdefg");
  write.id = OperationId{1001};
  write.opcode = Opcode::kReadVectored;
  write.offset = 2;
  port_->Submit({&write, 1});
  EXPECT_EQ(Finish(write.id), 5);
  EXPECT_EQ(Text(a), "cde");
  EXPECT_EQ(Text(std::span(b).first(2)), "fg");
}

TEST_F(KernelFilesTest, TheCurrentPositionMovesByWhatWasTransferred) {
  EXPECT_EQ(Write("hello", kCurrentPosition), 5);
  EXPECT_EQ(Write("you", kCurrentPosition), 3);
  EXPECT_EQ(Cached(), "helloyou");
  const Handle other = *kernel_.OpenFile("f");
  Bytes three(3);
  EXPECT_EQ(Finish(Submit(Opcode::kRead, other, &three, kCurrentPosition)), 3);
  EXPECT_EQ(Finish(Submit(Opcode::kRead, other, &three, kCurrentPosition)), 3);
  EXPECT_EQ(Text(three), "loy");
}

TEST_F(KernelFilesTest, OnlyASyncMakesDurable) {
  Write("abc", 0);
  EXPECT_EQ(Durable(), "");
  EXPECT_EQ(Finish(Submit(Opcode::kSync, file_, nullptr)), 0);
  EXPECT_EQ(Durable(), "abc");
}

TEST_F(KernelFilesTest, ADurableWriteIsDurableWhenItCompletes) {
  Write("abc", 0);
  Bytes bytes = Of("xyz");
  EXPECT_EQ(
      Finish(Submit(Opcode::kWrite, file_, &bytes, 10, 0, kOperationDurable)),
      3);
  EXPECT_EQ(Durable(), "..........xyz");
}

// R-rule of fsync: it covers what had completed when it was issued, no more.
TEST_F(KernelFilesTest, ASyncDoesNotCoverAWriteThatIsStillUnderWay) {
  Bytes early = Of("a"), late = Of("b");
  Finish(Submit(Opcode::kWrite, file_, &early, 0));
  chooser_.Next("operation.latency", 1);
  chooser_.Next("operation.latency", 2);
  const OperationId write = Submit(Opcode::kWrite, file_, &late, 1);
  const OperationId sync = Submit(Opcode::kSync, file_, nullptr);
  EXPECT_EQ(Finish(write), 1);
  EXPECT_EQ(Finish(sync), 0);
  EXPECT_EQ(Cached(), "ab");
  EXPECT_EQ(Durable(), "a");
}

TEST_F(KernelFilesTest, TransfersMayBeShort) {
  chooser_.Next("write.outcome", 1);
  chooser_.Next("write.bytes", 1);
  EXPECT_EQ(Write("hello", 0), 3);
  EXPECT_EQ(Cached(), "hel");
  chooser_.Next("read.outcome", 1);
  EXPECT_EQ(Read(3, 0), "he");
  EXPECT_EQ(kernel_.rows()[U(13)], 2u);
}

TEST_F(KernelFilesTest, AFailedWriteMayHaveWrittenSomething) {
  chooser_.Next("write.outcome", 3);
  EXPECT_EQ(Write("hello", 0), Negated(Error::kIo));
  EXPECT_EQ(Cached(), "");
  chooser_.Next("write.outcome", 3);
  chooser_.Next("write.failed.applied", 1);
  chooser_.Next("write.failed.bytes", 2);
  EXPECT_EQ(Write("hello", 0), Negated(Error::kIo));
  EXPECT_EQ(Cached(), "hel");
  EXPECT_EQ(kernel_.rows()[U(34)], 2u);
}

TEST_F(KernelFilesTest, AFullDiskTakesWhatFitsAndThenNothing) {
  EXPECT_EQ(Write(std::string(90, 'a'), 0), 90);
  EXPECT_EQ(Write(std::string(20, 'b'), 90), 10);
  EXPECT_EQ(Write("c", 100), Negated(Error::kNoSpace));
  EXPECT_EQ(Write("c", 99), 1) << "rewriting needs no room";
  EXPECT_EQ(Finish(Submit(Opcode::kAllocate, file_, nullptr, 200, 0)), 0)
      << "nothing";
}

TEST_F(KernelFilesTest, AFileMayNotPassItsGreatestSize) {
  EXPECT_EQ(Write("c", 1000), Negated(Error::kFileTooLarge));
  EXPECT_EQ(Write("c", kCurrentPosition - 1), Negated(Error::kFileTooLarge));
}

TEST_F(KernelFilesTest, AllocatesAndPunches) {
  Write("abcdef", 0);
  Operation allocate;
  allocate.id = OperationId{1000};
  allocate.opcode = Opcode::kAllocate;
  allocate.handle = file_.native();
  allocate.offset = 2;
  allocate.length = 2;
  allocate.mode = static_cast<uint32_t>(AllocateMode::kPunchHole);
  port_->Submit({&allocate, 1});
  EXPECT_EQ(Finish(allocate.id), 0);
  EXPECT_EQ(Cached(), "ab..ef");
  allocate.id = OperationId{1001};
  allocate.mode = static_cast<uint32_t>(AllocateMode::kAllocate);
  allocate.offset = 90;
  allocate.length = 20;
  port_->Submit({&allocate, 1});
  EXPECT_EQ(Finish(allocate.id), Negated(Error::kNoSpace));
  allocate.id = OperationId{1002};
  allocate.length = 2000;
  port_->Submit({&allocate, 1});
  EXPECT_EQ(Finish(allocate.id), Negated(Error::kFileTooLarge));
}

TEST_F(KernelFilesTest, AFailedSyncLosesWhatItCovered) {
  Write("abc", 0);
  chooser_.Next("sync.outcome", 1);
  EXPECT_EQ(Finish(Submit(Opcode::kSync, file_, nullptr)), Negated(Error::kIo));
  EXPECT_EQ(Finish(Submit(Opcode::kSync, file_, nullptr)), 0);
  EXPECT_EQ(Cached(), "abc");
  EXPECT_EQ(Durable(), "");
}

TEST_F(KernelFilesTest, AnInterruptedSyncHasDoneNothing) {
  Write("abc", 0);
  chooser_.Next("sync.outcome", 4);
  EXPECT_EQ(Finish(Submit(Opcode::kSync, file_, nullptr)),
            Negated(Error::kInterrupted));
  EXPECT_EQ(Finish(Submit(Opcode::kSync, file_, nullptr)), 0);
  EXPECT_EQ(Durable(), "abc");
}

TEST_F(KernelFilesTest, ABadRangeIsReadUpToAndThenFails) {
  Write("abcdef", 0);
  kernel_.FindFile("f")->MarkBad({3, 2});
  EXPECT_EQ(Read(6, 0), "abc");
  EXPECT_EQ(Read(6, 3), "Io");
  EXPECT_EQ(Read(1, 5), "f");
  Write("xy", 3);
  EXPECT_EQ(Read(6, 0), "abcxyf");
}

TEST_F(KernelFilesTest, ADirectTransferMustBeAligned) {
  const Handle direct = *kernel_.OpenFile("d", {.direct = true});
  Buffer buffer = Buffer::Allocate(1024, 512);
  Operation read;
  read.id = OperationId{1000};
  read.opcode = Opcode::kRead;
  read.handle = direct.native();
  read.data = buffer.data();
  read.length = 512;
  const auto result = [&](uint64_t offset, std::size_t skip,
                          std::size_t length) {
    read.id = read.id.Next();
    read.offset = offset;
    read.data = buffer.data() + skip;
    read.length = length;
    port_->Submit({&read, 1});
    return Finish(read.id);
  };
  EXPECT_EQ(result(0, 0, 512), 0);
  EXPECT_EQ(result(100, 0, 512), Negated(Error::kInvalidArgument));
  EXPECT_EQ(result(0, 8, 512), Negated(Error::kInvalidArgument));
  EXPECT_EQ(result(0, 0, 100), Negated(Error::kInvalidArgument));
  EXPECT_EQ(kernel_.rows()[U(35)], 3u);
}

TEST_F(KernelFilesTest, AFileIsAlwaysReadyAndNoSocket) {
  EXPECT_EQ(Finish(Submit(Opcode::kPoll, file_, nullptr, 0, kPollWritable)),
            kPollWritable);
  Bytes bytes(1);
  EXPECT_EQ(Finish(Submit(Opcode::kReceive, file_, &bytes)),
            Negated(Error::kNotSocket));
}

TEST_F(KernelFilesTest, AFileThatIsMissingIsOnlyMadeOnRequest) {
  EXPECT_EQ(kernel_.OpenFile("x", {.create = false}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(kernel_.FindFile("x"), nullptr);
  EXPECT_TRUE(kernel_.OpenFile("x").ok());
  EXPECT_TRUE(kernel_.OpenFile("x", {.create = false}).ok());
  EXPECT_TRUE(kernel_.RemoveFile("x"));
  EXPECT_FALSE(kernel_.RemoveFile("x"));
}

class KernelAioFilesTest : public KernelFilesTest {
 protected:
  KernelAioFilesTest() : KernelFilesTest(Personality::kLinuxAio) {}
};

TEST_F(KernelAioFilesTest, ASubmissionMayBlockUntilTheTransferIsDone) {
  chooser_.Next("submit.blocks", 1);
  chooser_.Next("submit.blocks.time", 6);
  Bytes bytes = Of("abc");
  const OperationId id = Submit(Opcode::kWrite, file_, &bytes, 0);
  EXPECT_EQ(kernel_.Now(), Time());
  EXPECT_EQ(Reap(), 1u) << "done when the call returns";
  EXPECT_EQ(Result(id), 3);
  EXPECT_EQ(kernel_.Now(), After(std::chrono::milliseconds(5)));
  EXPECT_EQ(kernel_.rows()[A(7)], 1u);
}

// What the port does itself comes before what it hands to the kernel.
TEST_F(KernelAioFilesTest, ItsOwnCallsComeFirst) {
  WriteDurably(file_, "abc");
  Bytes bytes = Of("xyz");
  Bytes read = Bytes(3);
  const OperationId write = Submit(Opcode::kWrite, file_, &bytes, 0);
  const OperationId own = Submit(Opcode::kRead, file_, &read, kCurrentPosition);
  EXPECT_EQ(Reap(), 2u);
  EXPECT_EQ(Text(read), "abc");
  ASSERT_EQ(order().size(), 4u);
  EXPECT_EQ(order()[2], own);
  EXPECT_EQ(order()[3], write);
}

TEST_F(KernelAioFilesTest, ASyncMayBeRefused) {
  chooser_.Next("sync.outcome", 1);
  EXPECT_EQ(Finish(Submit(Opcode::kSync, file_, nullptr)),
            Negated(Error::kInvalidArgument));
  EXPECT_EQ(kernel_.rows()[A(15)], 1u);
}

}  // namespace
}  // namespace wharf::sim
