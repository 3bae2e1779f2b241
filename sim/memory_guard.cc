#include "sim/memory_guard.h"

#include <algorithm>
#include <cstring>

#include "sim/random.h"

namespace wharf::sim {
namespace {

// FNV-1a over the bytes of all vectors: not strong, but any single change
// shows.
uint64_t Sum(std::span<const IoVector> vectors) {
  uint64_t sum = 0xcbf29ce484222325;
  for (const IoVector& vector : vectors) {
    const auto* bytes = static_cast<const unsigned char*>(vector.base);
    if (bytes == nullptr) continue;
    for (std::size_t i = 0; i < vector.length; ++i) {
      sum = (sum ^ bytes[i]) * 0x100000001b3;
    }
  }
  return sum;
}

}  // namespace

std::vector<IoVector> MemoryOf(const Operation& operation) {
  if (operation.data == nullptr) return {};
  if (!IsVectored(operation.opcode)) {
    std::size_t length = 0;
    if (IsTransfer(operation.opcode) || operation.opcode == Opcode::kConnect) {
      length = static_cast<std::size_t>(operation.length);
    } else if (operation.opcode == Opcode::kOpen) {
      length = static_cast<std::size_t>(operation.length) + 1;
    }
    return length == 0 ? std::vector<IoVector>()
                       : std::vector<IoVector>{{operation.data, length}};
  }
  const auto* array = static_cast<const IoVector*>(operation.data);
  return {array, array + operation.length};
}

uint64_t TotalBytes(std::span<const IoVector> vectors) {
  uint64_t total = 0;
  for (const IoVector& vector : vectors) total += vector.length;
  return total;
}

std::size_t Scatter(std::span<const std::byte> bytes,
                    std::span<const IoVector> vectors) {
  std::size_t done = 0;
  for (const IoVector& vector : vectors) {
    const std::size_t step = std::min(vector.length, bytes.size() - done);
    if (step == 0 || vector.base == nullptr) continue;
    std::memcpy(vector.base, bytes.data() + done, step);
    done += step;
  }
  return done;
}

std::vector<std::byte> Gather(std::span<const IoVector> vectors) {
  std::vector<std::byte> bytes;
  bytes.reserve(TotalBytes(vectors));
  for (const IoVector& vector : vectors) {
    const auto* base = static_cast<const std::byte*>(vector.base);
    if (base == nullptr) continue;
    bytes.insert(bytes.end(), base, base + vector.length);
  }
  return bytes;
}

MemoryGuard::MemoryGuard(const Operation& operation)
    : vectors_(MemoryOf(operation)),
      array_(IsVectored(operation.opcode)
                 ? static_cast<const IoVector*>(operation.data)
                 : nullptr),
      garbage_(operation.id.value),
      writes_(ReadsIntoMemory(operation.opcode)) {
  if (writes_) {
    WriteGarbage();
  } else {
    sum_ = Sum(vectors_);
  }
}

bool MemoryGuard::Unchanged() const {
  for (std::size_t i = 0; array_ != nullptr && i < vectors_.size(); ++i) {
    if (array_[i].base != vectors_[i].base ||
        array_[i].length != vectors_[i].length) {
      return false;
    }
  }
  return sum_ == Sum(vectors_);
}

bool MemoryGuard::Touch() {
  const bool unchanged = Unchanged();
  if (writes_) WriteGarbage();
  return unchanged;
}

void MemoryGuard::WriteGarbage() {
  SplitMix64 generator(garbage_);
  garbage_ = generator.Next();
  for (const IoVector& vector : vectors_) {
    auto* bytes = static_cast<unsigned char*>(vector.base);
    if (bytes == nullptr) continue;
    uint64_t word = 0;
    for (std::size_t i = 0; i < vector.length; ++i) {
      // By shifts, low byte first: the same on every platform.
      word = i % 8 == 0 ? generator.Next() : word >> 8;
      bytes[i] = static_cast<unsigned char>(word);
    }
  }
  sum_ = Sum(vectors_);
}

}  // namespace wharf::sim
