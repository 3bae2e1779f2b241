// What the simulated kernel catches without any sanitizer.

#include <array>
#include <cstddef>
#include <string>

#include "engine/io_vector.h"
#include "gtest/gtest.h"
#include "sim/kernel/kernel_test_util.h"

namespace wharf::sim {
namespace {

class KernelStrictTest : public KernelTest {
 protected:
  KernelStrictTest() : file_(*kernel_.OpenFile("f")) {
    std::tie(a_, b_) = kernel_.SocketPair();
  }
  Handle file_;
  Handle a_;
  Handle b_;
};

TEST_F(KernelStrictTest, AReceiveBufferReusedTooEarly) {
  Bytes memory(32);
  const OperationId id = Submit(Opcode::kReceive, b_, &memory);
  Reap();
  memory[5] = std::byte{1};
  Reap();
  ExpectViolations({ViolationKind::kMemoryChanged});
  port_->Cancel(id);
  Finish(id);
}

TEST_F(KernelStrictTest, AReceiveBufferIsGarbageUntilTheEnd) {
  Bytes memory(32);
  const OperationId id = Submit(Opcode::kReceive, b_, &memory);
  Reap();
  const Bytes first = memory;
  EXPECT_NE(first, Bytes(32));
  Reap();
  EXPECT_NE(memory, first) << "late writes";
  port_->Cancel(id);
  Finish(id);
}

TEST_F(KernelStrictTest, ASendBufferReusedTooEarly) {
  chooser_.Next("operation.latency", 1);
  Bytes memory = Of("abcd");
  const OperationId id = Submit(Opcode::kWrite, file_, &memory);
  Reap();
  memory[0] = std::byte{'x'};
  EXPECT_EQ(Finish(id), 4);
  ExpectViolations({ViolationKind::kMemoryChanged});
}

TEST_F(KernelStrictTest, MemoryReusedBetweenCompletionAndDelivery) {
  Bytes one = Of("abcd"), two = Of("abcd");
  const OperationId first = Submit(Opcode::kWrite, file_, &one);
  const OperationId second = Submit(Opcode::kRead, file_, &two);
  chooser_.Next("reap.fewer", 1);
  EXPECT_EQ(Reap(), 1u);
  EXPECT_TRUE(Ended(first));
  EXPECT_EQ(Text(two), "abcd") << "the data is there";
  two[0] = std::byte{'x'};
  EXPECT_EQ(Finish(second), 4);
  ExpectViolations({ViolationKind::kMemoryChanged});
}

TEST_F(KernelStrictTest, AVectorArrayReusedTooEarlyIsNotFollowed) {
  chooser_.Next("operation.latency", 1);
  Bytes memory(8);
  std::array<IoVector, 2> vectors = {IoVector{memory.data(), 4},
                                     IoVector{memory.data() + 4, 4}};
  Operation write;
  write.id = OperationId{1000};
  write.opcode = Opcode::kWriteVectored;
  write.handle = file_.native();
  write.data = vectors.data();
  write.length = 2;
  port_->Submit({&write, 1});
  Reap();
  vectors[1] = IoVector{nullptr, 1 << 20};
  EXPECT_EQ(Finish(write.id), Negated(Error::kBadAddress));
  EXPECT_FALSE(kernel_.violations().empty());
  for (const Violation& violation : kernel_.violations()) {
    EXPECT_EQ(violation.kind, ViolationKind::kMemoryChanged);
  }
  ExpectViolations(std::vector<ViolationKind>(kernel_.violations().size(),
                                              ViolationKind::kMemoryChanged));
}

TEST_F(KernelStrictTest, TwoOperationsThatReadIntoTheSameMemory) {
  Bytes memory(8);
  const OperationId first = Submit(Opcode::kReceive, a_, &memory);
  const OperationId second = Submit(Opcode::kReceive, b_, &memory);
  Reap();
  ASSERT_FALSE(kernel_.violations().empty());
  EXPECT_EQ(kernel_.violations()[0].kind, ViolationKind::kMemoryShared);
  EXPECT_EQ(kernel_.violations()[0].id, second);
  port_->Cancel(first);
  port_->Cancel(second);
  Finish(first);
  Finish(second);
  // They overwrite each other from then on.
  std::vector<ViolationKind> kinds(kernel_.violations().size(),
                                   ViolationKind::kMemoryChanged);
  kinds[0] = ViolationKind::kMemoryShared;
  ExpectViolations(kinds);
}

TEST_F(KernelStrictTest, AnOperationOnAHandleThatIsNotOpen) {
  const Handle stale = Handle::Borrow(file_.native());
  file_.Reset();
  Bytes memory(4);
  EXPECT_EQ(Finish(Submit(Opcode::kRead, stale, &memory)),
            Negated(Error::kBadHandle));
  ExpectViolations({ViolationKind::kClosedHandle});
  EXPECT_EQ(kernel_.rows()[U(25)], 1u);
}

TEST_F(KernelStrictTest, AHandleClosedTwice) {
  const NativeHandle native = file_.native();
  file_.Reset();
  kernel_.CloseHandle(native);
  ExpectViolations({ViolationKind::kClosedHandle});
}

TEST_F(KernelStrictTest, AnIdentityUsedTwice) {
  Operation nop;
  nop.id = OperationId{5};
  port_->Submit({&nop, 1});
  port_->Submit({&nop, 1});
  ExpectViolations({ViolationKind::kDuplicateId});
  EXPECT_EQ(Reap(), 2u) << "both end all the same";
  port_->Submit({&nop, 1});
  EXPECT_EQ(Reap(), 1u);
}

TEST_F(KernelStrictTest, AnOperationThatMakesNoSenseIsRefused) {
  Bytes nothing;
  EXPECT_EQ(Finish(Submit(Opcode::kRead, file_, &nothing)),
            Negated(Error::kInvalidArgument));
  ExpectViolations({ViolationKind::kEmptyTransfer});
}

TEST_F(KernelStrictTest, MoreVectorsThanThePortTakesAreNotLookedAt) {
  IoVector one = {&one, 1};
  Operation send;
  send.id = OperationId{1000};
  send.opcode = Opcode::kSendVectored;
  send.handle = a_.native();
  send.data = &one;
  send.length = 1 << 20;  // Says it.
  port_->Submit({&send, 1});
  EXPECT_EQ(Finish(send.id), Negated(Error::kInvalidArgument));
  ExpectViolations({ViolationKind::kUnsupported});
}

class KernelUnsupportedTest : public KernelTest {
 protected:
  KernelUnsupportedTest() : KernelTest(Personality::kIocp) {}
};

TEST_F(KernelUnsupportedTest, AnOpcodeThatThePortDoesNotHave) {
  const Handle file = *kernel_.OpenFile("f");
  EXPECT_EQ(Finish(Submit(Opcode::kSync, file, nullptr)),
            Negated(Error::kInvalidArgument));
  ExpectViolations({ViolationKind::kUnsupported});
}

class KernelLenientTest : public KernelTest {
 protected:
  KernelLenientTest() : KernelTest(Personality::kIoUring, {.strict = false}) {}
};

TEST_F(KernelLenientTest, NothingIsCheckedOrOverwritten) {
  auto [a, b] = kernel_.SocketPair();
  Bytes memory(4);
  const OperationId id = Submit(Opcode::kReceive, b, &memory);
  Reap();
  EXPECT_EQ(memory, Bytes(4));
  memory[0] = std::byte{1};
  port_->Cancel(id);
  Finish(id);
}

class KernelRudeTest : public KernelTest {
 protected:
  KernelRudeTest()
      : KernelTest(Personality::kIoUring, {.forbid_closed_handles = false}) {}
};

TEST_F(KernelRudeTest, ClosedHandlesAreOnlyAnsweredAsTheRealKernelWould) {
  Handle file = *kernel_.OpenFile("f");
  Bytes memory(4);
  const OperationId write = Submit(Opcode::kWrite, file, &memory);
  kernel_.CloseHandle(file.native());
  EXPECT_EQ(Finish(write), 4);
  EXPECT_EQ(Finish(Submit(Opcode::kRead, file, &memory)),
            Negated(Error::kBadHandle));
  EXPECT_EQ(kernel_.rows()[U(20)], 1u);
  EXPECT_EQ(kernel_.rows()[U(25)], 1u);
  file.Reset();
}

}  // namespace
}  // namespace wharf::sim
