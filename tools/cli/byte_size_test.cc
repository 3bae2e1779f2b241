#include "tools/cli/byte_size.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wharf {
namespace {

using ::testing::HasSubstr;

ByteSize Parsed(absl::string_view text) {
  ByteSize size;
  std::string error;
  EXPECT_TRUE(AbslParseFlag(text, &size, &error)) << text << ": " << error;
  return size;
}

TEST(ByteSizeTest, SuffixesArePowersOf1024) {
  EXPECT_EQ(Parsed("0").bytes, 0u);
  EXPECT_EQ(Parsed("4096").bytes, 4096u);
  EXPECT_EQ(Parsed("64K").bytes, 65536u);
  EXPECT_EQ(Parsed("64k").bytes, 65536u);
  EXPECT_EQ(Parsed("1M").bytes, uint64_t{1} << 20);
  EXPECT_EQ(Parsed("1MiB").bytes, uint64_t{1} << 20);
  EXPECT_EQ(Parsed("3G").bytes, uint64_t{3} << 30);
  EXPECT_EQ(Parsed("2T").bytes, uint64_t{2} << 40);
}

TEST(ByteSizeTest, WhatIsNotASizeIsRefusedWithTheWayToWriteOne) {
  for (const char* text :
       {"", "K", "-1", "+1", "1.5M", "64iB", "1KB", "0x10", " 1", "1 M",
        "16777216T", "99999999999999999999", "iB", "M1"}) {
    ByteSize size{77};
    std::string error;
    EXPECT_FALSE(AbslParseFlag(text, &size, &error)) << text;
    EXPECT_THAT(error, HasSubstr("64K")) << text;
    EXPECT_EQ(size.bytes, 77u) << text;
  }
}

TEST(ByteSizeTest, TheWrittenFormReadsBackExactly) {
  for (const uint64_t bytes :
       {uint64_t{0}, uint64_t{1}, uint64_t{1023}, uint64_t{1024},
        uint64_t{1000}, uint64_t{524288}, uint64_t{1} << 40,
        (uint64_t{1} << 50) * 3, ~uint64_t{0}}) {
    EXPECT_EQ(Parsed(AbslUnparseFlag(ByteSize{bytes})).bytes, bytes);
  }
  EXPECT_EQ(AbslUnparseFlag(ByteSize{524288}), "512K");
}

TEST(FormatBytesTest, ThreeDigits) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(1024), "1.00 KiB");
  EXPECT_EQ(FormatBytes(1536 * 1024), "1.50 MiB");
  EXPECT_EQ(FormatBytes(uint64_t{123} << 30), "123 GiB");
  EXPECT_EQ(FormatBytes((uint64_t{1} << 20) - 1), "1.00 MiB");
}

}  // namespace
}  // namespace wharf
