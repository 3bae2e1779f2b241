#include "engine/await.h"

namespace wharf {

bool RequestAwaiter::await_suspend(std::coroutine_handle<> coroutine) {
  coroutine_ = coroutine;
  if (engine_.has_room_waiters() && engine_.AwaitRoom(this)) return true;
  return TrySubmit();
}

void RequestAwaiter::OnRoom() {
  if (!TrySubmit()) coroutine_.resume();
}

bool RequestAwaiter::TrySubmit() {
  absl::StatusOr<RequestId> id =
      engine_.Submit(std::move(request_), [this](Result&& result) {
        in_engine_ = false;
        result_ = std::move(result);
        coroutine_.resume();
      });
  if (id.ok()) {
    id_ = *id;
    in_engine_ = true;
    return true;
  }
  if (absl::IsResourceExhausted(id.status()) && engine_.AwaitRoom(this)) {
    return true;
  }
  refusal_ = id.status();
  return false;
}

}  // namespace wharf
