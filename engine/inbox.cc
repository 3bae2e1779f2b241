#include "engine/inbox.h"

#include "engine/validate.h"

namespace wharf {

// Sequentially consistent on both sides: either Close sees this producer
// inside, or this producer sees that the inbox is closed.
class Inbox::ProducerScope {
 public:
  explicit ProducerScope(Inbox& inbox) : inbox_(inbox) {
    inbox_.producers_inside_.fetch_add(1, std::memory_order_seq_cst);
    open_ = !inbox_.closed_.load(std::memory_order_seq_cst);
  }
  ~ProducerScope() {
    inbox_.producers_inside_.fetch_sub(1, std::memory_order_release);
  }
  ProducerScope(const ProducerScope&) = delete;
  ProducerScope& operator=(const ProducerScope&) = delete;

  bool open() const { return open_; }

 private:
  Inbox& inbox_;
  bool open_;
};

Inbox::Inbox(uint32_t capacity, CompletionPort* port)
    : capabilities_(port->Capabilities()),
      port_(port),
      capacity_(capacity),
      cells_(std::make_unique<Cell[]>(capacity)),
      free_cells_(capacity),
      submissions_(capacity),
      // A request sends each of two commands at most once, and a drain may find
      // those of a cell's last owner beside those of its present one. Only a
      // producer that is held up in the middle of a push makes it find more.
      commands_(capacity * 4) {
  for (uint32_t i = 0; i < capacity; ++i) {
    cells_[i].word.store(i + kIdGenerationUnit, std::memory_order_relaxed);
    (void)free_cells_.TryPush(i);
  }
}

absl::StatusOr<RemoteRequestId> Inbox::Push(Request&& request,
                                            ResultCallback&& callback) {
  ProducerScope scope(*this);
  if (!scope.open()) {
    return absl::FailedPreconditionError(
        "the engine is shutting down or gone; the request stays with you");
  }
  const uint64_t length = request.length;
  absl::Status valid = Validate(request, capabilities_);
  if (!valid.ok()) return valid;
  uint32_t index;
  if (!free_cells_.TryPop(index)) {
    request.length = length;  // which Validate has resolved
    return absl::ResourceExhaustedError(
        "EngineOptions::max_remote_requests are live; submit again when one "
        "has ended, or raise the limit");
  }
  Cell& cell = cells_[index];
  const uint64_t id = cell.word.load(std::memory_order_relaxed);
  cell.request = std::move(request);
  cell.callback = std::move(callback);
  // Cannot fail: there are as many places as cells.
  (void)submissions_.TryPush(index);
  PublishAndWake();
  return RemoteRequestId{id};
}

bool Inbox::Send(RemoteRequestId id, RemoteCommand command) {
  const uint64_t index = id.value & kIdIndexMask;
  if (id.value == 0 || index >= capacity_) return false;
  ProducerScope scope(*this);
  if (!scope.open()) return false;
  Cell& cell = cells_[index];
  const uint64_t bit = CommandBit(command);
  uint64_t word = cell.word.load(std::memory_order_relaxed);
  do {
    if ((word & kIdMask) != id.value || (word & bit) != 0) return false;
  } while (!cell.word.compare_exchange_weak(word, word | bit,
                                            std::memory_order_relaxed));
  if (!commands_.TryPush(id.value | bit)) {
    // The owners of several generations have sent theirs behind a producer that
    // is held up inside TryPush. It was not sent, so that it can be sent again.
    word = cell.word.load(std::memory_order_relaxed);
    while ((word & kIdMask) == id.value &&
           !cell.word.compare_exchange_weak(word, word & ~bit,
                                            std::memory_order_relaxed)) {
    }
    return false;
  }
  PublishAndWake();
  return true;
}

void Inbox::AddSubmitter() {
  submitters_.fetch_add(1, std::memory_order_relaxed);
}

void Inbox::RemoveSubmitter() {
  ProducerScope scope(*this);
  const uint32_t before = submitters_.fetch_sub(1, std::memory_order_acq_rel);
  // The loop may sleep for good unless it learns that nobody is left (R5, R10).
  if (before == 1 && scope.open()) PublishAndWake();
}

void Inbox::Release(uint32_t index) {
  Cell& cell = cells_[index];
  cell.admitted = RequestId{};
  cell.cancel_on_admission = false;
  cell.drop_on_admission = false;
  const RemoteRequestId next =
      RemoteRequestId{cell.word.load(std::memory_order_relaxed)}.Next();
  cell.word.store(next.value, std::memory_order_relaxed);
  (void)free_cells_.TryPush(index);
}

void Inbox::Close() {
  closed_.store(true, std::memory_order_seq_cst);
  while (producers_inside_.load(std::memory_order_seq_cst) != 0) {
  }
}

void Inbox::PublishAndWake() {
  if (gate_.Publish()) port_->Wake();
}

}  // namespace wharf
