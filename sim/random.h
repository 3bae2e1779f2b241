// Random numbers for simulations: two public-domain generators with fixed,
// published output, so that a seed means the same run on every platform,
// compiler and standard library. (The standard's distributions do not promise
// that, and absl::BitGen promises the opposite.)

#ifndef WHARF_SIM_RANDOM_H_
#define WHARF_SIM_RANDOM_H_

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace wharf::sim {

// SplitMix64 (Sebastiano Vigna, 2015): tiny state, every seed is good. Used for
// seeding and for patterns.
class SplitMix64 {
 public:
  constexpr explicit SplitMix64(uint64_t seed) : state_(seed) {}

  // The next 64 bits.
  constexpr uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

// xoshiro256** 1.0 (David Blackman, Sebastiano Vigna, 2018), seeded through
// SplitMix64 as its authors advise.
class Random {
 public:
  constexpr explicit Random(uint64_t seed) {
    SplitMix64 seeder(seed);
    for (uint64_t& word : state_) word = seeder.Next();
  }
  // Starts in exactly this state, which must not be all zero.
  constexpr explicit Random(const std::array<uint64_t, 4>& state)
      : state_(state) {}

  // The next 64 bits.
  constexpr uint64_t Next() {
    const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Uniform in 0..n-1, without bias; n must be at least 1. (Lemire 2019: a
  // multiplication, and a redraw of the few values that would be too many.)
  constexpr uint32_t Below(uint32_t n) {
    uint64_t product = (Next() >> 32) * n;
    if (static_cast<uint32_t>(product) < n) {
      const uint32_t too_many = (0u - n) % n;
      while (static_cast<uint32_t>(product) < too_many) {
        product = (Next() >> 32) * n;
      }
    }
    return static_cast<uint32_t>(product >> 32);
  }

 private:
  std::array<uint64_t, 4> state_;
};

// FNV-1a of a name, finished by SplitMix64: a fixed number for a label, to be
// combined with a seed.
constexpr uint64_t HashName(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return SplitMix64(hash).Next();
}

}  // namespace wharf::sim

#endif  // WHARF_SIM_RANDOM_H_
