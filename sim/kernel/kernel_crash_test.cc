#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "engine/io_vector.h"
#include "gtest/gtest.h"
#include "sim/kernel/kernel_test_util.h"

namespace wharf::sim {
namespace {

class KernelCrashTest : public KernelTest {
 protected:
  explicit KernelCrashTest(KernelOptions options = {.sector = 4})
      : KernelTest(Personality::kIoUring, options),
        file_(*kernel_.OpenFile("f")) {}

  // A port for the time after.
  void Reboot() { port_ = kernel_.OpenPort({}); }
  std::string Content() {
    FileImage* file = kernel_.FindFile("f");
    return file == nullptr ? "(gone)" : Text(file->cached());
  }
  absl::StatusCode ReapStatus() {
    std::array<Completion, 4> some;
    return port_->Reap(some, Wait::None()).status().code();
  }

  Handle file_;
};

TEST_F(KernelCrashTest, WhatWasSyncedSurvivesAndPortAndHandleDoNot) {
  WriteDurably(file_, "abcd");
  chooser_.Always("crash.name", 1);
  kernel_.Crash();
  EXPECT_EQ(ReapStatus(), absl::StatusCode::kAborted);
  EXPECT_EQ(kernel_.crashes(), 1u);
  EXPECT_TRUE(kernel_.OpenHandles().empty());
  Reboot();
  Bytes memory(4);
  EXPECT_EQ(Finish(Submit(Opcode::kRead, file_, &memory)),
            Negated(Error::kBadHandle));
  ExpectViolations({ViolationKind::kClosedHandle});
  const Handle again = *kernel_.OpenFile("f", {.create = false});
  EXPECT_EQ(Finish(Submit(Opcode::kRead, again, &memory)), 4);
  EXPECT_EQ(Text(memory), "abcd");
}

TEST_F(KernelCrashTest, AHandleThatOutlivedTheCrashClosesNothing) {
  kernel_.Crash();
  Reboot();
  const Handle again = *kernel_.OpenFile("f");
  file_.Reset();
  EXPECT_EQ(kernel_.OpenHandles().size(), 1u);
}

TEST_F(KernelCrashTest, WhatWasNotSyncedIsUpToTheChooser) {
  WriteDurably(file_, "aaaa");
  Bytes bytes = Of("bbbb");
  Finish(Submit(Opcode::kWrite, file_, &bytes));
  chooser_.Next("crash.change", 1);
  kernel_.Crash();
  EXPECT_EQ(Content(), "aaaa");
}

TEST_F(KernelCrashTest, AWriteUnderWayMayBeOnTheDisk) {
  WriteDurably(file_, "aaaaaaaa");
  Bytes bytes = Of("bbbbbbbb");
  chooser_.Next("operation.latency", 1);
  Submit(Opcode::kWrite, file_, &bytes);
  Reap();
  chooser_.Next("crash.in_flight", 1);
  chooser_.Next("crash.change", 2);
  chooser_.Next("crash.sector", 1);
  kernel_.Crash();
  EXPECT_EQ(Content(), "aaaabbbb");
  EXPECT_EQ(kernel_.live(), 0u);
}

TEST_F(KernelCrashTest, EveryPieceOfAWriteUnderWayHasItsPlace) {
  WriteDurably(file_, "aaaaaaaa");
  Bytes one = Of("bb"), two = Of("cccc");
  std::array<IoVector, 2> vectors = {IoVector{one.data(), 2},
                                     IoVector{two.data(), 4}};
  Operation write;
  write.id = OperationId{1000};
  write.opcode = Opcode::kWriteVectored;
  write.handle = file_.native();
  write.offset = 1;
  write.data = vectors.data();
  write.length = 2;
  chooser_.Next("operation.latency", 1);
  port_->Submit({&write, 1});
  Reap();
  chooser_.Next("crash.in_flight", 1);
  kernel_.Crash();
  EXPECT_EQ(Content(), "abbcccca");
}

TEST_F(KernelCrashTest, ADurableWriteThatWasAnsweredSurvives) {
  Bytes bytes = Of("bbbb");
  Finish(Submit(Opcode::kWrite, file_, &bytes, 0, 0, kOperationDurable));
  chooser_.Always("crash.change", 1);
  chooser_.Always("crash.name", 1);
  kernel_.Crash();
  EXPECT_EQ(Content(), "bbbb");
}

TEST_F(KernelCrashTest, WhatIsWrittenThroughSurvives) {
  const Handle through = *kernel_.OpenFile("f", {.write_through = true});
  Bytes bytes = Of("bbbb");
  Finish(Submit(Opcode::kWrite, through, &bytes));
  Bytes more = Of("cccc");
  Finish(Submit(Opcode::kWrite, file_, &more, 4));
  chooser_.Always("crash.change", 1);
  chooser_.Always("crash.name", 1);
  kernel_.Crash();
  EXPECT_EQ(Content(), "bbbb") << "and nothing of another handle's write";
}

TEST_F(KernelCrashTest, AFileThatWasNeverSyncedMayBeGone) {
  chooser_.Next("crash.name", 1);
  kernel_.Crash();
  EXPECT_EQ(Content(), "(gone)");
}

TEST_F(KernelCrashTest, NothingHappensToADeadPort) {
  SubmitNop();
  kernel_.Crash();
  Operation nop;
  nop.id = OperationId{50};
  EXPECT_EQ(port_->Submit({&nop, 1}), 0u);
  port_->Cancel(OperationId{1});
  EXPECT_EQ(ReapStatus(), absl::StatusCode::kAborted);
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_EQ(kernel_.rows()[U(31)], 0u) << "nothing was pending any more";
}

class KernelCrashAtTest : public KernelCrashTest {
 protected:
  KernelCrashAtTest()
      : KernelCrashTest({.sector = 4, .crash_before_step = 3}) {}
};

TEST_F(KernelCrashAtTest, ThePowerFailsRightBeforeTheGivenStep) {
  Bytes bytes = Of("abcd");
  EXPECT_EQ(Finish(Submit(Opcode::kWrite, file_, &bytes)), 4);
  EXPECT_EQ(Finish(Submit(Opcode::kSync, file_, nullptr)), 0);
  EXPECT_EQ(kernel_.steps(), 2u);
  Bytes more = Of("efgh");
  Submit(Opcode::kWrite, file_, &more);
  EXPECT_EQ(ReapStatus(), absl::StatusCode::kAborted);
  EXPECT_EQ(Content(), "abcd");
  Reboot();
  const Handle again = *kernel_.OpenFile("f");
  EXPECT_EQ(Finish(Submit(Opcode::kWrite, again, &more)), 4) << "only once";
}

class KernelMayCrashTest : public KernelCrashTest {
 protected:
  KernelMayCrashTest() : KernelCrashTest({.may_crash = true}) {}
};

TEST_F(KernelMayCrashTest, TheChooserDecidesWhenThePowerFails) {
  chooser_.Next("machine.crash", 0);
  chooser_.Next("machine.crash", 1);
  EXPECT_EQ(Finish(SubmitNop()), 0);
  SubmitNop();
  SubmitNop();
  EXPECT_EQ(ReapStatus(), absl::StatusCode::kAborted);
}

}  // namespace
}  // namespace wharf::sim
