// ByteSize: a number of bytes as people write it, for flags: 4096, 64K, 1M.

#ifndef WHARF_TOOLS_CLI_BYTE_SIZE_H_
#define WHARF_TOOLS_CLI_BYTE_SIZE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace wharf {

// A flag's value. Suffixes K, M, G, T (also KiB, MiB, ...; any case) are powers
// of 1024; there are no decimal ones.
struct ByteSize {
  uint64_t bytes = 0;

  friend bool operator==(ByteSize, ByteSize) = default;
};

// For absl::flags: true and `*size` set, or false and `*error` says what was
// wrong and what is right.
bool AbslParseFlag(absl::string_view text, ByteSize* size, std::string* error);

// For absl::flags: the shortest exact text, for example "512K" or "1000".
std::string AbslUnparseFlag(ByteSize size);

// For people, rounded to three digits: "0 B", "1.50 GiB".
std::string FormatBytes(uint64_t bytes);

}  // namespace wharf

#endif  // WHARF_TOOLS_CLI_BYTE_SIZE_H_
