#include "backends/backend.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using ::testing::HasSubstr;

TEST(BackendNameTest, EveryNameLeadsBackToItsChoice) {
  for (BackendChoice choice :
       {BackendChoice::kAuto, BackendChoice::kIoUring, BackendChoice::kLinuxAio,
        BackendChoice::kIocp}) {
    EXPECT_EQ(BackendFromName(BackendName(choice)), choice);
    EXPECT_THAT(BackendNames(), HasSubstr(std::string(BackendName(choice))));
  }
  EXPECT_EQ(BackendFromName("epoll"), std::nullopt);
  EXPECT_EQ(BackendFromName(""), std::nullopt);
}

TEST(BackendNameTest, LinuxAioHasAShortName) {
  EXPECT_EQ(BackendFromName("aio"), BackendChoice::kLinuxAio);
  EXPECT_EQ(BackendName(BackendChoice::kLinuxAio), "linux_aio");
  EXPECT_THAT(BackendNames(), HasSubstr("linux_aio (or aio)"));
}

}  // namespace
}  // namespace wharf
