// Task: a coroutine that awaits requests and other tasks.
//
//   Task<> Echo(Engine& engine, Handle socket) {
//     absl::StatusOr<Result> got = co_await Await(
//         engine, Request::Receive(socket, Buffer::Allocate(4096),
//                                  {.extent = Extent::kSome}));
//     ...
//   }
//   Task<> task = Echo(engine, socket);
//   task.Start();
//   engine.RunUntilIdle();

#ifndef WHARF_ENGINE_TASK_H_
#define WHARF_ENGINE_TASK_H_

#include <coroutine>
#include <cstdlib>
#include <optional>
#include <utility>

namespace wharf {

template <class T = void>
class Task;

namespace internal_task {

// What promises of every result type share: whom to resume at the end.
class PromiseBase {
 public:
  std::suspend_always initial_suspend() noexcept { return {}; }

  // Resumes the awaiting coroutine without growing the stack.
  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(
        std::coroutine_handle<Promise> self) noexcept {
      PromiseBase& promise = self.promise();
      if (promise.detached_) {
        self.destroy();
        return std::noop_coroutine();
      }
      return promise.continuation_ ? promise.continuation_
                                   : std::noop_coroutine();
    }
    void await_resume() noexcept {}
  };
  FinalAwaiter final_suspend() noexcept { return {}; }

  // Wharf is built without exceptions; one from user code has nowhere to go.
  void unhandled_exception() noexcept { std::abort(); }

  void set_continuation(std::coroutine_handle<> continuation) {
    continuation_ = continuation;
  }
  void Detach() { detached_ = true; }

 private:
  std::coroutine_handle<> continuation_;
  bool detached_ = false;
};

template <class T>
class Promise : public PromiseBase {
 public:
  Task<T> get_return_object();
  void return_value(T value) { value_.emplace(std::move(value)); }
  std::optional<T>& value() { return value_; }

 private:
  std::optional<T> value_;
};

template <>
class Promise<void> : public PromiseBase {
 public:
  Task<void> get_return_object();
  void return_void() {}
};

}  // namespace internal_task

// Owns a coroutine that starts when it is awaited or told to. Destroying a Task
// that has not ended destroys the coroutine where it is suspended: a request it
// awaits is dropped, as Engine::Drop does (guarantee G16). Belongs to the loop
// thread. The frame is one allocation, made by the compiler.
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = internal_task::Promise<T>;

  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~Task() {
    if (frame_) frame_.destroy();
  }

  // Runs the coroutine up to its first suspension. At most once, and not if the
  // task is awaited.
  void Start() { frame_.resume(); }

  // True when the coroutine has ended.
  bool done() const { return frame_.done(); }

  // What the coroutine returned. Requires done(), and that T is not void.
  decltype(auto) value()
    requires(!std::is_void_v<T>)
  {
    return *frame_.promise().value();
  }

  // Starts the coroutine and lets it run without an owner; it frees itself when
  // it ends, at the latest when its engine is shut down and every request it
  // awaits has had its outcome.
  void StartDetached() && {
    frame_.promise().Detach();
    std::exchange(frame_, nullptr).resume();
  }

  // Awaiting a task runs it and gives what it returns.
  auto operator co_await() && {
    struct Awaiter {
      std::coroutine_handle<promise_type> frame;
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(
          std::coroutine_handle<> continuation) noexcept {
        frame.promise().set_continuation(continuation);
        return frame;
      }
      T await_resume() {
        if constexpr (!std::is_void_v<T>) {
          return std::move(*frame.promise().value());
        }
      }
    };
    return Awaiter{frame_};
  }

 private:
  friend promise_type;
  explicit Task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

namespace internal_task {

template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}

inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

}  // namespace internal_task
}  // namespace wharf

#endif  // WHARF_ENGINE_TASK_H_
