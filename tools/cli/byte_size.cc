#include "tools/cli/byte_size.h"

#include <algorithm>
#include <array>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace wharf {
namespace {

constexpr std::array<char, 4> kSuffixes = {'K', 'M', 'G', 'T'};

}  // namespace

bool AbslParseFlag(absl::string_view text, ByteSize* size, std::string* error) {
  absl::string_view number = text;
  if (absl::EndsWithIgnoreCase(number, "iB")) {
    number.remove_suffix(2);
    // "64iB" is nothing.
    if (!number.empty() && absl::ascii_isdigit(number.back())) number = "";
  }
  int shift = 0;
  if (!number.empty()) {
    const char last = absl::ascii_toupper(number.back());
    for (std::size_t i = 0; i < kSuffixes.size(); ++i) {
      if (kSuffixes[i] == last) shift = 10 * static_cast<int>(i + 1);
    }
    if (shift != 0) number.remove_suffix(1);
  }
  uint64_t value = 0;
  const bool digits_only =
      !number.empty() &&
      std::all_of(number.begin(), number.end(), absl::ascii_isdigit) &&
      absl::SimpleAtoi(number, &value) &&
      value <= (std::numeric_limits<uint64_t>::max() >> shift);
  if (!digits_only) {
    *error =
        "a size is a whole number of bytes below 16 EiB, with K, M, G or T "
        "behind it for KiB, MiB, GiB or TiB: 4096, 64K, 1M";
    return false;
  }
  size->bytes = value << shift;
  return true;
}

std::string AbslUnparseFlag(ByteSize size) {
  uint64_t value = size.bytes;
  std::string suffix;
  for (const char letter : kSuffixes) {
    if (value == 0 || value % 1024 != 0) break;
    value /= 1024;
    suffix = letter;
  }
  return absl::StrCat(value, suffix);
}

std::string FormatBytes(uint64_t bytes) {
  if (bytes < 1024) return absl::StrCat(bytes, " B");
  auto value = static_cast<double>(bytes);
  char letter = ' ';
  for (const char next : kSuffixes) {
    // 1023.5 would be rounded to 1024.
    if (value < 1023.5) break;
    value /= 1024;
    letter = next;
  }
  const int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return absl::StrFormat("%.*f %ciB", digits, value, letter);
}

}  // namespace wharf
