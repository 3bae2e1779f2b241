// Content: bytes that say where they belong, so that what was read or received
// can be judged without keeping what was written or sent.

#ifndef WHARF_TESTS_SOAK_CONTENT_H_
#define WHARF_TESTS_SOAK_CONTENT_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace wharf::soak {

// The byte at `position` of the stream, or of the version of a block, that
// `salt` names. Salt 0 is all zeros.
constexpr std::byte ByteAt(uint64_t salt, uint64_t position) {
  if (salt == 0) return std::byte{0};
  return static_cast<std::byte>(
      ((position + salt) * 0x9e3779b97f4a7c15 ^ salt * 0xbf58476d1ce4e5b9) >>
      53);
}

// Fills `bytes` with what belongs there from `position` on.
inline void Fill(std::span<std::byte> bytes, uint64_t salt, uint64_t position) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = ByteAt(salt, position + i);
  }
}

// True if that is what is there.
inline bool Matches(std::span<const std::byte> bytes, uint64_t salt,
                    uint64_t position) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != ByteAt(salt, position + i)) return false;
  }
  return true;
}

}  // namespace wharf::soak

#endif  // WHARF_TESTS_SOAK_CONTENT_H_
