// Buffer: bytes that the engine may own while a kernel reads or writes them.
//
//   Buffer owned = Buffer::Allocate(4096, /*alignment=*/4096);
//   Buffer kept = Buffer::Wrap(span, shared_owner);     // no copy
//   Buffer hooked = Buffer::Wrap(span, &ReturnToPool, pool);
//
// A Buffer travels into a request, stays with the engine until the kernel's own
// completion of every operation issued for it (guarantee G2), and comes back in
// the Result (guarantee G3).

#ifndef WHARF_ENGINE_BUFFER_H_
#define WHARF_ENGINE_BUFFER_H_

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace wharf {

// Move-only owner of a contiguous range of bytes, 32 bytes itself. Not for
// concurrent use; may be moved between threads.
class Buffer {
 public:
  // Gives the bytes back to where they came from. Runs once, when the Buffer
  // that owns them dies, on that thread; must not throw.
  using Releaser = void (*)(void* context, std::span<std::byte> bytes);

  // No bytes.
  Buffer() = default;

  // `size` uninitialised bytes at an address that is a multiple of `alignment`
  // (a power of two; O_DIRECT wants the device's block size). One allocation.
  // Size 0 gives an empty Buffer.
  [[nodiscard]] static Buffer Allocate(
      std::size_t size, std::size_t alignment = alignof(std::max_align_t));

  // The user's memory, which stays theirs: `release` is told when Wharf is done
  // with it. No copy, no allocation.
  [[nodiscard]] static Buffer Wrap(std::span<std::byte> bytes, Releaser release,
                                   void* context) {
    return Buffer(bytes.data(), bytes.size(), release, context);
  }

  // The user's memory together with what keeps it alive: `owner` is dropped
  // when Wharf is done with the bytes. Allocates once, for the owner.
  [[nodiscard]] static Buffer Wrap(std::span<std::byte> bytes,
                                   std::shared_ptr<const void> owner);

  // Memory that outlives every engine (static, or never freed). Nothing is
  // called when Wharf is done with it. Memory with a shorter life wants Wrap:
  // an abandoned request (guarantee G12) keeps its bytes for ever.
  [[nodiscard]] static Buffer Unowned(std::span<std::byte> bytes) {
    return Buffer(bytes.data(), bytes.size(), nullptr, nullptr);
  }

  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        release_(std::exchange(other.release_, nullptr)),
        context_(std::exchange(other.context_, nullptr)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    if (this != &other) {
      Reset();
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
      release_ = std::exchange(other.release_, nullptr);
      context_ = std::exchange(other.context_, nullptr);
    }
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { Reset(); }

  // First byte, or nullptr when empty.
  std::byte* data() const { return data_; }
  // Number of bytes.
  std::size_t size() const { return size_; }
  // True if there are no bytes.
  bool empty() const { return size_ == 0; }
  // All bytes; valid while this Buffer owns them.
  std::span<std::byte> bytes() const { return {data_, size_}; }

  // Releases the bytes now; the Buffer is then empty.
  void Reset() {
    if (release_ != nullptr) release_(context_, {data_, size_});
    data_ = nullptr;
    size_ = 0;
    release_ = nullptr;
    context_ = nullptr;
  }

 private:
  Buffer(std::byte* data, std::size_t size, Releaser release, void* context)
      : data_(data), size_(size), release_(release), context_(context) {}

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  Releaser release_ = nullptr;
  void* context_ = nullptr;
};

}  // namespace wharf

#endif  // WHARF_ENGINE_BUFFER_H_
