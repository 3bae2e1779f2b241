// Programs and ports with the classic mistakes of completion-based I/O planted
// in them: each is reported as what it is, with the operation concerned and its
// history, and no sanitizer is needed.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/io_vector.h"
#include "gtest/gtest.h"
#include "sim/forwarding_port.h"
#include "sim/guarded_memory.h"
#include "sim/kernel/kernel_test_util.h"

namespace wharf::sim {
namespace {

class PlantedBugTest : public KernelTest {
 protected:
  explicit PlantedBugTest(const KernelOptions& options = {})
      : KernelTest(Personality::kIoUring, options),
        file_(*kernel_.OpenFile("f")) {
    std::tie(a_, b_) = kernel_.SocketPair();
  }

  OperationId SubmitBytes(Opcode opcode, const Handle& handle,
                          std::span<std::byte> bytes) {
    Operation operation;
    operation.id = OperationId{++next_};
    operation.opcode = opcode;
    operation.handle = handle.native();
    operation.data = bytes.data();
    operation.length = bytes.size();
    port_->Submit({&operation, 1});
    return operation.id;
  }

  // The first complaint since the last one that was expected: what, about whom.
  void ExpectFirst(ViolationKind kind, OperationId id) {
    ASSERT_FALSE(kernel_.violations().empty());
    const Violation& first = kernel_.violations().front();
    EXPECT_EQ(first.kind, kind) << Describe(kernel_.violations());
    EXPECT_EQ(first.id, id);
    if (id.value == 0) return;
    EXPECT_NE(first.history.find("submit"), std::string::npos)
        << Describe(kernel_.violations());
  }
  // No complaint but of these kinds.
  void ExpectOnly(const std::vector<ViolationKind>& kinds) {
    std::vector<ViolationKind> found;
    for (const Violation& violation : kernel_.violations()) {
      EXPECT_TRUE(std::count(kinds.begin(), kinds.end(), violation.kind) > 0)
          << Describe({violation});
      found.push_back(violation.kind);
    }
    ExpectViolations(found);
  }

  Handle file_;
  Handle a_;
  Handle b_;

 private:
  uint64_t next_ = 1000;
};

// --- programs ----------------------------------------------------------------

// "I have cancelled it, so the buffer is mine again."
TEST_F(PlantedBugTest, ABufferFreedRightAfterTheCancel) {
  Buffer buffer = kernel_.AllocateBuffer(64);
  const OperationId id = SubmitBytes(Opcode::kReceive, b_, buffer.bytes());
  Reap();
  port_->Cancel(id);
  buffer.Reset();
  ExpectFirst(ViolationKind::kMemoryReleased, id);
  EXPECT_EQ(Finish(id), Negated(Error::kCancelled));
  kernel_.Settle();
  ExpectOnly({ViolationKind::kMemoryReleased});
}

// The same with a pool, which hands the buffer to somebody else.
TEST_F(PlantedBugTest, ABufferReusedRightAfterTheCancel) {
  Bytes pooled(64);
  const OperationId first = SubmitBytes(Opcode::kReceive, b_, pooled);
  Reap();
  chooser_.Next("cancel.waiting", 1);
  chooser_.Next("cancel.late.time", 3);
  port_->Cancel(first);
  const OperationId second =
      SubmitBytes(Opcode::kWrite, file_, std::span(pooled).subspan(16, 8));
  ExpectFirst(ViolationKind::kMemoryShared, second);
  ASSERT_FALSE(kernel_.violations().empty());
  EXPECT_NE(kernel_.violations()[0].message.find("Receive #1001"),
            std::string::npos)
      << kernel_.violations()[0].message;
  Finish(second);
  Finish(first);
  ExpectOnly({ViolationKind::kMemoryShared, ViolationKind::kMemoryChanged});
}

// "The write was submitted, so the bytes are gone": the next message is built
// in the same place.
TEST_F(PlantedBugTest, AMessageBuiltInABufferThatIsStillBeingSent) {
  Bytes message = Of("first");
  chooser_.Next("operation.latency", 2);
  const OperationId id = SubmitBytes(Opcode::kWrite, file_, message);
  Reap();
  const Bytes next = Of("again");
  std::copy(next.begin(), next.end(), message.begin());
  Finish(id);
  ExpectFirst(ViolationKind::kMemoryChanged, id);
  ExpectOnly({ViolationKind::kMemoryChanged});
}

// One vector array for all sends, filled anew for each.
TEST_F(PlantedBugTest, AVectorArrayFilledAnewTooEarly) {
  Bytes one = Of("one"), two = Of("two");
  std::array<IoVector, 1> array = {IoVector{one.data(), one.size()}};
  chooser_.Next("operation.latency", 2);
  Operation write;
  write.id = OperationId{1};
  write.opcode = Opcode::kWriteVectored;
  write.handle = file_.native();
  write.data = array.data();
  write.length = 1;
  port_->Submit({&write, 1});
  Reap();
  array[0] = IoVector{two.data(), two.size()};
  EXPECT_EQ(Finish(OperationId{1}), Negated(Error::kBadAddress));
  ExpectFirst(ViolationKind::kMemoryChanged, OperationId{1});
  ExpectOnly({ViolationKind::kMemoryChanged});
}

// "The bytes must be there by now."
TEST_F(PlantedBugTest, ABufferReadBeforeItsCompletionIsGarbage) {
  Buffer buffer = kernel_.AllocateBuffer(2);
  Bytes data = Of("xy");
  const OperationId id = SubmitBytes(Opcode::kReceive, b_, buffer.bytes());
  Reap();
  EXPECT_NE(Text(buffer.bytes()), "xy");
  EXPECT_EQ(Finish(SubmitBytes(Opcode::kSend, a_, data)), 2);
  EXPECT_EQ(Finish(id), 2);
  EXPECT_EQ(Text(buffer.bytes()), "xy");
  const std::span<std::byte> stale = buffer.bytes();
  buffer.Reset();
  EXPECT_EQ(stale[0], GuardedMemory::kReleased);
}

TEST_F(PlantedBugTest, AFinalZeroBehindTheLastByte) {
  Buffer buffer = kernel_.AllocateBuffer(8);
  Bytes data = Of("12345678");
  SubmitBytes(Opcode::kSend, a_, data);
  const auto got = static_cast<std::size_t>(
      Finish(SubmitBytes(Opcode::kReceive, b_, buffer.bytes())));
  buffer.data()[got] = std::byte{0};
  kernel_.Settle();
  ExpectFirst(ViolationKind::kOverrun, {});
  ExpectOnly({ViolationKind::kOverrun});
}

TEST_F(PlantedBugTest, AWriteThroughAStalePointer) {
  Buffer buffer = kernel_.AllocateBuffer(8);
  std::byte* const stale = buffer.data();
  buffer.Reset();
  *stale = std::byte{1};
  kernel_.Settle();
  ExpectFirst(ViolationKind::kWrittenAfterRelease, {});
  ExpectOnly({ViolationKind::kWrittenAfterRelease});
}

class PlantedLeakTest : public PlantedBugTest {
 protected:
  PlantedLeakTest() : PlantedBugTest({.forbid_left_at_close = true}) {}
};

TEST_F(PlantedLeakTest, OperationsForgottenAtTheEnd) {
  Bytes one(4), two(4);
  const OperationId first = SubmitBytes(Opcode::kReceive, a_, one);
  SubmitBytes(Opcode::kReceive, b_, two);
  Reap();
  port_->Close();
  ExpectFirst(ViolationKind::kLeftAtClose, first);
  ExpectViolations({ViolationKind::kLeftAtClose, ViolationKind::kLeftAtClose});
}

TEST_F(PlantedLeakTest, WhatHasEndedIsNotLeft) {
  Bytes data = Of("x");
  EXPECT_EQ(Finish(SubmitBytes(Opcode::kSend, a_, data)), 1);
  port_->Close();
  ExpectViolations({});
}

// --- ports -------------------------------------------------------------------

// "Cancelled" means "over": the kernel's own completion is thrown away.
class EagerCancelPort final : public ForwardingPort {
 public:
  using ForwardingPort::ForwardingPort;
  void Cancel(OperationId id) override {
    ForwardingPort::Cancel(id);
    over_.push_back(id);
  }
  absl::StatusOr<std::size_t> Reap(std::span<Completion> completions,
                                   Wait wait) override {
    if (told_ < over_.size()) {
      completions[0] = {over_[told_++], Negated(Error::kCancelled), 125, 0};
      return 1;
    }
    absl::StatusOr<std::size_t> count = ForwardingPort::Reap(completions, wait);
    if (!count.ok()) return count;
    const auto end = std::remove_if(
        completions.begin(),
        completions.begin() + static_cast<std::ptrdiff_t>(*count),
        [this](const Completion& completion) {
          return std::count(over_.begin(), over_.end(), completion.id) > 0;
        });
    return static_cast<std::size_t>(end - completions.begin());
  }

 private:
  std::vector<OperationId> over_;
  std::size_t told_ = 0;
};

// Says at the end that nothing is left.
class ForgetfulPort final : public ForwardingPort {
 public:
  using ForwardingPort::ForwardingPort;
  CloseReport Close() override {
    ForwardingPort::Close();
    return {};
  }
};

class PlantedPortBugTest : public PlantedBugTest {
 protected:
  template <class Port>
  std::unique_ptr<Engine> MakeEngine() {
    return *Engine::Create(std::make_unique<Port>(port_.get()),
                           {.in_flight_capacity = 8,
                            .max_requests = 8,
                            .max_remote_requests = 0,
                            .tick = std::chrono::microseconds(50)});
  }
};

TEST_F(PlantedPortBugTest, ACancelTakenForTheEnd) {
  const std::unique_ptr<Engine> engine = MakeEngine<EagerCancelPort>();
  bool over = false;
  const RequestId id =
      *engine->Submit(Request::Receive(b_, kernel_.AllocateBuffer(64)),
                      [&over](wharf::Result&&) { over = true; });
  ASSERT_TRUE(engine->Turn(Wait::None()).ok());
  engine->Cancel(id);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(engine->Turn(Wait::None()).ok());
  EXPECT_TRUE(over);
  ASSERT_EQ(kernel_.violations().size(), 1u);
  EXPECT_EQ(kernel_.violations()[0].kind, ViolationKind::kMemoryReleased);
  ExpectOnly({ViolationKind::kMemoryReleased});
  engine->Shutdown({.budget = Duration(0)});
}

TEST_F(PlantedPortBugTest, OperationsForgottenByThePortsClose) {
  const std::unique_ptr<Engine> engine = MakeEngine<ForgetfulPort>();
  chooser_.Next("operation.latency", 6);
  ASSERT_TRUE(engine
                  ->Submit(Request::Read(file_, kernel_.AllocateBuffer(64),
                                         {.offset = 0}),
                           [](wharf::Result&&) {})
                  .ok());
  ASSERT_TRUE(engine->Turn(Wait::None()).ok());
  chooser_.Next("close.left", 1);
  EXPECT_EQ(engine->Shutdown({.budget = Duration(0)}).quarantined, 0u);
  ASSERT_FALSE(kernel_.violations().empty());
  EXPECT_EQ(kernel_.violations()[0].kind, ViolationKind::kMemoryReleased);
  kernel_.Settle();
  ExpectOnly({ViolationKind::kMemoryReleased});
}

TEST_F(PlantedPortBugTest, WithoutABugNothingIsReported) {
  const std::unique_ptr<Engine> engine = MakeEngine<ForwardingPort>();
  const RequestId id = *engine->Submit(
      Request::Receive(b_, kernel_.AllocateBuffer(64)), [](wharf::Result&&) {});
  chooser_.Next("operation.latency", 6);
  ASSERT_TRUE(engine
                  ->Submit(Request::Read(file_, kernel_.AllocateBuffer(64),
                                         {.offset = 0}),
                           [](wharf::Result&&) {})
                  .ok());
  ASSERT_TRUE(engine->Turn(Wait::None()).ok());
  engine->Cancel(id);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(engine->Turn(Wait::None()).ok());
  chooser_.Next("close.left", 1);
  EXPECT_EQ(engine->Shutdown({.budget = Duration(0)}).quarantined, 1u);
  kernel_.Settle();
  ExpectViolations({});
}

}  // namespace
}  // namespace wharf::sim
