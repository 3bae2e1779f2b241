#include "tests/support/allocation_counter.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

namespace wharf::testing_support {
namespace {

constinit std::atomic<uint64_t> count{0};
constinit thread_local uint64_t thread_count = 0;

void* Allocate(std::size_t size) noexcept {
  count.fetch_add(1, std::memory_order_relaxed);
  ++thread_count;
  return std::malloc(size == 0 ? 1 : size);
}

// malloc's own address stands in front of the aligned one: no platform has to
// be asked for aligned memory.
void* AllocateAligned(std::size_t size, std::align_val_t alignment) noexcept {
  const auto align = static_cast<std::size_t>(alignment);
  auto* const base =
      static_cast<std::byte*>(Allocate(size + align + sizeof(void*)));
  if (base == nullptr) return nullptr;
  const auto first = reinterpret_cast<std::uintptr_t>(base) + sizeof(void*);
  const std::size_t skip = sizeof(void*) + (align - first % align) % align;
  std::byte* const aligned = base + skip;
  const void* const to_free = base;
  std::memcpy(aligned - sizeof(void*), &to_free, sizeof(void*));
  return aligned;
}

void FreeAligned(void* memory) noexcept {
  if (memory == nullptr) return;
  void* base = nullptr;
  std::memcpy(&base, static_cast<std::byte*>(memory) - sizeof(void*),
              sizeof(void*));
  std::free(base);
}

void* OrDie(void* memory) {
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

uint64_t AllocationCount() { return count.load(std::memory_order_relaxed); }
uint64_t ThreadAllocationCount() { return thread_count; }

}  // namespace wharf::testing_support

using wharf::testing_support::Allocate;
using wharf::testing_support::AllocateAligned;
using wharf::testing_support::FreeAligned;
using wharf::testing_support::OrDie;

void* operator new(std::size_t size) { return OrDie(Allocate(size)); }
void* operator new[](std::size_t size) { return OrDie(Allocate(size)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return OrDie(AllocateAligned(size, alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return OrDie(AllocateAligned(size, alignment));
}
void* operator new(std::size_t size, std::align_val_t alignment,
                   const std::nothrow_t&) noexcept {
  return AllocateAligned(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment,
                     const std::nothrow_t&) noexcept {
  return AllocateAligned(size, alignment);
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  FreeAligned(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  FreeAligned(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  FreeAligned(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  FreeAligned(memory);
}
void operator delete(void* memory, std::align_val_t,
                     const std::nothrow_t&) noexcept {
  FreeAligned(memory);
}
void operator delete[](void* memory, std::align_val_t,
                       const std::nothrow_t&) noexcept {
  FreeAligned(memory);
}
