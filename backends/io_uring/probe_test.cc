#include "backends/io_uring/probe.h"

#include <cerrno>
#include <string>

#include "backends/io_uring/fake_syscalls.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

const IoUringProbeItem* Find(const std::vector<IoUringProbeItem>& items,
                             const std::string& name) {
  for (const IoUringProbeItem& item : items) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

TEST(ProbeIoUring, TellsWhatIsThere) {
  FakeSyscalls kernel;
  const IoUringProbe probe = ProbeIoUring(kernel);
  EXPECT_TRUE(probe.usable);
  EXPECT_TRUE(probe.way_out.empty());
  EXPECT_EQ(probe.kernel_release, "5.0-fake");
  ASSERT_NE(Find(probe.features, "defer_taskrun"), nullptr);
  EXPECT_TRUE(Find(probe.features, "defer_taskrun")->available);
  ASSERT_NE(Find(probe.opcodes, "ReadVectored"), nullptr);
  EXPECT_TRUE(Find(probe.opcodes, "ReadVectored")->available);
  EXPECT_EQ(kernel.open_fds, 0);
}

TEST(ProbeIoUring, EveryMissingThingHasAWayOut) {
  FakeSyscalls kernel;
  kernel.known_setup_flags = 0;
  kernel.features = 0;
  kernel.last_opcode = 0;
  const IoUringProbe probe = ProbeIoUring(kernel);
  EXPECT_FALSE(probe.usable);
  EXPECT_FALSE(probe.way_out.empty());
  EXPECT_FALSE(Find(probe.features, "ext_arg")->available);
  for (const auto* items : {&probe.features, &probe.opcodes}) {
    for (const IoUringProbeItem& item : *items) {
      EXPECT_FALSE(item.explanation.empty()) << item.name;
      EXPECT_EQ(item.way_out.empty(), item.available) << item.name;
    }
  }
}

TEST(ProbeIoUring, SaysWhyThereIsNoRing) {
  FakeSyscalls kernel;
  kernel.setup_error = EPERM;
  kernel.disabled_sysctl = 2;
  const IoUringProbe probe = ProbeIoUring(kernel);
  EXPECT_FALSE(probe.usable);
  EXPECT_NE(probe.explanation.find("io_uring_disabled is 2"),
            std::string::npos);
  EXPECT_NE(probe.way_out.find("io_uring_disabled=0"), std::string::npos);
  EXPECT_TRUE(probe.features.empty());
}

TEST(ProbeIoUring, RealKernelAnswersConsistently) {
  const IoUringProbe probe = ProbeIoUring();
  EXPECT_FALSE(probe.kernel_release.empty());
  EXPECT_FALSE(probe.explanation.empty());
  EXPECT_EQ(probe.usable, probe.way_out.empty());
}

}  // namespace
}  // namespace wharf
