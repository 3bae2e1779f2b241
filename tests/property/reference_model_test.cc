// The model's own rules, one by one, as docs/contract.md has them: an oracle
// must be known to be right.

#include "tests/property/reference_model.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/io_vector.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf::property {
namespace {

using ::testing::HasSubstr;
using Step = RequestModel::Step;

constexpr NativeHandle kHandle = 7;

class RequestModelTest : public testing::Test {
 protected:
  RequestFacts Transfer(RequestKind kind, std::size_t length,
                        Extent extent = Extent::kAll, uint64_t offset = 100) {
    return {.kind = kind,
            .extent = extent,
            .offset = offset,
            .memory = {std::span(bytes_).first(length)},
            .handle = kHandle};
  }
  // The operation that asks for `length` bytes from `done` on.
  Operation Part(Opcode opcode, std::size_t done, std::size_t length) {
    Operation operation = Plain(opcode);
    operation.offset = 100 + done;
    operation.data = bytes_.data() + done;
    operation.length = length;
    return operation;
  }
  static Operation Plain(Opcode opcode) {
    Operation operation;
    operation.handle = kHandle;
    operation.opcode = opcode;
    return operation;
  }
  // Issues what is due, which must be right, and completes it.
  static Step Do(RequestModel& model, const Operation& operation,
                 int64_t result) {
    EXPECT_EQ(model.CheckOperation(operation), "");
    model.OnIssued(operation);
    return model.OnCompletion(result, result < 0 ? 99 : 0);
  }
  static int64_t Negated(Error error) { return -static_cast<int64_t>(error); }
  static std::string Judge(const RequestModel& model, OutcomeKind kind,
                           uint64_t bytes, Error error = Error::kNone,
                           int32_t native = 0) {
    return model.CheckOutcome(
        {.bytes = bytes, .native_error = native, .error = error, .kind = kind});
  }

  std::array<std::byte, 64> bytes_;
};

TEST_F(RequestModelTest, AWholeTransferIsOk) {
  RequestModel model(Transfer(RequestKind::kRead, 8), {});
  EXPECT_EQ(Do(model, Part(Opcode::kRead, 0, 8), 8), Step::kEnds);
  EXPECT_EQ(Judge(model, OutcomeKind::kOk, 8), "");
  EXPECT_THAT(Judge(model, OutcomeKind::kOk, 7), HasSubstr("allowed is Ok"));
  EXPECT_NE(Judge(model, OutcomeKind::kCancelled, 8), "");
}

TEST_F(RequestModelTest, APartGoesOnWhereItEnded) {
  RequestModel model(Transfer(RequestKind::kWrite, 8), {});
  EXPECT_EQ(Do(model, Part(Opcode::kWrite, 0, 8), 3), Step::kContinues);
  EXPECT_NE(model.CheckOperation(Part(Opcode::kWrite, 0, 8)), "");
  EXPECT_NE(model.CheckOperation(Part(Opcode::kWrite, 4, 4)), "");
  EXPECT_NE(model.CheckOperation(Part(Opcode::kRead, 3, 5)), "");
  Operation elsewhere = Part(Opcode::kWrite, 3, 5);
  elsewhere.handle = kHandle + 1;
  EXPECT_NE(model.CheckOperation(elsewhere), "");
  EXPECT_EQ(Do(model, Part(Opcode::kWrite, 3, 5), 5), Step::kEnds);
  EXPECT_EQ(Judge(model, OutcomeKind::kOk, 8), "");
}

TEST_F(RequestModelTest, SomeIsEnough) {
  RequestModel model(Transfer(RequestKind::kReceive, 8, Extent::kSome), {});
  EXPECT_EQ(Do(model, Part(Opcode::kReceive, 0, 8), 1), Step::kEnds);
  EXPECT_EQ(Judge(model, OutcomeKind::kOk, 1), "");
}

TEST_F(RequestModelTest, PiecesAreOneTransferOfManyVectors) {
  RequestFacts facts = Transfer(RequestKind::kRead, 0);
  const std::span<const std::byte> all(bytes_);
  facts.memory = {all.subspan(0, 4), all.subspan(8, 0), all.subspan(16, 4)};
  facts.vectored = true;
  RequestModel model(facts, {.max_vectors = 2});
  std::array<IoVector, 2> vectors = {
      {{bytes_.data(), 4}, {bytes_.data() + 16, 4}}};
  Operation operation = Part(Opcode::kReadVectored, 0, 2);
  operation.data = vectors.data();
  EXPECT_EQ(Do(model, operation, 5), Step::kContinues);
  vectors[0] = {bytes_.data() + 17, 3};
  operation.length = 1;
  operation.offset = 105;
  EXPECT_EQ(Do(model, operation, 3), Step::kEnds);
  EXPECT_EQ(Judge(model, OutcomeKind::kOk, 8), "");
}

TEST_F(RequestModelTest, NoOperationAsksForMoreThanThePortTakes) {
  RequestModel model(Transfer(RequestKind::kRead, 8),
                     {.max_operation_bytes = 4});
  EXPECT_NE(model.CheckOperation(Part(Opcode::kRead, 0, 8)), "");
  EXPECT_EQ(model.CheckOperation(Part(Opcode::kRead, 0, 4)), "");
}

TEST_F(RequestModelTest, G04_TheLastBytesWinOverAStop) {
  RequestModel model(Transfer(RequestKind::kRead, 8), {});
  EXPECT_EQ(Do(model, Part(Opcode::kRead, 0, 8), 3), Step::kContinues);
  const Operation rest = Part(Opcode::kRead, 3, 5);
  model.OnIssued(rest);
  model.Stop(OutcomeKind::kDeadline);
  EXPECT_EQ(model.OnCompletion(5, 0), Step::kEnds);
  EXPECT_EQ(Judge(model, OutcomeKind::kOk, 8), "");
  EXPECT_NE(Judge(model, OutcomeKind::kDeadline, 8), "");
}

TEST_F(RequestModelTest, G05_AfterAStopNothingIsDue) {
  RequestModel model(Transfer(RequestKind::kRead, 8), {});
  model.OnIssued(Part(Opcode::kRead, 0, 8));
  model.Stop(OutcomeKind::kDeadline);
  model.Stop(OutcomeKind::kCancelled);  // The first counts.
  EXPECT_EQ(model.OnCompletion(3, 0), Step::kEnds);
  EXPECT_EQ(Judge(model, OutcomeKind::kDeadline, 3), "");
  EXPECT_NE(Judge(model, OutcomeKind::kCancelled, 3), "");
}

TEST_F(RequestModelTest, G11_TransientAnswersAreTriedAgainUntilTheLimit) {
  RequestModel model(Transfer(RequestKind::kRead, 8),
                     {.max_transient_retries = 2});
  const Operation read = Part(Opcode::kRead, 0, 8);
  EXPECT_EQ(Do(model, read, Negated(Error::kInterrupted)), Step::kContinues);
  EXPECT_EQ(Do(model, read, Negated(Error::kWouldBlock)), Step::kContinues);
  EXPECT_EQ(Do(model, read, Negated(Error::kInterrupted)), Step::kEnds);
  EXPECT_EQ(Judge(model, OutcomeKind::kError, 0, Error::kRetriesExhausted, 99),
            "");
}

TEST_F(RequestModelTest, G11_AStreamThatWouldBlockIsPolled) {
  RequestModel model(Transfer(RequestKind::kSend, 8), {});
  EXPECT_EQ(Do(model, Part(Opcode::kSend, 0, 8), Negated(Error::kWouldBlock)),
            Step::kContinues);
  EXPECT_NE(model.CheckOperation(Part(Opcode::kSend, 0, 8)), "");
  Operation poll = Plain(Opcode::kPoll);
  poll.mode = kPollReadable;
  EXPECT_NE(model.CheckOperation(poll), "");
  poll.mode = kPollWritable;
  EXPECT_EQ(Do(model, poll, kPollWritable), Step::kContinues);
  EXPECT_EQ(Do(model, Part(Opcode::kSend, 0, 8), 8), Step::kEnds);
  EXPECT_EQ(Judge(model, OutcomeKind::kOk, 8), "");
}

TEST_F(RequestModelTest, G13_AnUnaskedCancelIsAnError) {
  RequestModel model(Transfer(RequestKind::kRead, 8), {});
  EXPECT_EQ(Do(model, Part(Opcode::kRead, 0, 8), Negated(Error::kCancelled)),
            Step::kEnds);
  EXPECT_EQ(Judge(model, OutcomeKind::kError, 0, Error::kCancelled, 99), "");
  EXPECT_NE(Judge(model, OutcomeKind::kCancelled, 0), "");
}

TEST_F(RequestModelTest, G14_ASyncFollowsTheLastByte) {
  RequestModel model(Transfer(RequestKind::kDurableWrite, 8),
                     {.durable_writes = false});
  const Operation sync = Plain(Opcode::kSync);
  EXPECT_THAT(model.CheckOperation(sync), HasSubstr("(G14)"));
  EXPECT_EQ(Do(model, Part(Opcode::kWrite, 0, 8), 5), Step::kContinues);
  EXPECT_THAT(model.CheckOperation(sync), HasSubstr("5 of 8"));
  EXPECT_EQ(Do(model, Part(Opcode::kWrite, 5, 3), 3), Step::kContinues);
  EXPECT_NE(model.CheckOperation(Part(Opcode::kWrite, 8, 1)), "");
  EXPECT_EQ(Do(model, sync, Negated(Error::kIo)), Step::kEnds);
  EXPECT_EQ(Judge(model, OutcomeKind::kError, 8, Error::kIo, 99), "");
}

TEST_F(RequestModelTest, G14_AFlaggedWriteMayDoItAlone) {
  RequestModel model(Transfer(RequestKind::kDurableWrite, 8), {});
  Operation write = Part(Opcode::kWrite, 0, 8);
  EXPECT_NE(model.CheckOperation(write), "");
  write.flags = kOperationDurable;
  EXPECT_EQ(Do(model, write, 3), Step::kContinues);
  // Once it was partial, the rest is plain and a sync covers all of it.
  EXPECT_EQ(Do(model, Part(Opcode::kWrite, 3, 5), 5), Step::kContinues);
  EXPECT_EQ(Do(model, Plain(Opcode::kSync), 0), Step::kEnds);
  EXPECT_EQ(Judge(model, OutcomeKind::kOk, 8), "");
}

TEST_F(RequestModelTest, G15_NothingToDoTakesNoOperation) {
  RequestModel model(Transfer(RequestKind::kSend, 0), {});
  EXPECT_FALSE(model.takes_operations());
  model.EndsByItself();
  EXPECT_EQ(Judge(model, OutcomeKind::kOk, 0), "");
  EXPECT_TRUE(
      RequestModel(Transfer(RequestKind::kSend, 1), {}).takes_operations());
}

TEST_F(RequestModelTest, G15_TheEndOfAStreamSaysWhatCameBefore) {
  RequestModel model(Transfer(RequestKind::kReceive, 8), {});
  EXPECT_EQ(Do(model, Part(Opcode::kReceive, 0, 8), 3), Step::kContinues);
  EXPECT_EQ(Do(model, Part(Opcode::kReceive, 3, 5), 0), Step::kEnds);
  EXPECT_EQ(Judge(model, OutcomeKind::kEndOfStream, 3), "");
  RequestModel send(Transfer(RequestKind::kSend, 8), {});
  EXPECT_EQ(Do(send, Part(Opcode::kSend, 0, 8), 0), Step::kEnds);
  EXPECT_EQ(Judge(send, OutcomeKind::kError, 0, Error::kNoProgress), "");
}

TEST_F(RequestModelTest, ACloseIsOverWhateverItSays) {
  RequestFacts facts;
  facts.kind = RequestKind::kClose;
  facts.handle = kHandle;
  RequestModel model(facts, {});
  EXPECT_EQ(Do(model, Plain(Opcode::kClose), Negated(Error::kInterrupted)),
            Step::kEnds);
  EXPECT_EQ(Judge(model, OutcomeKind::kError, 0, Error::kInterrupted, 99), "");
}

TEST_F(RequestModelTest, AConnectGoesOnInTheKernel) {
  RequestFacts facts = Transfer(RequestKind::kConnect, 4);
  RequestModel model(facts, {});
  const Operation connect = Part(Opcode::kConnect, 0, 4);
  EXPECT_EQ(Do(model, connect, Negated(Error::kInProgress)), Step::kContinues);
  Operation poll = Plain(Opcode::kPoll);
  poll.mode = kPollWritable;
  EXPECT_EQ(Do(model, poll, kPollWritable), Step::kContinues);
  EXPECT_EQ(Do(model, connect, Negated(Error::kAlreadyConnected)), Step::kEnds);
  EXPECT_EQ(Judge(model, OutcomeKind::kOk, 0), "");
  RequestModel never(facts, {});
  EXPECT_EQ(Do(never, connect, Negated(Error::kAlreadyConnected)), Step::kEnds);
  EXPECT_EQ(Judge(never, OutcomeKind::kError, 0, Error::kAlreadyConnected, 99),
            "");
}

TEST_F(RequestModelTest, NothingIsAllowedBeforeTheEnd) {
  RequestModel model(Transfer(RequestKind::kRead, 8), {});
  EXPECT_THAT(Judge(model, OutcomeKind::kOk, 8), HasSubstr("nothing yet"));
  model.IsAbandoned();
  EXPECT_EQ(Judge(model, OutcomeKind::kAbandoned, 0), "");
}

}  // namespace
}  // namespace wharf::property
