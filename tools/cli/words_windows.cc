#include <windows.h>
// After windows.h, which it needs.
#include <shellapi.h>

#include "tools/cli/words.h"

namespace wharf {

std::vector<std::string> CommandLineWords(int argc, char** argv) {
  // Messages are in UTF-8, too.
  ::SetConsoleOutputCP(CP_UTF8);
  int count = 0;
  wchar_t** const wide = ::CommandLineToArgvW(::GetCommandLineW(), &count);
  if (wide == nullptr) return {argv, argv + argc};
  std::vector<std::string> words;
  for (int i = 0; i < count; ++i) {
    const int size = ::WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, nullptr, 0,
                                           nullptr, nullptr);
    std::string word(static_cast<std::size_t>(size), '\0');
    ::WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, word.data(), size, nullptr,
                          nullptr);
    word.pop_back();  // the final 0
    words.push_back(std::move(word));
  }
  ::LocalFree(wide);
  return words;
}

}  // namespace wharf
