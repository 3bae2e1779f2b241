// UTF-8 and UTF-16, between Wharf and Windows.

#ifndef WHARF_TOOLS_CP_WINDOWS_TEXT_H_
#define WHARF_TOOLS_CP_WINDOWS_TEXT_H_

#include <string>
#include <string_view>

namespace wharf::cp {

// What is no UTF-8 becomes U+FFFD, which names no file.
std::wstring Utf16(std::string_view text);
// Half a surrogate pair becomes U+FFFD.
std::string Utf8(std::wstring_view text);

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_WINDOWS_TEXT_H_
