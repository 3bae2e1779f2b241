#include "backends/windows/text.h"

#include <windows.h>

#include "gtest/gtest.h"

namespace wharf {
namespace {

TEST(TextTest, ThereAndBack) {
  for (const char* text : {"", "a",
                           "Gr\xc3\xb6\xc3\x9f"
                           "e",
                           "\xf0\x9f\x9a\xa2"}) {
    EXPECT_EQ(Utf8(Utf16(text)), text);
  }
  EXPECT_EQ(Utf16("\xc3\xb6"), L"\u00f6");
}

TEST(TextTest, WhatIsNoTextIsReplaced) {
  EXPECT_EQ(Utf16("\xff"), L"\ufffd");
  // Each byte of what is cut off, at the most.
  EXPECT_EQ(Utf16("\xe2\x82").find_first_not_of(L'\ufffd'), std::string::npos);
  EXPECT_EQ(Utf8(std::wstring(1, L'\xd800')), "\xef\xbf\xbd");
}

TEST(TextTest, WhatIsNoTextIsRefused) {
  std::wstring wide;
  EXPECT_EQ(StrictUtf16("a\xc3\xb6", &wide), 0u);
  EXPECT_EQ(wide, L"a\u00f6");
  EXPECT_EQ(StrictUtf16("a\xff", &wide),
            static_cast<uint32_t>(ERROR_NO_UNICODE_TRANSLATION));
  EXPECT_EQ(wide, L"");
  EXPECT_EQ(StrictUtf16("", &wide),
            static_cast<uint32_t>(ERROR_INVALID_PARAMETER));
}

}  // namespace
}  // namespace wharf
