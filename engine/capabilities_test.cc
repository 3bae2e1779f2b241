#include "engine/capabilities.h"

#include "engine/operation.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(PortCapabilitiesTest, HasNothingUntilAdded) {
  const PortCapabilities capabilities;
  for (int i = 0; i < kOpcodeCount; ++i) {
    EXPECT_FALSE(capabilities.Has(static_cast<Opcode>(i))) << i;
  }
  EXPECT_FALSE(capabilities.HasFeatures(kFeatureCancel));
}

TEST(PortCapabilitiesTest, AddSetsOneOpcodeAndNoOther) {
  for (int added = 0; added < kOpcodeCount; ++added) {
    PortCapabilities capabilities;
    capabilities.Add(static_cast<Opcode>(added));
    for (int i = 0; i < kOpcodeCount; ++i) {
      EXPECT_EQ(capabilities.Has(static_cast<Opcode>(i)), i == added)
          << added << " " << i;
    }
  }
}

TEST(PortCapabilitiesTest, HasFeaturesWantsAllOfThem) {
  PortCapabilities capabilities;
  capabilities.features = kFeatureCancel | kFeatureDataSync;
  EXPECT_TRUE(capabilities.HasFeatures(kFeatureCancel));
  EXPECT_TRUE(capabilities.HasFeatures(kFeatureCancel | kFeatureDataSync));
  EXPECT_FALSE(capabilities.HasFeatures(kFeatureCancel | kFeaturePunchHole));
  EXPECT_TRUE(capabilities.HasFeatures(0));
}

}  // namespace
}  // namespace wharf
