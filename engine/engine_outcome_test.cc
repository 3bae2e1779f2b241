// Goal: what the kernel answers becomes the outcome that the contract promises,
// with bytes and buffer, whatever the answer (G3, G11, G13, G14, G15). Method:
// an engine on the scripted port; progress_table_test.cc has the same rules for
// one waiter.

#include <cstring>
#include <vector>

#include "engine/engine.h"
#include "gtest/gtest.h"
#include "tests/support/engine_fixture.h"

namespace wharf::testing_support {
namespace {

class EngineOutcomeTest : public EngineFixture {
 protected:
  std::vector<Opcode> SubmittedOpcodes() {
    std::vector<Opcode> opcodes;
    for (const Operation& operation : port().submitted()) {
      opcodes.push_back(operation.opcode);
    }
    return opcodes;
  }
  // Ends the only operation in flight, and lets the engine act on it.
  void Answer(int64_t result) {
    Turn();
    ASSERT_EQ(in_flight(), 1u);
    port().Complete(Op(0), result,
                    result < 0 ? static_cast<int32_t>(-result) : 0);
    Turn();
  }
  void Answer(Error error) { Answer(-static_cast<int64_t>(error)); }
};

TEST_F(EngineOutcomeTest, G03_TheBufferComesBackWithEveryOutcome) {
  Start({}, {.cancel_policy = sim::CancelPolicy::kWin});
  TrackedMemory& memory = NewMemory(8);
  auto expect_back = [&](const Outcome& outcome) {
    ASSERT_EQ(results().size(), 1u);
    EXPECT_EQ(results()[0].outcome, outcome);
    EXPECT_EQ(results()[0].buffer.data(), memory.data());
    results().clear();
  };
  auto submit = [&](Time deadline = kNever) {
    return Submit(
        Request::Receive(Stream(), memory.Lend()).WithDeadline(deadline));
  };
  submit();
  Answer(8);
  expect_back(Ok(8));
  submit();
  Answer(3);
  Answer(int64_t{0});
  expect_back(Ended(OutcomeKind::kEndOfStream, 3));
  submit();
  Answer(3);
  Answer(Error::kConnectionReset);
  expect_back(Failed(Error::kConnectionReset, 3));
  const RequestId cancelled = submit();
  Turn();
  engine().Cancel(cancelled);
  Turn();
  expect_back(Ended(OutcomeKind::kCancelled));
  submit(At(10));
  EXPECT_EQ(engine().RunUntilIdle(), absl::OkStatus());
  expect_back(Ended(OutcomeKind::kDeadline));
}

TEST_F(EngineOutcomeTest, G03_BytesArriveInTheirPlaces) {
  Start();
  std::vector<Buffer> buffers;
  for (const std::size_t size : {3, 0, 2, 4}) {
    buffers.push_back(Buffer::Allocate(size));
  }
  const RequestId read =
      Submit(Request::Read(File(), std::move(buffers), {.offset = 100}));
  std::vector<std::byte> bytes;
  for (int i = 0; i < 9; ++i) bytes.push_back(static_cast<std::byte>('a' + i));
  for (const std::size_t part : {4, 1, 4}) {
    Turn();
    port().CompleteWithBytes(Op(0), std::span(bytes).first(part));
    bytes.erase(bytes.begin(), bytes.begin() + part);
    Turn();
  }
  EXPECT_EQ(OutcomeOf(read), Ok(9));
  const std::vector<Buffer>& back = Find(read)->buffers;
  ASSERT_EQ(back.size(), 4u);
  EXPECT_EQ(std::memcmp(back[0].data(), "abc", 3), 0);
  EXPECT_EQ(std::memcmp(back[2].data(), "de", 2), 0);
  EXPECT_EQ(std::memcmp(back[3].data(), "fghi", 4), 0);
  EXPECT_EQ(port().submitted()[1].offset, 104u);
  EXPECT_EQ(port().submitted()[2].offset, 105u);
}

TEST_F(EngineOutcomeTest, G03_APartOfABufferIsUsedAsAsked) {
  Start();
  const RequestId read =
      Submit(Read(16, {.offset = 7, .buffer_offset = 4, .length = 6}));
  Turn();
  const Operation operation = *port().Find(Op(0));
  EXPECT_EQ(operation.length, 6u);
  const std::byte sixes[6] = {};
  port().CompleteWithBytes(Op(0), sixes);
  Turn();
  EXPECT_EQ(OutcomeOf(read), Ok(6));
  EXPECT_EQ(operation.data, Find(read)->buffer.data() + 4);
}

TEST_F(EngineOutcomeTest, G11_TransientAnswersAreTriedAgain) {
  Start();
  const RequestId read = Submit(Read(8));
  for (int i = 0; i < 5; ++i) {
    Answer(Error::kInterrupted);
    Answer(Error::kWouldBlock);
  }
  EXPECT_TRUE(results().empty());
  Answer(8);
  EXPECT_EQ(OutcomeOf(read), Ok(8));
}

TEST_F(EngineOutcomeTest, G11_AStreamThatWouldBlockIsPolledNotSpunOn) {
  Start();
  const RequestId receive = Submit(Receive(8));
  Answer(Error::kWouldBlock);
  Answer(int64_t{kPollReadable});
  Answer(8);
  EXPECT_EQ(OutcomeOf(receive), Ok(8));
  EXPECT_EQ(
      SubmittedOpcodes(),
      (std::vector<Opcode>{Opcode::kReceive, Opcode::kPoll, Opcode::kReceive}));
}

TEST_F(EngineOutcomeTest, G11_RetriesAreBoundedAndProgressRenewsThem) {
  Start({.max_transient_retries = 2});
  const RequestId read = Submit(Read(8));
  Answer(Error::kInterrupted);
  Answer(Error::kInterrupted);
  Answer(3);
  Answer(Error::kInterrupted);
  Answer(Error::kInterrupted);
  EXPECT_TRUE(results().empty());
  Answer(Error::kInterrupted);
  EXPECT_EQ(OutcomeOf(read), Failed(Error::kRetriesExhausted, 3,
                                    static_cast<int>(Error::kInterrupted)));
}

TEST_F(EngineOutcomeTest, G13_ErrorsKeepTheKernelsOwnNumber) {
  Start();
  const RequestId write = Submit(Write(8));
  Answer(3);
  Turn();
  port().Complete(Op(0), -static_cast<int64_t>(Error::kNoSpace), 1234);
  Turn();
  EXPECT_EQ(OutcomeOf(write), Failed(Error::kNoSpace, 3, 1234));
}

TEST_F(EngineOutcomeTest, G14_ADurableWriteIsOneFlaggedOperationWherePossible) {
  Start();
  const RequestId write =
      Submit(Request::DurableWrite(File(), Zeros(8), {.offset = 0}));
  Turn();
  EXPECT_EQ(port().Find(Op(0))->flags, kOperationDurable);
  Answer(8);
  EXPECT_EQ(OutcomeOf(write), Ok(8));
  EXPECT_EQ(port().submitted().size(), 1u);
}

TEST_F(EngineOutcomeTest, G14_TheSyncComesAfterTheLastByte) {
  Start();
  const RequestId write =
      Submit(Request::DurableWrite(File(), Zeros(8), {.offset = 0}));
  Answer(3);
  Answer(Error::kInterrupted);
  Answer(5);
  EXPECT_TRUE(results().empty());
  Answer(int64_t{0});
  EXPECT_EQ(OutcomeOf(write), Ok(8));
  EXPECT_EQ(SubmittedOpcodes(),
            (std::vector<Opcode>{Opcode::kWrite, Opcode::kWrite, Opcode::kWrite,
                                 Opcode::kSync}));
}

TEST_F(EngineOutcomeTest, G14_AFailedSyncIsTheRequestsFailure) {
  sim::ScriptedPortOptions options;
  options.capabilities.features = 0;
  Start({}, options);
  const RequestId write =
      Submit(Request::DurableWrite(File(), Zeros(8), {.offset = 0}));
  Answer(8);
  Answer(Error::kIo);
  EXPECT_EQ(OutcomeOf(write), Failed(Error::kIo, 8));
}

TEST_F(EngineOutcomeTest, G14_ACancelledDurableWriteIsNotReportedDurable) {
  sim::ScriptedPortOptions options;
  options.capabilities.features = 0;
  Start({}, options);
  const RequestId write =
      Submit(Request::DurableWrite(File(), Zeros(8), {.offset = 0}));
  Turn();
  engine().Cancel(write);
  Answer(8);  // all bytes, but no sync may follow (G5)
  EXPECT_EQ(OutcomeOf(write), Ended(OutcomeKind::kCancelled, 8));
  EXPECT_EQ(port().submitted().size(), 1u);
}

TEST_F(EngineOutcomeTest, G15_ZeroLengthNeedsNoOperation) {
  Start();
  std::vector<Buffer> empties(3);
  Request requests[] = {
      Read(0),
      Write(0),
      Receive(0),
      Send(0),
      Read(8, {.offset = 0, .length = 0}),
      Request::DurableWrite(File(), Buffer(), {.offset = 0}),
      Request::Write(File(), std::move(empties), {.offset = 0}),
      Request::Allocate(File(), AllocateMode::kAllocate, 0, 0)};
  for (Request& request : requests) {
    const RequestId id = Submit(std::move(request).WithDeadline(At(0)));
    Turn();
    EXPECT_EQ(OutcomeOf(id), Ok(0));
  }
  EXPECT_TRUE(port().submitted().empty());
}

TEST_F(EngineOutcomeTest, G15_TheEndIsAnOutcomeOfItsOwn) {
  Start();
  const RequestId read = Submit(Read(8));
  Answer(5);
  Answer(int64_t{0});
  EXPECT_EQ(OutcomeOf(read), Ended(OutcomeKind::kEndOfStream, 5));
  const RequestId some = Submit(Receive(8, {.extent = Extent::kSome}));
  Answer(int64_t{0});
  EXPECT_EQ(OutcomeOf(some), Ended(OutcomeKind::kEndOfStream));
}

TEST_F(EngineOutcomeTest, G15_APartlySentStreamSaysHowMuch) {
  Start();
  const RequestId send = Submit(Send(100));
  Answer(40);
  Answer(Error::kBrokenPipe);
  EXPECT_EQ(OutcomeOf(send), Failed(Error::kBrokenPipe, 40));
  const RequestId stuck = Submit(Send(100));
  Answer(40);
  Answer(int64_t{0});
  EXPECT_EQ(OutcomeOf(stuck), Failed(Error::kNoProgress, 40, 0));
}

TEST_F(EngineOutcomeTest, ACompletionWithTooManyBytesIsAnError) {
  Start();
  const RequestId read = Submit(Read(8));
  Answer(9);
  EXPECT_EQ(OutcomeOf(read), Failed(Error::kBadCompletion, 0, 0));
}

TEST_F(EngineOutcomeTest, APollReportsTheEvents) {
  Start();
  const RequestId poll =
      Submit(Request::Poll(Stream(), kPollReadable | kPollWritable));
  Answer(int64_t{kPollWritable | kPollHangUp});
  EXPECT_EQ(OutcomeOf(poll), Ok(kPollWritable | kPollHangUp));
}

TEST_F(EngineOutcomeTest, LongTransfersAreSplitAtThePortsLimits) {
  sim::ScriptedPortOptions options;
  options.capabilities.max_operation_bytes = 4;
  options.capabilities.max_vectors = 2;
  Start({}, options);
  const RequestId write = Submit(Write(10));
  for (const int part : {4, 4, 2}) Answer(part);
  EXPECT_EQ(OutcomeOf(write), Ok(10));
  std::vector<Buffer> buffers;
  for (int i = 0; i < 5; ++i) buffers.push_back(Zeros(1));
  const RequestId vectored =
      Submit(Request::Send(Stream(), std::move(buffers)));
  for (const int part : {2, 2, 1}) Answer(part);
  EXPECT_EQ(OutcomeOf(vectored), Ok(5));
}

}  // namespace
}  // namespace wharf::testing_support
