// ContentHash: a hash of a file's bytes that does not depend on the order in
// which its blocks are seen, nor on whether zeros are stored or a hole.

#ifndef WHARF_TOOLS_CP_CONTENT_HASH_H_
#define WHARF_TOOLS_CP_CONTENT_HASH_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace wharf::cp {

// The sum, over all units of 4096 bytes that are not all zero, of the unit's
// XXH3-128 seeded with its place. Not cryptographic: it finds accidents.
class ContentHash {
 public:
  static constexpr uint64_t kUnit = 4096;

  // Adds the bytes at `offset`, a multiple of kUnit. Every byte that is not
  // zero must be added once. Only the last bytes of the file may be less than a
  // unit.
  void Add(uint64_t offset, std::span<const std::byte> bytes);

  friend bool operator==(const ContentHash&, const ContentHash&) = default;

 private:
  uint64_t low_ = 0;
  uint64_t high_ = 0;
};

}  // namespace wharf::cp

#endif  // WHARF_TOOLS_CP_CONTENT_HASH_H_
