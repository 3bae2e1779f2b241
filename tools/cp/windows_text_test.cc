#include "tools/cp/windows_text.h"

#include "gtest/gtest.h"

namespace wharf::cp {
namespace {

TEST(WindowsTextTest, ThereAndBack) {
  for (const char* text : {"", "a",
                           "Gr\xc3\xb6\xc3\x9f"
                           "e",
                           "\xf0\x9f\x9a\xa2"}) {
    EXPECT_EQ(Utf8(Utf16(text)), text);
  }
  EXPECT_EQ(Utf16("\xc3\xb6"), L"\u00f6");
}

TEST(WindowsTextTest, WhatIsNoTextIsReplaced) {
  EXPECT_EQ(Utf16("\xff"), L"\ufffd");
  EXPECT_EQ(Utf8(std::wstring(1, L'\xd800')), "\xef\xbf\xbd");
}

}  // namespace
}  // namespace wharf::cp
