#include "backends/windows/text.h"

#include <windows.h>

namespace wharf {
namespace {

// `flags` of MultiByteToWideChar.
uint32_t Widen(DWORD flags, std::string_view text, std::wstring* wide) {
  // UTF-16 never has more units than UTF-8 has bytes.
  wide->resize(text.size());
  const int size = static_cast<int>(text.size());
  const int units = MultiByteToWideChar(CP_UTF8, flags, text.data(), size,
                                        wide->data(), size);
  wide->resize(static_cast<std::size_t>(units));
  return units == 0 ? GetLastError() : 0;
}

}  // namespace

uint32_t StrictUtf16(std::string_view text, std::wstring* wide) {
  return Widen(MB_ERR_INVALID_CHARS, text, wide);
}

std::wstring Utf16(std::string_view text) {
  std::wstring wide;
  (void)Widen(0, text, &wide);
  return wide;
}

std::string Utf8(std::wstring_view text) {
  const int size = static_cast<int>(text.size());
  std::string narrow(
      static_cast<std::size_t>(WideCharToMultiByte(
          CP_UTF8, 0, text.data(), size, nullptr, 0, nullptr, nullptr)),
      '\0');
  WideCharToMultiByte(CP_UTF8, 0, text.data(), size, narrow.data(),
                      static_cast<int>(narrow.size()), nullptr, nullptr);
  return narrow;
}

}  // namespace wharf
