#include "tests/replay/nop_kernel.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <vector>

#include "backends/io_uring/port.h"
#include "engine/error.h"
#include "gtest/gtest.h"

namespace wharf::replay {
namespace {

// The real backend on a real ring, and a script between them.
class NopKernelTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!NopKernel::IsSupported()) {
      GTEST_SKIP() << "this kernel has no IORING_NOP_INJECT_RESULT (Linux 6.11)"
                      " or no io_uring at all";
    }
    IoUringOptions options;
    options.entries = 8;
    options.close_grace = std::chrono::milliseconds(1);
    auto port = IoUringPort::Open(options, kernel_);
    ASSERT_TRUE(port.ok()) << port.status();
    port_ = *std::move(port);
    Reap();
  }

  // Reads from a handle that is none.
  void Submit(std::vector<uint64_t> ids) {
    for (const uint64_t id : ids) {
      Operation operation;
      operation.id = OperationId{id};
      operation.opcode = Opcode::kRead;
      operation.handle = 12345;
      ASSERT_EQ(port_->Submit({&operation, 1}), 1u);
    }
  }
  void Answer(std::vector<NopKernel::Answer> answers, bool early = false) {
    kernel_.Answers(answers, early);
  }
  std::vector<Completion> Reap(Wait wait = Wait::None()) {
    std::array<Completion, 8> buffer;
    auto count = port_->Reap(buffer, wait);
    EXPECT_TRUE(count.ok()) << count.status();
    return {buffer.begin(), buffer.begin() + (count.ok() ? *count : 0)};
  }

  NopKernel kernel_;
  std::unique_ptr<IoUringPort> port_;
};

TEST_F(NopKernelTest, OperationsEndAsTheScriptSays) {
  Submit({1, 2, 3});
  EXPECT_TRUE(Reap().empty());
  Answer({{OperationId{3}, 17}, {OperationId{1}, -EIO}});
  const std::vector<Completion> two = Reap();
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0].id, OperationId{3});
  EXPECT_EQ(two[0].result, 17);
  EXPECT_EQ(two[1].id, OperationId{1});
  EXPECT_EQ(two[1].result, -static_cast<int64_t>(Error::kIo));
  EXPECT_EQ(two[1].native_error, EIO);
  EXPECT_EQ(kernel_.problem(), "");
}

// In the same Reap that brings it to the kernel; and before any.
TEST_F(NopKernelTest, AsSoonAsTheScriptSays) {
  Submit({1, 2});
  Answer({{OperationId{1}, 5}}, /*early=*/true);
  EXPECT_EQ(kernel_.counts().early, 0u);
  EXPECT_EQ(Reap().size(), 1u);
  const uint64_t enters = port_->stats().enters;
  Answer({{OperationId{2}, 6}}, /*early=*/true);
  EXPECT_EQ(kernel_.counts().early, 1u);
  EXPECT_EQ(Reap().size(), 1u);
  EXPECT_EQ(port_->stats().enters, enters);
}

TEST_F(NopKernelTest, WhatIsNotInFlightCannotEnd) {
  Answer({{OperationId{1}, 5}});
  EXPECT_TRUE(Reap().empty());
  EXPECT_NE(kernel_.problem(), "");
}

// A cancel that was refused is asked for again when its time has come.
TEST_F(NopKernelTest, CancelsAreAnsweredInEveryWay) {
  Submit({1, 2, 3});
  EXPECT_TRUE(Reap().empty());
  for (const uint64_t id : {1, 2, 3}) port_->Cancel(OperationId{id});
  EXPECT_TRUE(Reap().empty());
  EXPECT_EQ(kernel_.counts().cancels, 3u);
  EXPECT_TRUE(Reap().empty());
  kernel_.SetNow(Time(std::chrono::seconds(1)));
  EXPECT_TRUE(Reap().empty());
  EXPECT_EQ(kernel_.counts().cancels, 5u);
  kernel_.SetNow(Time(std::chrono::seconds(2)));
  EXPECT_TRUE(Reap().empty());
  EXPECT_EQ(kernel_.counts().cancels, 5u);
}

// The eventfd and its poll are real.
TEST_F(NopKernelTest, AWakeIsARealOne) {
  port_->Wake();
  EXPECT_TRUE(Reap(Wait::Forever()).empty());
  EXPECT_EQ(port_->stats().unknown_completions, 0u);
  EXPECT_EQ(port_->wake_mode(), uring::WakeSource::Mode::kMultishot);
  EXPECT_EQ(kernel_.counts().answers, 0u);
}

// No wait takes any time, also where nothing comes.
TEST_F(NopKernelTest, NothingIsWaitedFor) {
  Submit({1});
  EXPECT_TRUE(Reap(Wait::Forever()).empty());
  EXPECT_TRUE(Reap(Wait::Until(Time(std::chrono::hours(24)))).empty());
}

TEST_F(NopKernelTest, CloseBringsBackAllButWhatIsToBeLeft) {
  Submit({1, 2, 3});
  EXPECT_TRUE(Reap().empty());
  const OperationId left{2};
  kernel_.BeginClose({&left, 1});
  const CloseReport report = port_->Close();
  ASSERT_EQ(report.operations_left.size(), 1u);
  EXPECT_EQ(report.operations_left[0], left);
  EXPECT_EQ(kernel_.counts().closed, 2u);
}

}  // namespace
}  // namespace wharf::replay
