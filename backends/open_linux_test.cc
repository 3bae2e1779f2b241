// What a build for Linux has.

#include <vector>

#include "backends/open.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(OpenPortTest, ABuildForLinuxHasIoUringThenAio) {
  const std::vector<BackendOffer> offers = ProbeBackends().offers;
  ASSERT_EQ(offers.size(), 2u);
  EXPECT_EQ(offers[0].backend, BackendChoice::kIoUring);
  EXPECT_EQ(offers[1].backend, BackendChoice::kLinuxAio);
}

}  // namespace
}  // namespace wharf
