#include "tests/differential/windows_world.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/differential/program.h"

namespace wharf::differential {
namespace {

std::unique_ptr<WindowsWorld> NewWorld(const std::string& scratch) {
  auto world = WindowsWorld::Create(scratch);
  EXPECT_TRUE(world.ok()) << world.status();
  return world.ok() ? *std::move(world) : nullptr;
}

Program OneFile(uint32_t size) {
  Program program;
  program.objects = {{ObjectKind::kFile, size}};
  return program;
}

// Processes of two Wines may have the same number.
TEST(WindowsWorldTest, EachHasAFolderOfItsOwn) {
  const auto one = NewWorld(DefaultScratch());
  const auto other = NewWorld(DefaultScratch());
  ASSERT_NE(one, nullptr);
  ASSERT_NE(other, nullptr);
  std::vector<Handle> handles;
  ASSERT_TRUE(one->Begin(OneFile(10), handles).ok());
  ASSERT_TRUE(other->Begin(OneFile(20), handles).ok());
  handles.clear();
  EXPECT_EQ(one->Contents(0).size(), 10u);
  EXPECT_EQ(other->Contents(0).size(), 20u);
}

TEST(WindowsWorldTest, TheFolderMayHaveAnyName) {
  const std::filesystem::path scratch =
      std::filesystem::path(DefaultScratch()) / L"n\u00e4\u20acme";
  std::filesystem::create_directory(scratch);
  {
    const auto world = NewWorld(scratch.string());
    ASSERT_NE(world, nullptr);
    std::vector<Handle> handles;
    const absl::Status begun = world->Begin(OneFile(3), handles);
    ASSERT_TRUE(begun.ok()) << begun;
    EXPECT_EQ(
        world->Contents(0),
        (std::vector{InitialByte(0, 0), InitialByte(0, 1), InitialByte(0, 2)}));
    handles.clear();
    world->End();
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch)) << "something was left";
  std::filesystem::remove(scratch);
}

TEST(WindowsWorldTest, AFolderThatIsNotThereIsNotMade) {
  const std::string scratch = DefaultScratch() + "\\not_there";
  const absl::Status status = WindowsWorld::Create(scratch).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), scratch)) << status;
  EXPECT_FALSE(std::filesystem::exists(scratch));
}

TEST(WindowsWorldTest, APipeHasAReadingEndAndAWritingEnd) {
  const auto world = NewWorld(DefaultScratch());
  ASSERT_NE(world, nullptr);
  Program program;
  program.objects = {{ObjectKind::kPipe}, {ObjectKind::kPipe}};
  std::vector<Handle> handles;
  const absl::Status begun = world->Begin(program, handles);
  ASSERT_TRUE(begun.ok()) << begun;
  EXPECT_EQ(handles.size(), 4u);
}

}  // namespace
}  // namespace wharf::differential
