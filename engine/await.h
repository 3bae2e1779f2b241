// Await: requests for C++20 coroutines. `co_await Await(engine, request)` gives
// the Result. Adds no allocation to what the engine does.

#ifndef WHARF_ENGINE_AWAIT_H_
#define WHARF_ENGINE_AWAIT_H_

#include <coroutine>
#include <utility>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/request.h"

namespace wharf {

// What Await returns; lives in the awaiting coroutine's frame. Destroying it
// while the coroutine is suspended drops the request (guarantee G16).
class [[nodiscard]] RequestAwaiter final : private RoomWaiter {
 public:
  RequestAwaiter(Engine& engine, Request&& request)
      : engine_(engine), request_(std::move(request)) {}
  RequestAwaiter(const RequestAwaiter&) = delete;
  RequestAwaiter& operator=(const RequestAwaiter&) = delete;
  ~RequestAwaiter() override {
    engine_.ForgetRoomWaiter(this);
    if (in_engine_) engine_.Drop(id_);
  }

  bool await_ready() const noexcept { return false; }
  // Submits, or waits for room first, behind those that wait already.
  bool await_suspend(std::coroutine_handle<> coroutine);
  // The Result, or why the request was refused.
  absl::StatusOr<Result> await_resume() {
    if (!refusal_.ok()) return refusal_;
    return std::move(result_);
  }

 private:
  void OnRoom() override;
  // True if the coroutine is to stay suspended.
  bool TrySubmit();

  Engine& engine_;
  Request request_;
  std::coroutine_handle<> coroutine_;
  bool in_engine_ = false;
  RequestId id_;
  absl::Status refusal_;
  Result result_;
};

// Awaits the request's end. If the engine is full the coroutine waits for room
// instead of being refused; a refusal is then INVALID_ARGUMENT, UNIMPLEMENTED
// or FAILED_PRECONDITION, as for Engine::Submit, and the request is destroyed
// with the awaiter. The coroutine resumes on the loop thread, inside
// Engine::Turn. The engine must outlive the awaiting coroutine, or be shut down
// first.
inline RequestAwaiter Await(Engine& engine, Request&& request) {
  return RequestAwaiter(engine, std::move(request));
}

}  // namespace wharf

#endif  // WHARF_ENGINE_AWAIT_H_
