#include "backends/linux_aio/probe.h"

#include <cerrno>

#include "backends/linux_aio/fake_syscalls.h"
#include "backends/linux_aio/prepare.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(ProbeLinuxAio, AWorkingKernelIsDescribedAndLeftAsItWas) {
  FakeAioSyscalls kernel;
  kernel.nr = 36;
  const BackendOffer offer = ProbeLinuxAio(kernel);
  EXPECT_TRUE(offer.available);
  EXPECT_EQ(offer.backend, BackendChoice::kLinuxAio);
  EXPECT_THAT(offer.explanation, HasSubstr("5.0-fake"));
  EXPECT_THAT(offer.way_out, IsEmpty());
  EXPECT_EQ(offer.operations.size(), static_cast<size_t>(kOpcodeCount));
  EXPECT_THAT(offer.features.back().explanation,
              HasSubstr("65500 of fs.aio-max-nr = 65536"));
  EXPECT_EQ(kernel.contexts, 0);
  EXPECT_EQ(kernel.closed, std::vector<int>{77});
}

TEST(ProbeLinuxAio, WhatIsMissingHasAWayOut) {
  FakeAioSyscalls kernel;
  for (const BackendFact& fact : ProbeLinuxAio(kernel).features) {
    EXPECT_THAT(fact.explanation, Not(IsEmpty())) << fact.name;
    EXPECT_EQ(fact.way_out.empty(), fact.available) << fact.name;
  }
}

TEST(ProbeLinuxAio, AnExhaustedQuotaIsExplained_A06) {
  FakeAioSyscalls kernel;
  kernel.setup_error = EAGAIN;
  kernel.nr = 65'530;
  const BackendOffer offer = ProbeLinuxAio(kernel);
  EXPECT_FALSE(offer.available);
  EXPECT_THAT(offer.explanation, HasSubstr("257 AIO events are needed"));
  EXPECT_THAT(offer.way_out, HasSubstr("sysctl fs.aio-max-nr="));
  EXPECT_THAT(offer.operations, IsEmpty());
}

TEST(ProbeLinuxAio, AKernelWithoutPollsIsTooOld) {
  FakeAioSyscalls kernel;
  kernel.refused[aio::kWakeTag] = EINVAL;
  const BackendOffer offer = ProbeLinuxAio(kernel);
  EXPECT_FALSE(offer.available);
  EXPECT_THAT(offer.explanation, HasSubstr("too old"));
  EXPECT_THAT(offer.way_out, HasSubstr("4.19"));
  EXPECT_EQ(kernel.contexts, 0);
}

// The probe and the port must say the same about this machine.
TEST(ProbeLinuxAio, RunsOnTheRealKernel) {
  const BackendOffer offer = ProbeLinuxAio();
  EXPECT_THAT(offer.explanation, Not(IsEmpty()));
  EXPECT_EQ(offer.way_out.empty(), offer.available);
}

}  // namespace
}  // namespace wharf
