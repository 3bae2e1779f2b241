// Handle: shared ownership of a file, socket or pipe, so that its number cannot
// be closed and reused while an operation still names it (guarantee G2; known
// bugs R3, R33 of the field).

#ifndef WHARF_ENGINE_HANDLE_H_
#define WHARF_ENGINE_HANDLE_H_

#include <cstdint>
#include <utility>

#include "engine/reference_count.h"

namespace wharf {

// The kernel's own name for an open file or socket: a descriptor on Linux, a
// HANDLE or SOCKET on Windows, a simulated descriptor in the simulator.
using NativeHandle = int64_t;

inline constexpr NativeHandle kInvalidNativeHandle = -1;

// A copyable, reference-counted handle, 16 bytes. Copies may be made and
// dropped on any thread; one Handle object is not for concurrent use.
class Handle {
 public:
  // Closes `native`. Runs once, on the thread that drops the last copy; must
  // not throw and must not call into an engine.
  using Closer = void (*)(NativeHandle native, void* context);

  // Names nothing; requests that need a handle refuse it.
  Handle() = default;

  // Takes ownership of `native`: `closer(native, context)` runs when the last
  // copy is gone, which is never before the kernel is done with every operation
  // that was issued on it. Allocates once.
  [[nodiscard]] static Handle Adopt(NativeHandle native, Closer closer,
                                    void* context = nullptr) {
    return Handle(native, new Control{{}, closer, context});
  }

  // Names `native` without owning it. The caller keeps it open until every
  // request made with this handle has had its outcome, and for ever if one of
  // them was abandoned. Does not allocate.
  [[nodiscard]] static Handle Borrow(NativeHandle native) {
    return Handle(native, nullptr);
  }

  Handle(const Handle& other) noexcept
      : native_(other.native_), control_(other.control_) {
    if (control_ != nullptr) control_->references.Increment();
  }
  Handle(Handle&& other) noexcept
      : native_(std::exchange(other.native_, kInvalidNativeHandle)),
        control_(std::exchange(other.control_, nullptr)) {}
  Handle& operator=(Handle other) noexcept {
    std::swap(native_, other.native_);
    std::swap(control_, other.control_);
    return *this;
  }
  ~Handle() { Release(); }

  // The kernel's number, or kInvalidNativeHandle.
  NativeHandle native() const { return native_; }
  // True if this names something.
  bool valid() const { return native_ != kInvalidNativeHandle; }
  // True if this owns its number and no other copy does.
  bool unique() const {
    return control_ != nullptr && control_->references.IsOne();
  }
  // Gives the number up without closing it: somebody else has closed it.
  // Requires unique(). The object then names nothing.
  void Disown() {
    delete std::exchange(control_, nullptr);
    native_ = kInvalidNativeHandle;
  }
  // Drops this copy now; the object then names nothing.
  void Reset() {
    Release();
    native_ = kInvalidNativeHandle;
    control_ = nullptr;
  }

 private:
  struct Control {
    ReferenceCount references;
    Closer closer;
    void* context;
  };

  Handle(NativeHandle native, Control* control)
      : native_(native), control_(control) {}

  void Release() {
    if (control_ == nullptr) return;
    if (control_->references.Decrement()) {
      control_->closer(native_, control_->context);
      delete control_;
    }
  }

  NativeHandle native_ = kInvalidNativeHandle;
  Control* control_ = nullptr;
};

}  // namespace wharf

#endif  // WHARF_ENGINE_HANDLE_H_
