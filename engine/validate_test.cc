#include "engine/validate.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr uint64_t kMaxOffset = std::numeric_limits<int64_t>::max();

PortCapabilities FullPort() {
  PortCapabilities port;
  port.name = "test-port";
  for (int i = 0; i < kOpcodeCount; ++i) port.Add(static_cast<Opcode>(i));
  port.features = ~uint32_t{0};
  return port;
}

PortCapabilities PortWithout(Opcode opcode) {
  PortCapabilities port = FullPort();
  port.opcodes &= ~(uint64_t{1} << static_cast<int>(opcode));
  return port;
}

PortCapabilities PortWithoutFeature(PortFeature feature) {
  PortCapabilities port = FullPort();
  port.features &= ~uint32_t{feature};
  return port;
}

Handle File() { return Handle::Borrow(3); }
Buffer Bytes(std::size_t size) { return Buffer::Allocate(size); }

std::vector<Buffer> Pieces() {
  std::vector<Buffer> pieces;
  pieces.push_back(Bytes(4));
  pieces.push_back(Bytes(0));
  pieces.push_back(Bytes(6));
  return pieces;
}

// Bytes that nobody looks at: for sizes that no memory has.
Buffer Imagined(uint64_t size) {
  static std::byte byte;
  return Buffer::Unowned({&byte, static_cast<std::size_t>(size)});
}

absl::Status Check(Request request, const PortCapabilities& port = FullPort()) {
  return Validate(request, port);
}

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

std::string Invalid(Request request) {
  const absl::Status status = Check(std::move(request));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  return MessageOf(status);
}

// Each kind of request, and the opcode that its port must have.
struct Kind {
  const char* name;
  Request (*make)();
  Opcode opcode;
};

const Kind kKinds[] = {
    {"Nop", [] { return Request::Nop(); }, Opcode::kNop},
    {"Poll", [] { return Request::Poll(File(), kPollReadable); },
     Opcode::kPoll},
    {"Sync", [] { return Request::Sync(File()); }, Opcode::kSync},
    {"Allocate",
     [] { return Request::Allocate(File(), AllocateMode::kAllocate, 0, 8); },
     Opcode::kAllocate},
    {"Read", [] { return Request::Read(File(), Bytes(8)); }, Opcode::kRead},
    {"ReadPieces", [] { return Request::Read(File(), Pieces()); },
     Opcode::kReadVectored},
    {"Write", [] { return Request::Write(File(), Bytes(8)); }, Opcode::kWrite},
    {"WritePieces", [] { return Request::Write(File(), Pieces()); },
     Opcode::kWriteVectored},
    {"DurableWrite", [] { return Request::DurableWrite(File(), Bytes(8)); },
     Opcode::kWrite},
    {"DurablePieces", [] { return Request::DurableWrite(File(), Pieces()); },
     Opcode::kWriteVectored},
    {"Receive", [] { return Request::Receive(File(), Bytes(8)); },
     Opcode::kReceive},
    {"Send", [] { return Request::Send(File(), Bytes(8)); }, Opcode::kSend},
    {"SendPieces", [] { return Request::Send(File(), Pieces()); },
     Opcode::kSendVectored},
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class ValidateKindTest : public testing::TestWithParam<Kind> {};

TEST_P(ValidateKindTest, IsTakenByAPortThatHasEverything) {
  EXPECT_EQ(Check(GetParam().make()), absl::OkStatus());
}

TEST_P(ValidateKindTest, NeedsItsOpcode) {
  const Kind& kind = GetParam();
  EXPECT_EQ(RequiredOpcode(kind.make()), kind.opcode);
  const absl::Status status = Check(kind.make(), PortWithout(kind.opcode));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  const std::string opcode(OpcodeName(kind.opcode));
  EXPECT_THAT(MessageOf(status),
              AllOf(HasSubstr(std::string(RequestKindName(kind.make().kind))),
                    HasSubstr("the port test-port has no operation " + opcode),
                    HasSubstr("open another backend")));
}

TEST_P(ValidateKindTest, NeedsNoOtherOpcode) {
  const Kind& kind = GetParam();
  PortCapabilities port;
  port.features = ~uint32_t{0};
  port.Add(kind.opcode);
  const absl::Status status = Check(kind.make(), port);
  if (kind.make().kind == RequestKind::kDurableWrite) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
    EXPECT_THAT(MessageOf(status), HasSubstr("sync"));
  } else {
    EXPECT_EQ(status, absl::OkStatus());
  }
}

TEST_P(ValidateKindTest, NeedsAHandle) {
  Request request = GetParam().make();
  if (request.kind == RequestKind::kNop) {
    EXPECT_FALSE(request.handle.valid());
    return;
  }
  request.handle.Reset();
  EXPECT_THAT(Invalid(std::move(request)),
              AllOf(HasSubstr("handle names nothing"),
                    HasSubstr("adopt or borrow an open one")));
}

INSTANTIATE_TEST_SUITE_P(All, ValidateKindTest, testing::ValuesIn(kKinds),
                         [](const testing::TestParamInfo<Kind>& info) {
                           return std::string(info.param.name);
                         });

TEST(ValidateTest, SleepNeedsNothingOfThePort) {
  EXPECT_EQ(Check(Request::Sleep(Time()), PortCapabilities{}),
            absl::OkStatus());
}

TEST(ValidateTest, PollTakesReadableAndWritableOnly) {
  for (const uint32_t events : {1u, 2u, 3u}) {
    EXPECT_EQ(Check(Request::Poll(File(), events)), absl::OkStatus());
  }
  for (const uint32_t events : {0u, 4u, 5u, 8u, 16u, ~0u}) {
    EXPECT_THAT(Invalid(Request::Poll(File(), events)),
                AllOf(HasSubstr("events " + std::to_string(events) + " must"),
                      HasSubstr("kPollReadable, kPollWritable or both")));
  }
}

TEST(ValidateTest, AllocateTakesTheFourModes) {
  for (uint32_t mode = 0; mode < 4; ++mode) {
    EXPECT_EQ(
        Check(Request::Allocate(File(), static_cast<AllocateMode>(mode), 0, 8)),
        absl::OkStatus());
  }
  EXPECT_THAT(
      Invalid(Request::Allocate(File(), static_cast<AllocateMode>(4), 0, 8)),
      AllOf(HasSubstr("mode 4"), HasSubstr("last AllocateMode, 3"),
            HasSubstr("use one of its enumerators")));
}

TEST(ValidateTest, AllocateNeedsAnOffset) {
  EXPECT_THAT(Invalid(Request::Allocate(File(), AllocateMode::kAllocate,
                                        kCurrentPosition, 8)),
              AllOf(HasSubstr("kCurrentPosition"), HasSubstr("give one")));
}

TEST(ValidateTest, HolesNeedTheirFeature) {
  const PortCapabilities port = PortWithoutFeature(kFeaturePunchHole);
  for (const auto& [mode, code] :
       {std::pair(AllocateMode::kAllocate, absl::StatusCode::kOk),
        std::pair(AllocateMode::kAllocateKeepSize, absl::StatusCode::kOk),
        std::pair(AllocateMode::kPunchHole, absl::StatusCode::kUnimplemented),
        std::pair(AllocateMode::kZeroRange,
                  absl::StatusCode::kUnimplemented)}) {
    const absl::Status status =
        Check(Request::Allocate(File(), mode, 0, 8), port);
    EXPECT_EQ(status.code(), code);
    if (!status.ok()) {
      EXPECT_THAT(MessageOf(status), HasSubstr("kFeaturePunchHole"));
    }
  }
}

TEST(ValidateTest, CurrentPositionNeedsItsFeatureOnFilesOnly) {
  const PortCapabilities port = PortWithoutFeature(kFeatureCurrentPosition);
  for (Request (*make)() :
       {+[] { return Request::Read(File(), Bytes(8)); },
        +[] { return Request::Write(File(), Bytes(8)); },
        +[] { return Request::DurableWrite(File(), Bytes(8)); }}) {
    const absl::Status status = Check(make(), port);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
    EXPECT_THAT(MessageOf(status), AllOf(HasSubstr("kFeatureCurrentPosition"),
                                         HasSubstr("give an offset")));
  }
  EXPECT_EQ(Check(Request::Read(File(), Bytes(8), {.offset = 0}), port),
            absl::OkStatus());
  EXPECT_EQ(Check(Request::Receive(File(), Bytes(8)), port), absl::OkStatus());
  EXPECT_EQ(Check(Request::Send(File(), Bytes(8)), port), absl::OkStatus());
}

// Without the flag, a durable write is a write and a sync.
TEST(ValidateTest, DurableWriteDoesNotNeedTheFlag) {
  EXPECT_EQ(Check(Request::DurableWrite(File(), Bytes(8)),
                  PortWithoutFeature(kFeatureDurableWrite)),
            absl::OkStatus());
}

TEST(ValidateTest, FileRangesEndAtTheLargestOffset) {
  EXPECT_EQ(Check(Request::Write(File(), Bytes(8), {.offset = kMaxOffset - 8})),
            absl::OkStatus());
  EXPECT_THAT(
      Invalid(Request::Write(File(), Bytes(8), {.offset = kMaxOffset - 7})),
      AllOf(HasSubstr("offset 9223372036854775800"), HasSubstr("length 8"),
            HasSubstr("largest file offset 9223372036854775807"),
            HasSubstr("use smaller values")));
  // The sum would wrap to a small number.
  EXPECT_THAT(Invalid(Request::Read(File(), Bytes(8),
                                    {.offset = kCurrentPosition - 1})),
              HasSubstr("offset 18446744073709551614"));
  // Nothing to transfer, but no such place either.
  EXPECT_THAT(
      Invalid(Request::Read(File(), Bytes(0), {.offset = kMaxOffset + 1})),
      HasSubstr("largest file offset"));
  EXPECT_THAT(
      Invalid(Request::Read(File(), Pieces(), {.offset = kMaxOffset - 9})),
      HasSubstr("length 10"));
  EXPECT_EQ(Check(Request::Read(File(), Pieces(), {.offset = kMaxOffset - 10})),
            absl::OkStatus());
  EXPECT_THAT(Invalid(Request::Allocate(File(), AllocateMode::kAllocate, 1,
                                        kMaxOffset)),
              HasSubstr("largest file offset"));
}

TEST(ValidateTest, RangeThatWrapsIsNotTakenForASmallOne) {
  EXPECT_THAT(Invalid(Request::Allocate(File(), AllocateMode::kAllocate, 8,
                                        ~uint64_t{0} - 4)),
              HasSubstr("length 18446744073709551611"));
}

TEST(ValidateTest, StreamsIgnoreTheOffset) {
  EXPECT_EQ(
      Check(Request::Receive(File(), Bytes(8), {.offset = kMaxOffset + 1})),
      absl::OkStatus());
  EXPECT_EQ(Check(Request::Send(File(), Bytes(8), {.offset = kMaxOffset + 1})),
            absl::OkStatus());
  EXPECT_EQ(Check(Request::Send(File(), Pieces(), {.offset = kMaxOffset + 1})),
            absl::OkStatus());
}

TEST(ValidateTest, LengthToTheBuffersEndIsResolved) {
  Request whole = Request::Read(File(), Bytes(10));
  EXPECT_EQ(Validate(whole, FullPort()), absl::OkStatus());
  EXPECT_EQ(whole.length, 10u);

  Request rest = Request::Read(File(), Bytes(10), {.buffer_offset = 4});
  EXPECT_EQ(Validate(rest, FullPort()), absl::OkStatus());
  EXPECT_EQ(rest.length, 6u);

  Request none = Request::Read(File(), Bytes(10), {.buffer_offset = 10});
  EXPECT_EQ(Validate(none, FullPort()), absl::OkStatus());
  EXPECT_EQ(none.length, 0u);

  Request given =
      Request::Read(File(), Bytes(10), {.buffer_offset = 4, .length = 6});
  EXPECT_EQ(Validate(given, FullPort()), absl::OkStatus());
  EXPECT_EQ(given.length, 6u);
}

TEST(ValidateTest, RefusalLeavesTheLengthUnresolved) {
  Request request = Request::Read(File(), Bytes(8), {.offset = kMaxOffset - 1});
  EXPECT_FALSE(Validate(request, FullPort()).ok());
  EXPECT_EQ(request.length, TransferOptions::kToBufferEnd);
}

TEST(ValidateTest, PartMustLieInsideTheBuffer) {
  EXPECT_THAT(Invalid(Request::Read(File(), Bytes(10), {.buffer_offset = 11})),
              AllOf(HasSubstr("buffer offset 11"),
                    HasSubstr("buffer of 10 bytes"), HasSubstr("smaller")));
  EXPECT_THAT(Invalid(Request::Read(File(), Bytes(10),
                                    {.buffer_offset = 4, .length = 7})),
              AllOf(HasSubstr("length 7"), HasSubstr("buffer offset 4"),
                    HasSubstr("10 bytes"), HasSubstr("kToBufferEnd")));
  // The sum would wrap to a small number.
  EXPECT_THAT(
      Invalid(Request::Read(File(), Bytes(10),
                            {.buffer_offset = 4, .length = ~uint64_t{0} - 2})),
      HasSubstr("length 18446744073709551613"));
}

TEST(ValidateTest, SeveralBuffersAreAlwaysUsedWhole) {
  EXPECT_THAT(Invalid(Request::Write(File(), Pieces(), {.buffer_offset = 1})),
              AllOf(HasSubstr("buffer_offset 1"), HasSubstr("not with 3"),
                    HasSubstr("leave both alone")));
  EXPECT_THAT(Invalid(Request::Write(File(), Pieces(), {.length = 4})),
              HasSubstr("length 4"));
}

TEST(ValidateTest, SeveralBuffersHaveALargestSum) {
  std::vector<Buffer> buffers;
  buffers.push_back(Imagined(kMaxOffset));
  buffers.push_back(Imagined(1));
  EXPECT_THAT(Invalid(Request::Write(File(), std::move(buffers))),
              AllOf(HasSubstr("the 2 buffers"),
                    HasSubstr("more than 9223372036854775807 bytes"),
                    HasSubstr("several requests")));
}

// There is no vectored receive: the array itself would be overwritten.
TEST(ValidateTest, ReceiveTakesOneBuffer) {
  Request request = Request::Receive(File(), Buffer());
  request.buffers = Pieces();
  EXPECT_THAT(Invalid(std::move(request)),
              AllOf(HasSubstr("Receive: 3 buffers"), HasSubstr("use one")));
}

// Every combination around every limit: the short way takes nothing that the
// long way refuses, resolves the same length, and takes what is common.
TEST(ValidateTest, ShortWayAgreesWithTheLongWay) {
  constexpr uint64_t kNumbers[] = {0,
                                   1,
                                   7,
                                   8,
                                   9,
                                   kMaxFileOffset - 8,
                                   kMaxFileOffset - 7,
                                   kMaxFileOffset,
                                   kMaxFileOffset + 1,
                                   kCurrentPosition};
  int taken = 0;
  for (int kind = 0; kind < kRequestKindCount; ++kind) {
    for (const PortCapabilities& port :
         {FullPort(), PortWithout(Opcode::kRead), PortWithout(Opcode::kSend)}) {
      for (const uint64_t offset : kNumbers) {
        for (const uint64_t begin : kNumbers) {
          for (const uint64_t length : kNumbers) {
            Request request = Request::Read(
                File(), Buffer::Allocate(8),
                {.offset = offset, .buffer_offset = begin, .length = length});
            request.kind = static_cast<RequestKind>(kind);
            if (!IsValidPlainTransfer(request, port)) {
              EXPECT_EQ(request.length, length);
              continue;
            }
            ++taken;
            const uint64_t resolved = request.length;
            request.length = length;
            ASSERT_TRUE(Validate(request, port).ok())
                << kind << ' ' << offset << ' ' << begin << ' ' << length;
            EXPECT_EQ(request.length, resolved);
          }
        }
      }
    }
  }
  EXPECT_GT(taken, 100);
}

TEST(ValidateTest, ShortWayTakesTheCommonCases) {
  const PortCapabilities port = FullPort();
  Request read = Request::Read(File(), Buffer::Allocate(8), {.offset = 4096});
  EXPECT_TRUE(IsValidPlainTransfer(read, port));
  EXPECT_EQ(read.length, 8u);
  Request receive = Request::Receive(File(), Buffer::Allocate(8));
  EXPECT_TRUE(IsValidPlainTransfer(receive, port));
  Request nothing = Request::Read(Handle(), Buffer::Allocate(8), {.offset = 0});
  EXPECT_FALSE(IsValidPlainTransfer(nothing, port));
}

}  // namespace
}  // namespace wharf
