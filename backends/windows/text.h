// UTF-8 and UTF-16, between Wharf and Windows.

#ifndef WHARF_BACKENDS_WINDOWS_TEXT_H_
#define WHARF_BACKENDS_WINDOWS_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace wharf {

// Puts the UTF-16 of `text` into `wide`. Returns 0 or the code of GetLastError,
// and then `wide` is empty: ERROR_NO_UNICODE_TRANSLATION if it is not UTF-8,
// ERROR_INVALID_PARAMETER if it is empty. Any thread.
uint32_t StrictUtf16(std::string_view text, std::wstring* wide);

// The UTF-16 of `text`. What is no UTF-8 becomes U+FFFD, which names no file.
// Any thread.
std::wstring Utf16(std::string_view text);

// The UTF-8 of `text`. Half a surrogate pair becomes U+FFFD. Any thread.
std::string Utf8(std::wstring_view text);

}  // namespace wharf

#endif  // WHARF_BACKENDS_WINDOWS_TEXT_H_
