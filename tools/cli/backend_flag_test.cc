#include "tools/cli/backend_flag.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(BackendFlagTest, NamesReadBack) {
  for (const char* name : {"auto", "io_uring"}) {
    BackendFlag backend;
    std::string error;
    ASSERT_TRUE(AbslParseFlag(name, &backend, &error)) << error;
    EXPECT_EQ(AbslUnparseFlag(backend), name);
  }
}

TEST(BackendFlagTest, AnUnknownNameIsAnsweredWithThoseThereAre) {
  BackendFlag backend{BackendChoice::kIoUring};
  std::string error;
  EXPECT_FALSE(AbslParseFlag("kqueue", &backend, &error));
  EXPECT_THAT(error,
              ::testing::HasSubstr("auto, io_uring, linux_aio (or aio), iocp"));
  EXPECT_EQ(backend.choice, BackendChoice::kIoUring);
}

}  // namespace
}  // namespace wharf
