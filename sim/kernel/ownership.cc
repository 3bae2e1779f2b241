#include "sim/kernel/ownership.h"

#include <cstddef>
#include <cstring>

#include "sim/memory_guard.h"
#include "xxhash.h"

namespace wharf::sim {
namespace {

uint64_t Sum(const Operation& operation) {
  IoVector single;
  uint64_t sum = 0;
  for (const IoVector& vector : VectorsOf(operation, single)) {
    sum = XXH3_64bits_withSeed(vector.base, vector.length, sum);
  }
  return sum;
}

void Fill(const Operation& operation, uint8_t garbage) {
  IoVector single;
  for (const IoVector& vector : VectorsOf(operation, single)) {
    if (vector.length > 0) std::memset(vector.base, garbage, vector.length);
  }
}

// Whether every byte is `garbage`.
bool IsFilled(const Operation& operation, uint8_t garbage) {
  IoVector single;
  for (const IoVector& vector : VectorsOf(operation, single)) {
    if (vector.length == 0) continue;
    const auto* bytes = static_cast<const uint8_t*>(vector.base);
    if (bytes[0] != garbage ||
        std::memcmp(bytes, bytes + 1, vector.length - 1) != 0) {
      return false;
    }
  }
  return true;
}

// The array's own bytes are addresses: compared within a run, never traced.
uint64_t ArraySum(const Operation& operation) {
  return XXH3_64bits(operation.data, operation.length * sizeof(IoVector));
}

}  // namespace

std::span<const IoVector> VectorsOf(const Operation& operation,
                                    IoVector& single) {
  if (operation.data == nullptr) return {};
  if (IsVectored(operation.opcode)) {
    return {static_cast<const IoVector*>(operation.data),
            static_cast<std::size_t>(operation.length)};
  }
  single = {operation.data, static_cast<std::size_t>(operation.length)};
  if (operation.opcode == Opcode::kOpen) {
    ++single.length;  // The final 0.
  } else if (!IsTransfer(operation.opcode) &&
             operation.opcode != Opcode::kConnect) {
    return {};
  }
  return {&single, 1};
}

uint64_t AskedFor(const Operation& operation) {
  IoVector single;
  return TotalBytes(VectorsOf(operation, single));
}

void Ownership::Begin(Slot& slot) {
  if (!strict_) return;
  if (IsVectored(slot.operation.opcode)) {
    slot.array_sum = ArraySum(slot.operation);
  }
  if (ReadsIntoMemory(slot.operation.opcode)) {
    slot.garbage = static_cast<uint8_t>(slot.serial * 37 + 11);
    Fill(slot.operation, slot.garbage);
  } else {
    slot.memory_sum = Sum(slot.operation);
  }
}

bool Ownership::ArrayIntact(const Slot& slot) const {
  return !strict_ || !IsVectored(slot.operation.opcode) ||
         slot.array_sum == ArraySum(slot.operation);
}

bool Ownership::Check(Slot& slot) {
  if (!strict_) return true;
  if (!ArrayIntact(slot)) return false;
  if (slot.state != SlotState::kPosted && !slot.executed &&
      ReadsIntoMemory(slot.operation.opcode)) {
    if (IsFilled(slot.operation, slot.garbage)) return true;
    Fill(slot.operation, slot.garbage);
    return false;
  }
  const uint64_t sum = Sum(slot.operation);
  const bool unchanged = sum == slot.memory_sum;
  slot.memory_sum = sum;
  return unchanged;
}

bool Ownership::Touch(Slot& slot) {
  if (!strict_) return true;
  const bool unchanged = Check(slot);
  if (ReadsIntoMemory(slot.operation.opcode) && ArrayIntact(slot)) {
    ++slot.garbage;
    Fill(slot.operation, slot.garbage);
  }
  return unchanged;
}

void Ownership::Posted(Slot& slot) {
  if (!strict_ || !ReadsIntoMemory(slot.operation.opcode)) return;
  if (ArrayIntact(slot)) slot.memory_sum = Sum(slot.operation);
}

}  // namespace wharf::sim
