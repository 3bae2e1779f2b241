#include "engine/buffer.h"

#include <cstdint>
#include <new>

namespace wharf {
namespace {

void ReleaseAllocated(void* context, std::span<std::byte> bytes) {
  const auto alignment =
      static_cast<std::align_val_t>(reinterpret_cast<std::uintptr_t>(context));
  ::operator delete(bytes.data(), bytes.size(), alignment);
}

void ReleaseOwner(void* context, std::span<std::byte>) {
  delete static_cast<std::shared_ptr<const void>*>(context);
}

}  // namespace

Buffer Buffer::Allocate(std::size_t size, std::size_t alignment) {
  if (size == 0) return Buffer();
  void* data = ::operator new(size, static_cast<std::align_val_t>(alignment));
  return Buffer(static_cast<std::byte*>(data), size, &ReleaseAllocated,
                reinterpret_cast<void*>(alignment));
}

Buffer Buffer::Wrap(std::span<std::byte> bytes,
                    std::shared_ptr<const void> owner) {
  auto* context = new std::shared_ptr<const void>(std::move(owner));
  return Buffer(bytes.data(), bytes.size(), &ReleaseOwner, context);
}

}  // namespace wharf
