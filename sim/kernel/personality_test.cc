#include "sim/kernel/personality.h"

#include <set>
#include <string_view>

#include "gtest/gtest.h"

namespace wharf::sim {
namespace {

constexpr Personality kAll[] = {Personality::kIoUring, Personality::kLinuxAio,
                                Personality::kIocp};

TEST(PersonalityTest, EachHasAName) {
  std::set<std::string_view> names;
  for (const Personality personality : kAll) {
    names.insert(PersonalityName(personality));
    EXPECT_EQ(CapabilitiesOf(personality, 1).name,
              PersonalityName(personality));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kPersonalityCount));
}

TEST(PersonalityTest, HasWhatItsKernelHasAndNoMore) {
  const PortCapabilities uring = CapabilitiesOf(Personality::kIoUring, 7);
  const PortCapabilities aio = CapabilitiesOf(Personality::kLinuxAio, 7);
  const PortCapabilities iocp = CapabilitiesOf(Personality::kIocp, 7);
  EXPECT_EQ(uring.max_in_flight, 7u);
  EXPECT_TRUE(uring.Has(Opcode::kNop));
  EXPECT_TRUE(uring.Has(Opcode::kAllocate));
  EXPECT_TRUE(uring.Has(Opcode::kConnect));
  EXPECT_TRUE(iocp.Has(Opcode::kAccept));
  EXPECT_TRUE(uring.HasFeatures(kFeatureDurableWrite | kFeaturePunchHole));
  EXPECT_EQ(aio.opcodes, (uint64_t{1} << kOpcodeCount) - 1)
      << "its port has everything";
  EXPECT_TRUE(aio.HasFeatures(kFeatureCurrentPosition | kFeaturePunchHole));
  EXPECT_TRUE(iocp.Has(Opcode::kReceive));
  EXPECT_FALSE(iocp.Has(Opcode::kPoll));
  EXPECT_FALSE(iocp.Has(Opcode::kSync));
  EXPECT_FALSE(iocp.HasFeatures(kFeatureDurableWrite));
}

TEST(PersonalityTest, LinuxReportsErrnoAndWindowsItsOwnCodes) {
  EXPECT_EQ(NativeError(Personality::kIoUring, Error::kConnectionReset), 104);
  EXPECT_EQ(NativeError(Personality::kLinuxAio, Error::kCancelled), 125);
  EXPECT_EQ(NativeError(Personality::kIocp, Error::kConnectionReset), 64);
  EXPECT_EQ(NativeError(Personality::kIocp, Error::kCancelled), 995);
  EXPECT_EQ(NativeError(Personality::kIocp, Error::kAccessDenied), 5);
  EXPECT_EQ(NativeError(Personality::kIocp, Error::kNotConnected), 10057);
  EXPECT_EQ(NativeError(Personality::kIocp, Error::kExists), 87);
}

TEST(PersonalityTest, AStreamsTransfersFailLikeStreams) {
  EXPECT_EQ(ClassOf(Opcode::kRead, false), OperationClass::kRead);
  EXPECT_EQ(ClassOf(Opcode::kRead, true), OperationClass::kReceive);
  EXPECT_EQ(ClassOf(Opcode::kWriteVectored, false), OperationClass::kWrite);
  EXPECT_EQ(ClassOf(Opcode::kWrite, true), OperationClass::kSend);
  EXPECT_EQ(ClassOf(Opcode::kSendVectored, true), OperationClass::kSend);
  EXPECT_EQ(ClassOf(Opcode::kPoll, true), OperationClass::kPoll);
}

TEST(PersonalityTest, FaultsNameRowsOfTheirOwnKernel) {
  for (const Personality personality : kAll) {
    for (int i = 0; i < kOperationClassCount; ++i) {
      for (const Fault& fault :
           FaultsOf(personality, static_cast<OperationClass>(i))) {
        if (fault.row == kNoRow) continue;
        const char letter = "UAW"[static_cast<int>(personality)];
        EXPECT_EQ(RowName(fault.row)[0], letter) << RowName(fault.row);
        EXPECT_TRUE(Info(fault.row).in_scope()) << RowName(fault.row);
      }
    }
  }
}

TEST(PersonalityTest, OnlyTransfersAreShort) {
  for (const Personality personality : kAll) {
    for (const OperationClass operation :
         {OperationClass::kNop, OperationClass::kSync,
          OperationClass::kAllocate, OperationClass::kPoll}) {
      for (const Fault& fault : FaultsOf(personality, operation)) {
        EXPECT_NE(fault.error, Error::kNone);
      }
    }
  }
}

}  // namespace
}  // namespace wharf::sim
