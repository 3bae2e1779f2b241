// What a build for Windows has.

#include <vector>

#include "absl/status/status.h"
#include "backends/open.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(OpenPortTest, ABuildForWindowsHasCompletionPorts) {
  const std::vector<BackendOffer> offers = ProbeBackends().offers;
  ASSERT_EQ(offers.size(), 1u);
  EXPECT_EQ(offers[0].backend, BackendChoice::kIocp);
}

// Never replaced by another one.
TEST(OpenPortTest, ABackendOfLinuxIsMissing) {
  const auto opened = OpenPort({.backend = BackendChoice::kIoUring});
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.status().message().find("iocp"), std::string_view::npos)
      << opened.status();
}

}  // namespace
}  // namespace wharf
