#include "tools/cp/data_ranges.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cp/filesystem.h"
#include "tools/cp/scratch.h"

namespace wharf::cp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<Range> All(DataRanges ranges) {
  std::vector<Range> all;
  for (; !ranges.done(); ranges.Advance()) all.push_back(ranges.next());
  EXPECT_TRUE(ranges.status().ok()) << ranges.status();
  return all;
}

TEST(DataRangesTest, WithoutHolesTheFileIsCutIntoBlocks) {
  EXPECT_THAT(
      All(DataRanges(-1, "f", 20'000, false, 8192, 4096)),
      ElementsAre(Range{0, 8192}, Range{8192, 8192}, Range{16384, 3616}));
  EXPECT_THAT(All(DataRanges(-1, "f", 8192, false, 8192, 4096)),
              ElementsAre(Range{0, 8192}));
  EXPECT_THAT(All(DataRanges(-1, "f", 0, false, 8192, 4096)), IsEmpty());
  EXPECT_THAT(All(DataRanges()), IsEmpty());
}

class SparseTest : public ::testing::Test {
 protected:
  // Pages of data at these places in a file of `size` bytes.
  int Make(std::vector<off_t> pages, off_t size) {
    fd_ = ::open(scratch_.Path("f").c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
    EXPECT_EQ(::ftruncate(fd_, size), 0);
    const std::string page(4096, 'x');
    for (const off_t at : pages)
      EXPECT_EQ(::pwrite(fd_, page.data(), 4096, at), 4096);
    return fd_;
  }
  void SetUp() override {
    const int fd = Make({4096}, 1 << 20);
    const auto data = NextData(fd, 8192, "f");
    ::close(fd);
    if (data.ok() && data->has_value()) {
      GTEST_SKIP() << "missing: a file system for temporary files that knows "
                      "holes of 4096 bytes (SEEK_DATA)";
    }
  }
  void TearDown() override { ::close(fd_); }

  Scratch scratch_;
  int fd_ = -1;
};

TEST_F(SparseTest, HolesAreSkipped) {
  const int fd = Make({0, 65536, 65536 + 4096, 65536 + 8192}, 1 << 20);
  EXPECT_THAT(All(DataRanges(fd, "f", 1 << 20, true, 8192, 4096)),
              ElementsAre(Range{0, 4096}, Range{65536, 8192},
                          Range{65536 + 8192, 4096}));
}

TEST_F(SparseTest, AWholeHoleIsNothing) {
  const int fd = Make({}, 1 << 20);
  EXPECT_THAT(All(DataRanges(fd, "f", 1 << 20, true, 8192, 4096)), IsEmpty());
}

TEST_F(SparseTest, DataIsWidenedToGrainsWithoutOverlap) {
  const int fd = Make({4096, 12288}, 40'000);
  // One grain of 8192 has data at its end, the next at its end too: adjacent.
  EXPECT_THAT(All(DataRanges(fd, "f", 40'000, true, 8192, 8192)),
              ElementsAre(Range{0, 8192}, Range{8192, 8192}));
}

TEST_F(SparseTest, TheEndOfTheFileIsTheEndOfTheData) {
  const int fd = Make({32768}, 33'000 + 4096);
  EXPECT_THAT(All(DataRanges(fd, "f", 33'000, true, 8192, 4096)),
              ElementsAre(Range{32768, 232}));
}

TEST_F(SparseTest, AClosedDescriptorIsAnErrorAndTheEnd) {
  const DataRanges ranges(-1, "f", 1000, true, 8192, 4096);
  EXPECT_TRUE(ranges.done());
  EXPECT_FALSE(ranges.status().ok());
}

}  // namespace
}  // namespace wharf::cp
