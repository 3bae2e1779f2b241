// What a program asks for, and what it is told. What a request is made of is in
// world_drafts.cc.

#include <algorithm>
#include <chrono>
#include <iterator>

#include "tests/property/world.h"

namespace wharf::property {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr RequestKind kAllKinds[] = {
    RequestKind::kRead,     RequestKind::kWrite,        RequestKind::kReceive,
    RequestKind::kSend,     RequestKind::kDurableWrite, RequestKind::kNop,
    RequestKind::kSleep,    RequestKind::kPoll,         RequestKind::kSync,
    RequestKind::kAllocate, RequestKind::kOpen,         RequestKind::kClose,
    RequestKind::kShutdown, RequestKind::kAccept,       RequestKind::kConnect};
// As long as what the kernel does, so that both end in one instant.
constexpr Duration kDelays[] = {
    microseconds(100), Duration(0),       microseconds(1), microseconds(5),
    microseconds(20),  microseconds(500), milliseconds(5), milliseconds(20)};
// Handles kept at once.
constexpr std::size_t kKept = 4;

}  // namespace

class World::Watch {
 public:
  Watch(World* world, uint32_t request) : world_(world), request_(request) {
    ++world_->callbacks_;
  }
  Watch(Watch&& other) noexcept
      : world_(std::exchange(other.world_, nullptr)),
        request_(other.request_) {}
  Watch& operator=(Watch&&) = delete;
  ~Watch() {
    if (world_ != nullptr) world_->OnCallbackGone(request_);
  }

 private:
  World* world_;
  uint32_t request_;
};

// What was captured may do something when it dies.
void World::OnCallbackGone(uint32_t request) {
  --callbacks_;
  if (dropping_ != request || !accepting_) return;
  dropping_ = kNone;
  const bool before = machine_answers_;
  machine_answers_ = true;
  if (OneIn(focus_.callback_in, "program.in_destructor")) {
    Submit(/*remote=*/false);
  }
  machine_answers_ = before;
}

// The plainest ones, which take the shortest way.
void World::SubmitMany() {
  const uint32_t count = 20 * (1 + Draw(15, "program.bulk"));
  const bool nops = has_.Has(Opcode::kNop) && Draw(2, "program.bulk.kind") == 0;
  for (uint32_t i = 0; i < count; ++i) {
    Draft draft;
    draft.facts.kind = nops ? RequestKind::kNop : RequestKind::kRead;
    if (!nops) {
      draft.request.handle = file_;
      draft.facts.offset = i;
      MakeTransfer(draft, {.length = 7});
    }
    Submit(draft);
  }
}

uint32_t World::Submit(bool remote) {
  const std::span<const RequestKind> kinds =
      focus_.kinds.empty() ? std::span<const RequestKind>(kAllKinds)
                           : std::span<const RequestKind>(focus_.kinds);
  Draft draft;
  draft.facts.kind = Pick<RequestKind>(kinds, "program.request");
  draft.terms.remote = remote;
  Describe(draft);
  const bool sleeps = draft.facts.kind == RequestKind::kSleep;
  if (!sleeps && OneIn(focus_.deadline_in, "program.has_deadline")) {
    draft.terms.deadline =
        kernel_.Now() + Pick<Duration>(kDelays, "program.deadline");
  }
  DropPolicy& on_drop = draft.request.on_drop;
  if (OneIn(focus_.policy_in, "program.has_policy")) {
    on_drop = on_drop == DropPolicy::kCancel ? DropPolicy::kRunToEnd
                                             : DropPolicy::kCancel;
  }
  return Submit(draft);
}

uint32_t World::Submit(Draft& draft) {
  Request& request = draft.request;
  request.deadline = draft.terms.deadline;
  draft.terms.on_drop = request.on_drop;
  const bool remote = draft.terms.remote;
  const auto number = static_cast<uint32_t>(model_->size());
  const EngineModel::Admission due = model_->ExpectSubmit(remote);
  auto callback = [this, number, watch = Watch(this, number)](Result&& result) {
    OnResult(number, std::move(result));
  };
  Asked asked;
  absl::Status status;
  submitting_ = true;
  if (remote) {
    const absl::StatusOr<RemoteRequestId> id =
        submitter_->Submit(std::move(request), std::move(callback));
    status = id.status();
    if (id.ok()) asked.remote_id = *id;
  } else {
    const absl::StatusOr<RequestId> id =
        engine_->Submit(std::move(request), std::move(callback));
    status = id.status();
    if (id.ok()) asked.id = *id;
  }
  submitting_ = false;
  Log(std::string(remote ? "remote submit " : "submit ") +
      std::to_string(number) + " " +
      std::string(RequestKindName(draft.facts.kind)) +
      (status.ok() ? "" : ", refused"));
  if (!status.ok()) {
    if (!remote) ++refused_;
    CheckRefused(draft, status, due);
    return kNone;
  }
  if (due == EngineModel::Admission::kFull ||
      due == EngineModel::Admission::kClosed || !IsSupported(draft)) {
    Fail("a request was taken that had to be refused (G7)");
  }
  asked.blocks = draft.blocks;
  asked_.push_back(std::move(asked));
  return model_->OnSubmitted(draft.facts, draft.terms, asked_.back().id);
}

// Nothing was taken: the request is as it was.
void World::CheckRefused(Draft& draft, const absl::Status& status,
                         EngineModel::Admission due) {
  for (const Block* block : draft.blocks) {
    if (!block->lent) Fail("a refused request has lost its memory (G7)");
  }
  const bool needs_handle = draft.facts.handle != kInvalidNativeHandle;
  if (needs_handle && draft.request.handle.native() != draft.facts.handle) {
    Fail("a refused request has lost its handle (G7)");
  }
  for (Block* block : draft.blocks) block->request = kNone;
  if (due == EngineModel::Admission::kClosed) {
    if (absl::IsFailedPrecondition(status)) return;
  } else if (absl::IsResourceExhausted(status)) {
    if (due != EngineModel::Admission::kTaken) return;
  } else if (absl::IsUnimplemented(status)) {
    if (!IsSupported(draft)) return;
  }
  Fail("a request was refused wrongly: " + std::string(status.message()) +
       " (G7)");
}

void World::OnResult(uint32_t request, Result&& result) {
  if (submitting_) Fail("an outcome came inside the submitting call (G1)");
  Log("outcome of " + std::to_string(request) + ": " +
      ToString(result.outcome));
  kernel_.Note("program.outcome", request,
               static_cast<int64_t>(result.outcome.kind),
               static_cast<int64_t>(result.outcome.bytes));
  if (request >= model_->size()) {
    Fail("an outcome of a request that was not taken");
    return;
  }
  model_->BeginOutcome(request, result, kernel_.Now());
  CheckResult(request, result);
  if (on_result_) on_result_(request, result);
  if (result.handle.valid() && kept_.size() < kKept) {
    kept_.push_back(std::move(result.handle));
  }
  const bool before = machine_answers_;
  machine_answers_ = true;
  if (OneIn(focus_.callback_in, "program.in_callback")) ActInCallback();
  ActAt(Moment::kDelivering);
  machine_answers_ = before;
  result.buffer.Reset();
  result.buffers.clear();
  model_->EndOutcome(request);
}

void World::CheckResult(uint32_t request, const Result& result) {
  const RequestFacts& facts = model_->model(request).facts();
  const bool left = model_->IsLeft(request);
  if (result.handle.valid() !=
      (MakesHandle(facts.kind) && result.outcome.ok())) {
    Fail("a handle came where none was due, or none where one was (G16)");
  }
  std::vector<const Block*> blocks(asked_[request].blocks.begin(),
                                   asked_[request].blocks.end());
  std::vector<const std::byte*> back;
  if (!result.buffer.empty() && facts.kind != RequestKind::kOpen) {
    back.push_back(result.buffer.data());
  }
  for (const Buffer& buffer : result.buffers) {
    if (!buffer.empty()) back.push_back(buffer.data());
  }
  if (left) blocks.clear();
  const bool same =
      std::equal(back.begin(), back.end(), blocks.begin(), blocks.end(),
                 [](const std::byte* data, const Block* block) {
                   return data == block->bytes.get();
                 });
  if (!same) Fail("other memory came back than was given (G3)");
}

void World::ActInCallback() {
  switch (Draw(5, "program.in_callback.act")) {
    case 0:
    case 1:
      if (model_->size() < 4 * focus_.steps) Submit(/*remote=*/false);
      break;
    case 2:
      Cancel(PickRequest(), /*drop=*/false);
      break;
    case 3:
      Cancel(PickRequest(), /*drop=*/true);
      break;
    default:
      RemoteActs();
      break;
  }
}

// Any that ever was, the latest first; also one that has ended (G9).
uint32_t World::PickRequest() {
  const uint32_t recent =
      std::min(static_cast<uint32_t>(model_->size()), focus_.recent);
  if (recent == 0) return kNone;
  return static_cast<uint32_t>(model_->size()) - 1 -
         Draw(recent, "program.which");
}

void World::Cancel(uint32_t request, bool drop) {
  if (request == kNone) return;
  Log((drop ? "drop " : "cancel ") + std::to_string(request));
  const Asked& asked = asked_[request];
  if (asked.remote_id != RemoteRequestId{}) {
    // When one that was dropped has ended is not always known.
    const bool unsure = model_->in_callback() && model_->IsDropped(request);
    if (!submitter_.has_value() || unsure) return;
    const bool due = model_->ExpectCommand(request, drop);
    const bool sent = drop ? submitter_->Drop(asked.remote_id)
                           : submitter_->Cancel(asked.remote_id);
    if (sent) model_->OnCommand(request, drop);
    if (sent != due) {
      Fail("a Submitter's cancel or drop was taken wrongly, or refused (G9)");
    }
    return;
  }
  const bool due =
      drop ? model_->BeginDrop(request) : model_->BeginCancel(request);
  const bool done = drop ? engine_->Drop(asked.id) : engine_->Cancel(asked.id);
  if (drop && due && dropping_ == request && accepting_) {
    Fail("the callback of one that was dropped lives on (G16)");
  }
  dropping_ = kNone;
  model_->EndCall(request, due, done);
}

}  // namespace wharf::property
