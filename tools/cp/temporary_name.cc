#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "tools/cp/filesystem.h"

namespace wharf::cp {
namespace {

constexpr std::size_t kLongestName = 255;

}  // namespace

std::string TemporaryName(const std::string& path) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";
  constexpr std::string_view kMark = ".wharf-";
  constexpr std::size_t kRandomLetters = 6;
  // Guessable on a system without a source of entropy, but CreateNew makes
  // sure that it is nobody else's.
  std::random_device random;

  const std::size_t slash = path.rfind('/');
  const std::size_t start = slash == std::string::npos ? 0 : slash + 1;
  std::string_view name = std::string_view(path).substr(start);
  const std::size_t room = kLongestName - 1 - kMark.size() - kRandomLetters;
  if (name.size() > room) {
    std::size_t end = room;
    // Not inside a UTF-8 character.
    while (end > 0 && (static_cast<uint8_t>(name[end]) & 0xC0) == 0x80) --end;
    name = name.substr(0, end);
  }
  std::string temporary = absl::StrCat(path.substr(0, start), ".", name, kMark);
  for (std::size_t i = 0; i < kRandomLetters; ++i) {
    temporary += kLetters[random() % 32];
  }
  return temporary;
}

}  // namespace wharf::cp
