#include "backends/iocp/errors.h"

#include <cstdint>
#include <initializer_list>

#include "gtest/gtest.h"

namespace wharf::iocp {
namespace {

int64_t Negated(Error error) { return -static_cast<int64_t>(error); }

TEST(ErrorFromWin32, FilesAndTheSystem) {
  EXPECT_EQ(ErrorFromWin32(2), Error::kNotFound);
  EXPECT_EQ(ErrorFromWin32(5), Error::kAccessDenied);
  EXPECT_EQ(ErrorFromWin32(6), Error::kBadHandle);
  EXPECT_EQ(ErrorFromWin32(80), Error::kExists);
  EXPECT_EQ(ErrorFromWin32(87), Error::kInvalidArgument);
  EXPECT_EQ(ErrorFromWin32(112), Error::kNoSpace);
  EXPECT_EQ(ErrorFromWin32(995), Error::kCancelled);
  EXPECT_EQ(ErrorFromWin32(998), Error::kBadAddress);
}

TEST(ErrorFromWin32, Pipes) {
  EXPECT_EQ(ErrorFromWin32(231), Error::kBusy);
  EXPECT_EQ(ErrorFromWin32(232), Error::kBrokenPipe);
  EXPECT_EQ(ErrorFromWin32(233), Error::kNotConnected);
}

TEST(ErrorFromWin32, SocketCodesAreOneToOne) {
  EXPECT_EQ(ErrorFromWin32(10038), Error::kNotSocket);
  EXPECT_EQ(ErrorFromWin32(10048), Error::kAddressInUse);
  EXPECT_EQ(ErrorFromWin32(10061), Error::kConnectionRefused);
  EXPECT_EQ(ErrorFromWin32(10093), Error::kNoDevice);
}

TEST(ErrorFromWin32, LackOfResources_W17) {
  for (uint32_t code : {1450u, 1784u, 1816u, 10055u}) {
    EXPECT_EQ(ErrorFromWin32(code), Error::kNoBuffers) << code;
  }
  EXPECT_EQ(ErrorFromWin32(8), Error::kNoMemory);
}

TEST(ErrorFromWin32, AResetHasTwoCodes_W18) {
  EXPECT_EQ(ErrorFromWin32(64), Error::kConnectionReset);
  EXPECT_EQ(ErrorFromWin32(10054), Error::kConnectionReset);
}

TEST(ErrorFromWin32, CodesWithoutANameAreUnknown) {
  for (uint32_t code : {11u, 9999u, 10999u, 12001u, 0x80000000u, ~0u}) {
    EXPECT_EQ(ErrorFromWin32(code), Error::kUnknown) << code;
  }
}

TEST(SocketErrorFromStatus, KnowsWhatSocketsAnswer) {
  EXPECT_EQ(SocketErrorFromStatus(0xC000020D), 10054u);
  EXPECT_EQ(SocketErrorFromStatus(0xC0000236), 10061u);
  EXPECT_EQ(SocketErrorFromStatus(0x8000000A), 995u);
  EXPECT_EQ(SocketErrorFromStatus(0xC0000120), 0u);
  EXPECT_EQ(SocketErrorFromStatus(0), 0u);
}

TEST(IsWarning, IsTheSeverityAlone) {
  EXPECT_TRUE(IsWarning(0x80000005));
  for (uint32_t status : {0u, 0x103u, 0x40000000u, 0xC0000120u}) {
    EXPECT_FALSE(IsWarning(status)) << status;
  }
}

TEST(AnswerFor, SuccessIsTheBytesOfATransferAndElseNothing) {
  EXPECT_EQ(AnswerFor(Opcode::kRead, 0, 5).result, 5);
  EXPECT_EQ(AnswerFor(Opcode::kSendVectored, 0, 5).result, 5);
  EXPECT_EQ(AnswerFor(Opcode::kConnect, 0, 5).result, 0);
}

TEST(AnswerFor, TheEndOfAFileOrPipeIsNoBytes) {
  for (uint32_t code : {38u, 109u}) {
    const Answer answer = AnswerFor(Opcode::kRead, code, 0);
    EXPECT_EQ(answer.result, 0) << code;
    EXPECT_EQ(answer.native_error, 0) << code;
  }
  EXPECT_EQ(AnswerFor(Opcode::kReceive, 10101, 0).result, 0);
  // Nobody reads: that is an error, of a write.
  const Answer write = AnswerFor(Opcode::kWrite, 109, 0);
  EXPECT_EQ(write.result, Negated(Error::kBrokenPipe));
  EXPECT_EQ(write.native_error, 109);
}

TEST(AnswerFor, AMessageLargerThanItsBufferIsTheBytes_W19_RW9) {
  EXPECT_EQ(AnswerFor(Opcode::kRead, 234, 8).result, 8);
  EXPECT_EQ(AnswerFor(Opcode::kReceive, 10040, 8).result, 8);
  EXPECT_EQ(AnswerFor(Opcode::kRead, 234, 0).result,
            Negated(Error::kMessageTooLong));
  EXPECT_EQ(AnswerFor(Opcode::kSend, 10040, 0).result,
            Negated(Error::kMessageTooLong));
}

TEST(AnswerFor, AnAbortAfterSomeBytesIsTheBytes_W07) {
  EXPECT_EQ(AnswerFor(Opcode::kReceive, 995, 3).result, 3);
  EXPECT_EQ(AnswerFor(Opcode::kWrite, 995, 3).result, 3);
  const Answer none = AnswerFor(Opcode::kReceive, 995, 0);
  EXPECT_EQ(none.result, Negated(Error::kCancelled));
  EXPECT_EQ(none.native_error, 995);
  EXPECT_EQ(AnswerFor(Opcode::kAccept, 995, 3).result,
            Negated(Error::kCancelled));
}

}  // namespace
}  // namespace wharf::iocp
