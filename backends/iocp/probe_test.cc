#include "backends/iocp/probe.h"

#include <string>
#include <vector>

#include "backends/iocp/fake_calls.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

const IocpProbeItem* Find(const std::vector<IocpProbeItem>& items,
                          const std::string& name) {
  for (const IocpProbeItem& item : items) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

TEST(ProbeIocp, TellsWhatIsThereAndLeavesNothingOpen) {
  FakeCalls calls;
  const IocpProbe probe = ProbeIocp(calls);
  EXPECT_TRUE(probe.usable);
  EXPECT_TRUE(probe.way_out.empty());
  EXPECT_EQ(probe.system_release, "10.0-fake");
  ASSERT_NE(Find(probe.features, "cancel"), nullptr);
  EXPECT_TRUE(Find(probe.features, "cancel")->available);
  ASSERT_NE(Find(probe.opcodes, "ReadVectored"), nullptr);
  EXPECT_TRUE(Find(probe.opcodes, "ReadVectored")->available);
  EXPECT_EQ(calls.closed.size(), 1u);
}

TEST(ProbeIocp, EveryMissingThingHasAWayOut) {
  FakeCalls calls;
  const IocpProbe probe = ProbeIocp(calls);
  ASSERT_NE(Find(probe.opcodes, "Poll"), nullptr);
  EXPECT_FALSE(Find(probe.opcodes, "Poll")->available);
  EXPECT_FALSE(Find(probe.opcodes, "Allocate")->available);
  EXPECT_FALSE(Find(probe.features, "current_position")->available);
  for (const auto* items : {&probe.features, &probe.opcodes}) {
    for (const IocpProbeItem& item : *items) {
      EXPECT_EQ(item.way_out.empty(), item.available) << item.name;
      EXPECT_FALSE(item.explanation.empty()) << item.name;
    }
  }
}

TEST(ProbeIocp, SaysWhyThereIsNoPort) {
  FakeCalls calls;
  calls.Script("MakePort", ERROR_NOT_ENOUGH_MEMORY);
  const IocpProbe probe = ProbeIocp(calls);
  EXPECT_FALSE(probe.usable);
  EXPECT_NE(probe.explanation.find("code 8"), std::string::npos);
  EXPECT_FALSE(probe.way_out.empty());
  EXPECT_TRUE(probe.opcodes.empty());
}

TEST(ProbeIocp, TheRealSystemHasARelease) {
  const IocpProbe probe = ProbeIocp();
  EXPECT_TRUE(probe.usable) << probe.explanation;
  EXPECT_FALSE(probe.system_release.empty());
}

}  // namespace
}  // namespace wharf
