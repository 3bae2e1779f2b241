// An engine on the port on scripted answers: known bugs of other engines on
// completion ports that only show with a whole request, and transfers that no
// test machine has memory for.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "backends/iocp/port_fault_test_util.h"
#include "engine/engine.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using std::chrono::milliseconds;

class PortFaultEngineTest : public PortFaultTest {
 protected:
  using Place = std::shared_ptr<std::optional<Result>>;

  ~PortFaultEngineTest() override {
    // What a test leaves in flight is not waited for.
    engine_.reset();
  }
  void Start(uint32_t max_in_flight = 16) {
    auto port = IocpPort::Open(
        {.max_in_flight = max_in_flight, .close_grace = Duration::zero()},
        kernel_);
    ASSERT_TRUE(port.ok()) << port.status();
    seen_ = port->get();
    engine_ = *Engine::Create(*std::move(port), {});
  }
  Place Submit(Request request) {
    auto place = std::make_shared<std::optional<Result>>();
    last_id_ = *engine_->Submit(std::move(request), [place](Result&& result) {
      place->emplace(std::move(result));
    });
    return place;
  }
  void Turn() { ASSERT_TRUE(engine_->Turn(Wait::None()).ok()); }
  Request Receive() {
    return Request::Receive(Handle::Borrow(kSocket), Buffer::Allocate(8));
  }

  IocpPort* seen_ = nullptr;
  RequestId last_id_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(PortFaultEngineTest, TransfersBeyond4GiBAreSplit) {
  Start();
  constexpr uint64_t kLength = (uint64_t{5} << 30) + 123;
  constexpr uint64_t kOffset = uint64_t{3} << 31;
  // Addresses without memory; nobody looks at the bytes.
  void* const memory =
      VirtualAlloc(nullptr, kLength, MEM_RESERVE, PAGE_NOACCESS);
  ASSERT_NE(memory, nullptr);
  const auto place = Submit(Request::Write(
      Handle::Borrow(kFile),
      Buffer::Unowned({static_cast<std::byte*>(memory), kLength}),
      {.offset = kOffset}));
  uint64_t done = 0;
  for (int calls = 1; !place->has_value(); ++calls) {
    Turn();
    ASSERT_EQ(kernel_.Count("Write"), calls);
    const FakeCalls::Call call = kernel_.Last("Write");
    EXPECT_EQ(call.offset, kOffset + done);
    EXPECT_EQ(call.data, static_cast<std::byte*>(memory) + done);
    EXPECT_LE(call.length, seen_->Capabilities().max_operation_bytes);
    done += call.length;
    kernel_.Complete(call.overlapped, kStatusSuccess, call.length);
    Turn();
  }
  EXPECT_EQ(done, kLength);
  EXPECT_EQ((*place)->outcome, Outcome{.bytes = kLength});
  place->reset();
  VirtualFree(memory, 0, MEM_RELEASE);
}

// Known bug R-W2: an entry whose caller was gone was never free again.
TEST_F(PortFaultEngineTest, ACallerWhoIsGoneLeavesARoom_RW2) {
  Start(1);
  Submit(Receive());
  Turn();
  engine_->Drop(last_id_);
  Turn();
  EXPECT_EQ(kernel_.Count("Cancel"), 1);
  const auto next = Submit(Request::Nop());
  Turn();
  EXPECT_FALSE(next->has_value());
  kernel_.Complete(kernel_.Last("Receive").overlapped, kStatusCancelled, 0);
  for (int i = 0; i < 3; ++i) Turn();
  EXPECT_TRUE(next->has_value());
}

// Known bug R-W4: a look at the status of what was pending said "failed", and
// the operation was taken for never submitted.
TEST_F(PortFaultEngineTest, AStatusThatIsThereEarlyEndsNothing_RW4) {
  Start();
  const auto place = Submit(Receive());
  Turn();
  OVERLAPPED* block = kernel_.Last("Receive").overlapped;
  FakeCalls::Mark(block, kStatusConnectionReset, 0);
  Turn();
  EXPECT_FALSE(place->has_value());
  kernel_.Complete(block, kStatusConnectionReset, 0);
  Turn();
  ASSERT_TRUE(place->has_value());
  EXPECT_EQ((*place)->outcome.error, Error::kConnectionReset);
}

// Known bug R-W7: a write's error was kept, and every later write waited.
TEST_F(PortFaultEngineTest, AWritesErrorIsToldOnce_RW7) {
  Start();
  for (uint32_t status : {uint32_t{0xC000014B}, kStatusSuccess}) {
    const auto place = Submit(Request::Write(
        Handle::Borrow(kPipe), Buffer::Allocate(8), {.offset = 0}));
    Turn();
    kernel_.Complete(kernel_.Last("Write").overlapped, status,
                     status == kStatusSuccess ? 8 : 0);
    Turn();
    ASSERT_TRUE(place->has_value());
    EXPECT_EQ((*place)->outcome.error,
              status == kStatusSuccess ? Error::kNone : Error::kBrokenPipe);
  }
}

// Known bug R-W8: a read that nobody asked for went into the next connection.
TEST_F(PortFaultEngineTest, NothingIsReadBehindTheEnd_RW8) {
  Start();
  const auto place = Submit(
      Request::Read(Handle::Borrow(kPipe), Buffer::Allocate(8), {.offset = 0}));
  Turn();
  kernel_.Complete(kernel_.Last("Read").overlapped, 0xC000014B, 0);
  for (int i = 0; i < 3; ++i) Turn();
  EXPECT_EQ((*place)->outcome, Outcome{.kind = OutcomeKind::kEndOfStream});
  EXPECT_EQ(kernel_.Count("Read"), 1);
}

// Known bug R-W13, and go-winio's G7: the deadline cancels, and the packet
// decides.
TEST_F(PortFaultEngineTest, ADeadlineReachesWhatIsPending_RW13) {
  Start();
  for (const auto& [status, bytes, kind] :
       {std::tuple{kStatusCancelled, 0, OutcomeKind::kDeadline},
        std::tuple{kStatusSuccess, 8, OutcomeKind::kOk}}) {
    const int cancels = kernel_.Count("Cancel");
    const auto place =
        Submit(Receive().WithDeadline(engine_->Now() + milliseconds(5)));
    Turn();
    kernel_.now += 20'000'000;
    Turn();
    EXPECT_EQ(kernel_.Count("Cancel"), cancels + 1);
    EXPECT_FALSE(place->has_value());
    kernel_.Complete(kernel_.Last("Receive").overlapped, status,
                     static_cast<uint64_t>(bytes));
    Turn();
    ASSERT_TRUE(place->has_value());
    EXPECT_EQ((*place)->outcome.kind, kind);
  }
}

// go-winio's G8: a deadline that has passed issues nothing.
TEST_F(PortFaultEngineTest, APassedDeadlineIssuesNothing) {
  Start();
  const auto place = Submit(Receive().WithDeadline(engine_->Now()));
  kernel_.now += 20'000'000;
  for (int i = 0; i < 3; ++i) Turn();
  ASSERT_TRUE(place->has_value());
  EXPECT_EQ((*place)->outcome.kind, OutcomeKind::kDeadline);
  EXPECT_EQ(kernel_.Count("Receive"), 0);
}

// Known bug R-W14: a connection that came while the listener was being closed
// swallowed the close. Each accept ends once, with what its packet says.
TEST_F(PortFaultEngineTest, ACancelledAcceptThatConnectedIsAConnection_RW14) {
  Start();
  const auto first = Submit(Request::Accept(Handle::Borrow(kSocket)));
  const RequestId first_id = last_id_;
  const auto second = Submit(Request::Accept(Handle::Borrow(kSocket)));
  const RequestId second_id = last_id_;
  Turn();
  std::vector<OVERLAPPED*> blocks;
  for (const auto& call : kernel_.calls) {
    if (call.name == "Accept") blocks.push_back(call.overlapped);
  }
  ASSERT_EQ(blocks.size(), 2u);
  kernel_.Script("Cancel", ERROR_NOT_FOUND);
  engine_->Cancel(first_id);
  engine_->Cancel(second_id);
  kernel_.Complete(blocks[0], kStatusSuccess, 0);
  kernel_.Complete(blocks[1], kStatusCancelled, 0);
  Turn();
  ASSERT_TRUE(first->has_value());
  EXPECT_EQ((*first)->outcome.kind, OutcomeKind::kOk);
  EXPECT_TRUE((*first)->handle.valid());
  ASSERT_TRUE(second->has_value());
  EXPECT_EQ((*second)->outcome.kind, OutcomeKind::kCancelled);
  EXPECT_EQ(kernel_.Count("Accept"), 2);
}

// Known bug R-W19: what continues, and ends at once, is counted once.
TEST_F(PortFaultEngineTest, AContinuationThatEndsAtOnceIsOne_RW19) {
  Start();
  const auto place =
      Submit(Request::Send(Handle::Borrow(kSocket), Buffer::Allocate(10)));
  Turn();
  kernel_.Script("Send", 0);
  kernel_.Complete(kernel_.Last("Send").overlapped, kStatusSuccess, 4);
  for (int i = 0; i < 3; ++i) Turn();
  ASSERT_TRUE(place->has_value());
  EXPECT_EQ((*place)->outcome, Outcome{.bytes = 10});
  EXPECT_EQ(kernel_.Count("Send"), 2);
  EXPECT_EQ(kernel_.Last("Send").length, 6u);
  EXPECT_EQ(seen_->stats().unknown_packets, 0u);
}

// Guarantee G12: what the kernel holds on to is quarantined, block and all.
TEST_F(PortFaultEngineTest, WhatDoesNotComeBackIsQuarantined_R17) {
  Start();
  const auto place = Submit(Receive());
  Turn();
  OVERLAPPED* block = kernel_.Last("Receive").overlapped;
  auto* bytes =
      static_cast<char*>(const_cast<void*>(kernel_.Last("Receive").data));
  const ShutdownReport report = engine_->Shutdown({.budget = Duration::zero()});
  EXPECT_EQ(report.quarantined, 1u);
  ASSERT_TRUE(place->has_value());
  EXPECT_EQ((*place)->outcome.kind, OutcomeKind::kAbandoned);
  engine_.reset();
  // The kernel writes now.
  bytes[0] = 'x';
  FakeCalls::Mark(block, kStatusSuccess, 1);
}

}  // namespace
}  // namespace wharf
