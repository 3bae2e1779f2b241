// Sizes as people type them (--block-size=64K): any text. What is accepted
// means what it says, and is the same after it was written and read again.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/string_view.h"
#include "fuzz/check.h"
#include "fuzz/notes.h"
#include "tools/cli/byte_size.h"

namespace wharf::fuzz {
namespace {

// The value of a text that is digits with one letter of "KMGT" behind them at
// most, and perhaps "iB" after that.
uint64_t Value(std::string_view text) {
  __extension__ unsigned __int128 value = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      value = value * 10 + static_cast<unsigned>(c - '0');
      Check(value <= UINT64_MAX, "a number that does not fit was accepted");
    } else {
      const std::size_t letter = std::string_view("KMGTkmgt").find(c);
      Check(letter != std::string_view::npos, "a stray letter was accepted");
      value <<= 10 * (letter % 4 + 1);
      break;
    }
  }
  Check(value <= UINT64_MAX, "a size that does not fit was accepted");
  return static_cast<uint64_t>(value);
}

void Try(std::string_view text) {
  ByteSize size{123};
  std::string error;
  if (!AbslParseFlag(absl::string_view(text.data(), text.size()), &size,
                     &error)) {
    Check(!error.empty(), "refused without a reason");
    Check(size.bytes == 123, "refused and yet changed");
    Note("refused");
    return;
  }
  Note("accepted");
  Check(!text.empty() && text[0] >= '0' && text[0] <= '9', "not a number");
  Check(size.bytes == Value(text), "another value than it says");
  const std::string again = AbslUnparseFlag(size);
  ByteSize reread;
  Check(AbslParseFlag(again, &reread, &error), "what was written can be read");
  Check(reread.bytes == size.bytes, "and is the same");
  Check(!FormatBytes(size.bytes).empty(), "for people");
}

}  // namespace
}  // namespace wharf::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  wharf::fuzz::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
