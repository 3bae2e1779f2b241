#include "tools/sim/output.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf::simulate {
namespace {

TEST(OutputTest, AFileHoldsWhatWasWrittenLastAndNothingElse) {
  const std::string path = testing::TempDir() + "/saved";
  // Longer than a block, with line ends of both kinds and a zero.
  std::string text(200'000, 'x');
  text += std::string("\r\n\n\0end", 7);
  ASSERT_TRUE(WriteFile(path, text).ok());
  absl::StatusOr<std::string> read = ReadFile(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, text);

  ASSERT_TRUE(WriteFile(path, "short").ok());
  read = ReadFile(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, "short");
}

TEST(OutputTest, ErrorsNameThePath) {
  const std::string path = testing::TempDir() + "/no such folder/saved";
  const absl::Status written = WriteFile(path, "text");
  EXPECT_FALSE(written.ok());
  EXPECT_THAT(std::string(written.message()), testing::HasSubstr(path));
  const absl::Status read = ReadFile(path).status();
  EXPECT_EQ(read.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(read.message()), testing::HasSubstr(path));
}

TEST(OutputTest, ComplainingGivesTheStatusAndSaysWhoComplains) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(Complain(2, "--size=0: must be 1 to 10"), 2);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "wharf sim: --size=0: must be 1 to 10\n");
}

}  // namespace
}  // namespace wharf::simulate
