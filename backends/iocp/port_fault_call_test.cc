// Calls: what each operation asks of Windows, and what its failures become.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "backends/iocp/port_fault_test_util.h"
#include "engine/io_vector.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST_F(PortFaultTest, CapabilitiesNameWhatWindowsHas) {
  Open();
  const PortCapabilities& has = port_->Capabilities();
  EXPECT_EQ(has.name, "iocp");
  EXPECT_EQ(has.max_in_flight, 256u);
  EXPECT_FALSE(has.Has(Opcode::kPoll));
  EXPECT_FALSE(has.Has(Opcode::kAllocate));
  EXPECT_EQ(has.features, kFeatureCancel);
  EXPECT_NE(has.closer, nullptr);
}

TEST_F(PortFaultTest, WhatItHasNotIsRefused) {
  Open();
  Operation durable = Make(Opcode::kWrite, kFile);
  durable.flags = kOperationDurable;
  for (const Operation& operation : {Make(Opcode::kPoll, kSocket),
                                     Make(Opcode::kAllocate, kFile), durable}) {
    const Completion refused = Run(operation);
    EXPECT_EQ(refused.result, Negated(Error::kNotSupported));
    EXPECT_EQ(refused.native_error, ERROR_NOT_SUPPORTED);
  }
  Operation unknown = Make(Opcode::kNop, kFile);
  unknown.opcode = static_cast<Opcode>(200);
  EXPECT_EQ(Run(unknown).result, Negated(Error::kInvalidArgument));
  // To WriteFile the same bits would mean the end of the file.
  EXPECT_EQ(Run(Make(Opcode::kWrite, kFile, kCurrentPosition)).result,
            Negated(Error::kInvalidArgument));
  EXPECT_EQ(kernel_.Count("Write"), 0);
}

TEST_F(PortFaultTest, OffsetsHave64Bits) {
  Open();
  const uint64_t offset = 0x1'2345'6789;
  Issue(Make(Opcode::kWrite, kFile, offset));
  EXPECT_EQ(kernel_.Last("Write").offset, offset);
  Issue(Make(Opcode::kRead, kFile, offset));
  EXPECT_EQ(kernel_.Last("Read").offset, offset);
}

// ReadFile documents that a pipe's must be 0.
TEST_F(PortFaultTest, PipesHaveNoOffset) {
  Open();
  Issue(Make(Opcode::kRead, kPipe, 4096));
  EXPECT_EQ(kernel_.Last("Read").offset, 0u);
  Issue(Make(Opcode::kWrite, kPipe, kCurrentPosition));
  EXPECT_EQ(kernel_.Last("Write").offset, 0u);
}

class PortFaultVectorTest : public PortFaultTest {
 protected:
  Operation MakeVectored(Opcode opcode, NativeHandle handle) {
    Operation operation = Make(opcode, handle, 10);
    operation.data = vectors_;
    operation.length = 4;
    return operation;
  }

  char first_[3];
  char second_[5];
  IoVector vectors_[4] = {
      {nullptr, 0}, {first_, 3}, {nullptr, 0}, {second_, 5}};
};

TEST_F(PortFaultVectorTest, PiecesFollowOneAnother) {
  for (bool skip : {false, true}) {
    Open({.max_in_flight = 1, .skip_on_success = skip});
    kernel_.associated.clear();
    Issue(MakeVectored(Opcode::kReadVectored, kFile));
    EXPECT_EQ(kernel_.Last("Read").data, first_);
    EXPECT_EQ(kernel_.Last("Read").offset, 10u);
    OVERLAPPED* block = kernel_.Last("Read").overlapped;
    kernel_.Complete(block, kStatusSuccess, 3);
    EXPECT_TRUE(Reap().empty());
    EXPECT_EQ(kernel_.Last("Read").data, second_);
    EXPECT_EQ(kernel_.Last("Read").length, 5u);
    EXPECT_EQ(kernel_.Last("Read").offset, 13u);
    EXPECT_EQ(kernel_.Last("Read").overlapped, block);
    kernel_.Complete(block, kStatusSuccess, 4);
    EXPECT_EQ(Reap().at(0).result, 7);
    // All at once.
    kernel_.Script("Write", 0);
    kernel_.Script("Write", 0);
    if (!skip) Issue(MakeVectored(Opcode::kWriteVectored, kFile));
    EXPECT_EQ(skip ? Run(MakeVectored(Opcode::kWriteVectored, kFile)).result
                   : Reap().at(0).result,
              8);
  }
}

TEST_F(PortFaultVectorTest, WhatComesAfterAShortPieceIsNotIssued) {
  Open();
  Issue(MakeVectored(Opcode::kReadVectored, kFile));
  kernel_.Complete(kernel_.Last("Read").overlapped, kStatusSuccess, 2);
  EXPECT_EQ(Reap().at(0).result, 2);
  EXPECT_EQ(kernel_.Count("Read"), 1);
}

TEST_F(PortFaultVectorTest, AFailureAfterSomeBytesIsAShortTransfer) {
  Open();
  for (DWORD code : {ERROR_HANDLE_EOF, ERROR_NOACCESS}) {
    Issue(MakeVectored(Opcode::kReadVectored, kFile));
    kernel_.Complete(kernel_.Last("Read").overlapped, kStatusSuccess, 3);
    kernel_.Script("Read", code);
    EXPECT_EQ(Reap().at(0).result, 3);
  }
}

TEST_F(PortFaultVectorTest, NothingFollowsACancelOrAClose) {
  Open();
  const OperationId id = Issue(MakeVectored(Opcode::kReadVectored, kFile));
  port_->Cancel(id);
  kernel_.Complete(kernel_.Last("Read").overlapped, kStatusSuccess, 3);
  EXPECT_EQ(Reap().at(0).result, 3);
  Issue(MakeVectored(Opcode::kReadVectored, kFile));
  kernel_.Complete(kernel_.Last("Read").overlapped, kStatusSuccess, 3);
  EXPECT_TRUE(port_->Close().operations_left.empty());
  EXPECT_EQ(kernel_.Count("Read"), 2);
}

// A second read could wait, with bytes of the first to report.
TEST_F(PortFaultVectorTest, APipeReadsOnePieceOnly) {
  Open();
  Issue(MakeVectored(Opcode::kReadVectored, kPipe));
  kernel_.Complete(kernel_.Last("Read").overlapped, kStatusSuccess, 3);
  EXPECT_EQ(Reap().at(0).result, 3);
  EXPECT_EQ(kernel_.Count("Read"), 1);
}

TEST_F(PortFaultTest, AVectoredSendIsOneCall) {
  Open();
  char first[3];
  char second[5];
  IoVector vectors[] = {{first, 3}, {second, 5}};
  Operation operation = Make(Opcode::kSendVectored, kSocket);
  operation.data = vectors;
  operation.length = 2;
  Issue(operation);
  EXPECT_EQ(kernel_.Last("Send").length, 8u);
  kernel_.Complete(kernel_.Last("Send").overlapped, kStatusSuccess, 4);
  EXPECT_EQ(Reap().at(0).result, 4);
}

TEST_F(PortFaultTest, AHandleIsAssociatedOnceAndExaminedOnce) {
  Open({.skip_on_success = true});
  for (int i = 0; i < 3; ++i) {
    kernel_.Script("Read", 0);
    EXPECT_EQ(Run(Make(Opcode::kRead, kFile)).result, 100);
  }
  EXPECT_EQ(kernel_.Count("SetNotificationModes"), 1);
}

// Somebody closed the file without telling, and its number is a pipe's now.
TEST_F(PortFaultTest, ANumberThatIsUsedAgainIsAssociatedAgain) {
  Open();
  Issue(Make(Opcode::kRead, kFile, 5));
  EXPECT_EQ(kernel_.Last("Read").offset, 5u);
  kernel_.associated.erase(AsHandle(kFile));
  kernel_.kinds[AsHandle(kFile)] = IocpHandleKind::kPipe;
  Issue(Make(Opcode::kRead, kFile, 5));
  EXPECT_TRUE(kernel_.associated.contains(AsHandle(kFile)));
  EXPECT_EQ(kernel_.Last("Read").offset, 0u);
}

// Its packets would go elsewhere: to wait for them would be to hang.
TEST_F(PortFaultTest, AHandleOfAnotherPortIsRefused) {
  Open();
  kernel_.associated.insert(AsHandle(kFile));
  const Completion refused = Run(Make(Opcode::kRead, kFile));
  EXPECT_EQ(refused.result, Negated(Error::kInvalidArgument));
  EXPECT_EQ(refused.native_error, ERROR_INVALID_PARAMETER);
  EXPECT_EQ(kernel_.Count("Read"), 0);
  kernel_.Script("Associate", ERROR_INVALID_HANDLE);
  EXPECT_EQ(Run(Make(Opcode::kRead, kFile)).result, Negated(Error::kBadHandle));
}

TEST_F(PortFaultTest, AnAcceptGivesASocketOfItsOwn) {
  Open();
  Issue(Make(Opcode::kAccept, kSocket));
  kernel_.Complete(kernel_.Last("Accept").overlapped, kStatusSuccess, 0);
  const auto ended = Reap();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(AsHandle(ended[0].result), kernel_.Last("UpdateAccepted").handle);
  EXPECT_TRUE(kernel_.closed.empty());
}

TEST_F(PortFaultTest, AFailedAcceptClosesItsSocket) {
  Open();
  kernel_.Script("Accept", WSAEINVAL);
  EXPECT_EQ(Run(Make(Opcode::kAccept, kSocket)).result,
            Negated(Error::kInvalidArgument));
  EXPECT_EQ(kernel_.closed.size(), 1u);
  Issue(Make(Opcode::kAccept, kSocket));
  kernel_.Complete(kernel_.Last("Accept").overlapped, kStatusCancelled, 0);
  EXPECT_EQ(Reap().at(0).result, Negated(Error::kCancelled));
  EXPECT_EQ(kernel_.closed.size(), 2u);
  kernel_.Script("UpdateAccepted", WSAENOTSOCK);
  Issue(Make(Opcode::kAccept, kSocket));
  kernel_.Complete(kernel_.Last("Accept").overlapped, kStatusSuccess, 0);
  EXPECT_EQ(Reap().at(0).result, Negated(Error::kNotSocket));
  EXPECT_EQ(kernel_.closed.size(), 3u);
  kernel_.Script("SocketLike", WSAEMFILE);
  EXPECT_EQ(Run(Make(Opcode::kAccept, kSocket)).result,
            Negated(Error::kTooManyFiles));
  EXPECT_EQ(kernel_.closed.size(), 3u);
}

// The client came before the call, or came and went (known bug R-W15). Both
// are failures at once, without a packet.
TEST_F(PortFaultTest, APipeWhoseClientIsEarlyIsAccepted_RW15) {
  Open();
  for (DWORD code : {ERROR_PIPE_CONNECTED, ERROR_NO_DATA}) {
    kernel_.Script("ConnectPipe", code);
    const Completion accepted = Run(Make(Opcode::kAccept, kPipe));
    EXPECT_GE(accepted.result, 0) << code;
    EXPECT_NE(accepted.result, kPipe);
  }
  EXPECT_EQ(kernel_.Count("Duplicate"), 2);
}

TEST_F(PortFaultTest, AnAcceptedPipeIsAssociatedAlready) {
  Open();
  Issue(Make(Opcode::kAccept, kPipe));
  kernel_.Complete(kernel_.Last("ConnectPipe").overlapped, kStatusSuccess, 0);
  const int64_t connection = Reap().at(0).result;
  Issue(Make(Opcode::kRead, connection, 7));
  EXPECT_EQ(kernel_.Last("Read").handle, AsHandle(connection));
  EXPECT_EQ(kernel_.Last("Read").offset, 0u);
  kernel_.Script("Duplicate", ERROR_TOO_MANY_OPEN_FILES);
  kernel_.Script("ConnectPipe", ERROR_PIPE_CONNECTED);
  EXPECT_EQ(Run(Make(Opcode::kAccept, kPipe)).result,
            Negated(Error::kTooManyFiles));
}

TEST_F(PortFaultTest, AConnectBindsUnlessThatWasDone) {
  Open();
  kernel_.Script("BindAny", WSAEINVAL);
  Issue(Make(Opcode::kConnect, kSocket));
  EXPECT_EQ(kernel_.Count("Connect"), 1);
  kernel_.Complete(kernel_.Last("Connect").overlapped, kStatusSuccess, 0);
  EXPECT_EQ(Reap().at(0).result, 0);
  EXPECT_EQ(kernel_.Count("UpdateConnected"), 1);
  kernel_.Script("BindAny", WSAEAFNOSUPPORT);
  EXPECT_EQ(Run(Make(Opcode::kConnect, kSocket)).result,
            Negated(Error::kNotSupported));
  kernel_.Script("UpdateConnected", WSAENOTCONN);
  Issue(Make(Opcode::kConnect, kSocket));
  kernel_.Complete(kernel_.Last("Connect").overlapped, kStatusSuccess, 0);
  EXPECT_EQ(Reap().at(0).result, Negated(Error::kNotConnected));
}

TEST_F(PortFaultTest, BlockingCallsRunInReapNotInSubmit) {
  Open();
  const Operation sync = Make(Opcode::kSync, kFile);
  EXPECT_EQ(port_->Submit({&sync, 1}), 1u);
  EXPECT_EQ(kernel_.Count("Flush"), 0);
  EXPECT_EQ(Reap().size(), 1u);
  EXPECT_EQ(kernel_.Count("Flush"), 1);
  kernel_.Script("Flush", ERROR_ACCESS_DENIED);
  EXPECT_EQ(Run(Make(Opcode::kSync, kFile)).result,
            Negated(Error::kAccessDenied));
}

// FlushFileBuffers would wait until the other side has read everything.
TEST_F(PortFaultTest, APipeIsNotSynced) {
  Open();
  EXPECT_EQ(Run(Make(Opcode::kSync, kPipe)).result,
            Negated(Error::kInvalidArgument));
  EXPECT_EQ(kernel_.Count("Flush"), 0);
}

TEST_F(PortFaultTest, ShutdownNamesItsSide) {
  Open();
  for (const auto& [side, how] : {std::pair{ShutdownSide::kReceive, SD_RECEIVE},
                                  std::pair{ShutdownSide::kSend, SD_SEND},
                                  std::pair{ShutdownSide::kBoth, SD_BOTH}}) {
    Operation operation = Make(Opcode::kShutdown, kSocket);
    operation.mode = static_cast<uint32_t>(side);
    EXPECT_EQ(Run(operation).result, 0);
    EXPECT_EQ(kernel_.Last("ShutDown").length, static_cast<uint64_t>(how));
  }
}

// Seed 2's CloseWrite.
TEST_F(PortFaultTest, AMessagePipesSendingSideEndsWithAnEmptyMessage) {
  Open();
  kernel_.has_messages = true;
  Operation operation = Make(Opcode::kShutdown, kPipe);
  operation.mode = static_cast<uint32_t>(ShutdownSide::kSend);
  Issue(operation);
  ASSERT_EQ(kernel_.Count("Write"), 1);
  EXPECT_EQ(kernel_.Last("Write").length, 0u);
  // Without room for it it waits like any other message.
  EXPECT_EQ(Reap().size(), 0u);
  port_->Cancel(operation.id);
  EXPECT_EQ(kernel_.Count("Cancel"), 1);
  kernel_.Complete(kernel_.Last("Write").overlapped, 0, 0);
  const std::vector<Completion> ended = Reap();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].result, 0);
}

TEST_F(PortFaultTest, NothingElseOfAPipeIsShutDown) {
  Open();
  for (const auto& [messages, side] : {std::pair{true, ShutdownSide::kReceive},
                                       std::pair{true, ShutdownSide::kBoth},
                                       std::pair{false, ShutdownSide::kSend}}) {
    kernel_.has_messages = messages;
    Operation operation = Make(Opcode::kShutdown, kPipe);
    operation.mode = static_cast<uint32_t>(side);
    EXPECT_EQ(Run(operation).result, Negated(Error::kNotSocket));
  }
  EXPECT_EQ(kernel_.Count("Write"), 0);
}

TEST_F(PortFaultTest, CloseForgetsTheHandle) {
  Open();
  Issue(Make(Opcode::kRead, kFile));
  EXPECT_EQ(Run(Make(Opcode::kClose, kFile)).result, 0);
  EXPECT_EQ(kernel_.closed, std::vector<HANDLE>{AsHandle(kFile)});
  // Another port associates the next file of this number.
  kernel_.associated.insert(AsHandle(kFile));
  EXPECT_EQ(Run(Make(Opcode::kRead, kFile)).result,
            Negated(Error::kInvalidArgument));
}

TEST_F(PortFaultTest, OpenGivesAHandleOrWhyNot) {
  Open();
  std::string path = "some.txt";
  Operation operation = Make(Opcode::kOpen);
  operation.data = path.data();
  operation.length = path.size();
  operation.mode = kOpenRead;
  const Completion opened = Run(operation);
  EXPECT_GT(opened.result, 0);
  EXPECT_EQ(kernel_.paths.back(), L"some.txt");
  operation.id = OperationId{operation.id.value + kIdGenerationUnit};
  kernel_.Script("OpenPath", ERROR_PIPE_BUSY);
  EXPECT_EQ(Run(operation).result, Negated(Error::kBusy));
}

}  // namespace
}  // namespace wharf
