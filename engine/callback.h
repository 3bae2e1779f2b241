// Callback: a move-only callable kept in fixed storage, so that giving a
// request its completion handler never allocates. (absl::AnyInvocable allocates
// for captures of more than two pointers.)

#ifndef WHARF_ENGINE_CALLBACK_H_
#define WHARF_ENGINE_CALLBACK_H_

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace wharf {

template <class Signature, std::size_t kCapacity = 48>
class InlineCallback;

// Holds any callable whose captures fit in `kCapacity` bytes; a larger one does
// not compile (capture a pointer to it instead). Call it at most once at a
// time; it may be called again unless the callable says otherwise. Not for
// concurrent use; may be moved between threads.
template <class R, class... Args, std::size_t kCapacity>
class InlineCallback<R(Args...), kCapacity> {
 public:
  // Empty: converts to false and must not be called.
  InlineCallback() = default;

  // Takes `callable` over.
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, InlineCallback> &&
             std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
  InlineCallback(F&& callable) {  // NOLINT(google-explicit-constructor)
    Emplace(std::forward<F>(callable));
  }

  InlineCallback(InlineCallback&& other) noexcept { MoveFrom(other); }
  InlineCallback& operator=(InlineCallback&& other) noexcept {
    if (this != &other) {
      Reset();
      MoveFrom(other);
    }
    return *this;
  }
  InlineCallback(const InlineCallback&) = delete;
  InlineCallback& operator=(const InlineCallback&) = delete;
  ~InlineCallback() { Reset(); }

  // Replaces what is held, building the callable in place; another
  // InlineCallback of this type must be given away with std::move, and what it
  // holds is taken over.
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, InlineCallback> ||
             std::is_same_v<F, InlineCallback>)
  void Emplace(F&& callable) {
    Reset();
    EmplaceIntoEmpty(std::forward<F>(callable));
  }

  // The same, a little faster. Requires that nothing is held.
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, InlineCallback> ||
             std::is_same_v<F, InlineCallback>)
  void EmplaceIntoEmpty(F&& callable) {
    using Held = std::decay_t<F>;
    if constexpr (std::is_same_v<Held, InlineCallback>) {
      MoveFrom(callable);
    } else {
      EmplaceCallable<Held>(std::forward<F>(callable));
    }
  }

  // True if there is something to call.
  explicit operator bool() const { return invoke_ != nullptr; }

  // Calls it. Requires that it is not empty.
  R operator()(Args... args) {
    return invoke_(storage_, std::forward<Args>(args)...);
  }

  // Destroys what is held, and may leave the object looking as if it was not:
  // only good for EmplaceIntoEmpty, assignment and destruction afterwards.
  void Discard() {
    if (manage_ == nullptr) return;
    manage_(storage_, nullptr);
    manage_ = nullptr;
  }

  // Destroys what is held.
  void Reset() {
    if (manage_ != nullptr) {
      manage_(storage_, nullptr);
      manage_ = nullptr;
    }
    invoke_ = nullptr;
  }

 private:
  template <class Held, class F>
  void EmplaceCallable(F&& callable) {
    static_assert(sizeof(Held) <= kCapacity,
                  "the captures are too large; capture a pointer instead");
    static_assert(alignof(Held) <= alignof(std::max_align_t));
    static_assert(std::is_nothrow_move_constructible_v<Held>);
    ::new (static_cast<void*>(storage_)) Held(std::forward<F>(callable));
    invoke_ = [](void* storage, Args... args) -> R {
      return (*std::launder(static_cast<Held*>(storage)))(
          std::forward<Args>(args)...);
    };
    // Captures that are plain data need no manager: they are copied as bytes.
    if constexpr (!(std::is_trivially_copyable_v<Held> &&
                    std::is_trivially_destructible_v<Held>)) {
      manage_ = [](void* from, void* to) {
        auto* held = std::launder(static_cast<Held*>(from));
        if (to != nullptr) ::new (to) Held(std::move(*held));
        held->~Held();
      };
    }
  }

  void MoveFrom(InlineCallback& other) noexcept {
    invoke_ = std::exchange(other.invoke_, nullptr);
    manage_ = std::exchange(other.manage_, nullptr);
    if (manage_ != nullptr) {
      manage_(other.storage_, storage_);
    } else if (invoke_ != nullptr) {
      std::memcpy(storage_, other.storage_, kCapacity);
    }
  }

  R (*invoke_)(void* storage, Args...) = nullptr;
  // Moves the callable to `to` (or nowhere if null) and destroys it at `from`.
  void (*manage_)(void* from, void* to) = nullptr;
  alignas(std::max_align_t) std::byte storage_[kCapacity];
};

}  // namespace wharf

#endif  // WHARF_ENGINE_CALLBACK_H_
