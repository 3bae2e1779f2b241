#include "backends/io_uring/probe.h"

#include <cerrno>

#include "backends/backend.h"
#include "backends/backend_test_util.h"
#include "backends/io_uring/fake_syscalls.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(ProbeIoUring, TellsWhatIsThere) {
  FakeSyscalls kernel;
  const BackendOffer offer = ProbeIoUring(kernel);
  EXPECT_TRUE(offer.available);
  EXPECT_TRUE(offer.way_out.empty());
  EXPECT_THAT(offer.explanation, testing::HasSubstr("5.0-fake"));
  EXPECT_THAT(offer.features, Says("defer_taskrun", true));
  EXPECT_THAT(offer.operations, Says("ReadVectored", true));
  EXPECT_EQ(kernel.open_fds, 0);
}

TEST(ProbeIoUring, EveryMissingThingHasAWayOut) {
  FakeSyscalls kernel;
  kernel.known_setup_flags = 0;
  kernel.features = 0;
  kernel.last_opcode = 0;
  const BackendOffer offer = ProbeIoUring(kernel);
  EXPECT_FALSE(offer.available);
  EXPECT_FALSE(offer.way_out.empty());
  EXPECT_THAT(offer.features, Says("ext_arg", false));
  ExpectExplained(offer);
}

TEST(ProbeIoUring, SaysWhyThereIsNoRing) {
  FakeSyscalls kernel;
  kernel.setup_error = EPERM;
  kernel.disabled_sysctl = 2;
  const BackendOffer offer = ProbeIoUring(kernel);
  EXPECT_FALSE(offer.available);
  EXPECT_THAT(offer.explanation, testing::HasSubstr("io_uring_disabled is 2"));
  EXPECT_THAT(offer.way_out, testing::HasSubstr("io_uring_disabled=0"));
  EXPECT_TRUE(offer.features.empty());
}

TEST(ProbeIoUring, RealKernelAnswersConsistently) {
  const BackendOffer offer = ProbeIoUring();
  EXPECT_FALSE(offer.explanation.empty());
  EXPECT_EQ(offer.available, offer.way_out.empty());
}

}  // namespace
}  // namespace wharf
