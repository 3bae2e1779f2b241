// Submitter: the engine for other threads.

#ifndef WHARF_ENGINE_SUBMITTER_H_
#define WHARF_ENGINE_SUBMITTER_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "engine/inbox.h"
#include "engine/request.h"

namespace wharf {

// Submits requests to an engine from any thread. Copyable; every copy keeps
// Engine::Run going. Safe to use after the engine is gone: it then refuses. One
// object is not for concurrent use; give each thread a copy.
class Submitter {
 public:
  // Made by Engine::MakeSubmitter.
  explicit Submitter(std::shared_ptr<Inbox> inbox) : inbox_(std::move(inbox)) {
    inbox_->AddSubmitter();
  }
  Submitter(const Submitter& other) : Submitter(other.inbox_) {}
  Submitter(Submitter&& other) noexcept = default;
  Submitter& operator=(Submitter other) noexcept {
    std::swap(inbox_, other.inbox_);
    return *this;
  }
  ~Submitter() {
    if (inbox_ != nullptr) inbox_->RemoveSubmitter();
  }

  // Hands the request to the loop; `callback` runs on the loop thread, once.
  // Never blocks. On failure the request and the callback stay with the caller:
  // RESOURCE_EXHAUSTED (EngineOptions::max_remote_requests), INVALID_ARGUMENT,
  // UNIMPLEMENTED (as Engine::Submit), FAILED_PRECONDITION (engine shutting
  // down or gone). Requests of one thread are admitted in their order.
  [[nodiscard]] absl::StatusOr<RemoteRequestId> Submit(
      Request&& request, ResultCallback&& callback) {
    return inbox_->Push(std::move(request), std::move(callback));
  }

  // Asks for the request to be cancelled, as Engine::Cancel does. True if the
  // loop will be told; false if the request has ended, was cancelled before or
  // the engine is gone (or, hardly ever, the queue of commands was full: see
  // Inbox::Send; it may then be asked for again). Never blocks.
  bool Cancel(RemoteRequestId id) {
    return inbox_->Send(id, RemoteCommand::kCancel);
  }

  // Nobody is interested in the outcome any more, as Engine::Drop. The callback
  // is destroyed on the loop thread, without being called, unless it already
  // runs. Same result as Cancel.
  bool Drop(RemoteRequestId id) {
    return inbox_->Send(id, RemoteCommand::kDrop);
  }

 private:
  std::shared_ptr<Inbox> inbox_;
};

}  // namespace wharf

#endif  // WHARF_ENGINE_SUBMITTER_H_
