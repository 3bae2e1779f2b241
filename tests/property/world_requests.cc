// What a program asks for, and what it is told.

#include <algorithm>
#include <chrono>
#include <cstring>
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
constexpr std::size_t kLengths[] = {64, 1, 7, 200, 512, 900};
// As long as what the kernel does, so that both end in one instant.
constexpr Duration kDelays[] = {
    microseconds(100), Duration(0),       microseconds(1), microseconds(5),
    microseconds(20),  microseconds(500), milliseconds(5), milliseconds(20)};
constexpr uint32_t kOpenFlags[] = {kOpenRead | kOpenWrite | kOpenCreate,
                                   kOpenRead,
                                   kOpenWrite | kOpenCreate | kOpenExclusive};
// Handles kept at once.
constexpr std::size_t kKept = 4;

}  // namespace

void World::GiveBack(void* block, std::span<std::byte> bytes) {
  Block& back = *static_cast<Block*>(block);
  back.lent = false;
  std::memset(bytes.data(), 0xdd, bytes.size());
  if (back.request != kNone) {
    back.world->model_->OnMemoryReleased(back.request);
  }
}

std::span<std::byte> World::Take(Draft& draft, std::size_t size) {
  Block& block = blocks_.emplace_back();
  block.world = this;
  block.bytes = std::make_unique<std::byte[]>(size);
  block.size = size;
  draft.blocks.push_back(&block);
  return {block.bytes.get(), size};
}

// Memory of the request that is being made.
Buffer World::Lend(Draft& draft, std::size_t size) {
  if (size == 0) return Buffer();
  const std::span<std::byte> bytes = Take(draft, size);
  Block* block = draft.blocks.back();
  block->lent = true;
  block->request = static_cast<uint32_t>(model_->size());
  return Buffer::Wrap(bytes, &GiveBack, block);
}

void World::DescribeTransfer(RequestKind kind, Draft& draft) {
  std::size_t length = Pick<std::size_t>(kLengths, "program.length");
  if (OneIn(focus_.empty_in, "program.empty")) length = 0;
  TransferOptions options;
  options.extent =
      Draw(3, "program.extent") == 2 ? Extent::kSome : Extent::kAll;
  options.offset = draft.facts.offset;
  draft.facts.extent = options.extent;
  const Handle handle = draft.request.handle;
  const uint32_t pieces =
      kind == RequestKind::kReceive ? 1 : 1 + Draw(3, "program.pieces");
  if (pieces == 1) {
    const std::size_t skip = Draw(4, "program.skip") == 3 ? 3 : 0;
    Buffer buffer = Lend(draft, length + 2 * skip);
    draft.facts.memory = {buffer.bytes().subspan(skip, length)};
    if (skip > 0) {
      options.buffer_offset = skip;
      options.length = length;
    }
    switch (kind) {
      case RequestKind::kRead:
        draft.request = Request::Read(handle, std::move(buffer), options);
        break;
      case RequestKind::kWrite:
        draft.request = Request::Write(handle, std::move(buffer), options);
        break;
      case RequestKind::kDurableWrite:
        draft.request =
            Request::DurableWrite(handle, std::move(buffer), options);
        break;
      case RequestKind::kReceive:
        draft.request = Request::Receive(handle, std::move(buffer), options);
        break;
      default:
        draft.request = Request::Send(handle, std::move(buffer), options);
        break;
    }
    return;
  }
  draft.facts.vectored = true;
  std::vector<Buffer> buffers;
  std::size_t done = 0;
  for (uint32_t i = 0; i < pieces; ++i) {
    // Some of them may be empty.
    const std::size_t end = length * (i + 1) / pieces;
    buffers.push_back(Lend(draft, end - done));
    draft.facts.memory.push_back(buffers.back().bytes());
    done = end;
  }
  switch (kind) {
    case RequestKind::kRead:
      draft.request = Request::Read(handle, std::move(buffers), options);
      break;
    case RequestKind::kWrite:
      draft.request = Request::Write(handle, std::move(buffers), options);
      break;
    case RequestKind::kDurableWrite:
      draft.request =
          Request::DurableWrite(handle, std::move(buffers), options);
      break;
    default:
      draft.request = Request::Send(handle, std::move(buffers), options);
      break;
  }
}

// A transfer or what else is done to a stream. A read or write may mean a pipe.
void World::DescribeStream(RequestKind kind, Draft& draft) {
  const bool socket = kind == RequestKind::kReceive ||
                      kind == RequestKind::kSend ||
                      kind == RequestKind::kShutdown;
  Link* link = &links_[0];
  if (kind == RequestKind::kRead) link = &links_[1];
  if (kind == RequestKind::kWrite) link = &links_[2];
  if (kind == RequestKind::kPoll) {
    link = &links_[Draw(static_cast<uint32_t>(links_.size()), "program.link")];
  }
  const bool far = socket && !link->own_peer && Draw(2, "program.side") == 1;
  draft.request.handle = far ? link->far : link->near;
}

// False if there is nothing to do it to.
bool World::Describe(RequestKind kind, Draft& draft) {
  draft.facts.kind = kind;
  const bool stream_too =
      kind == RequestKind::kRead || kind == RequestKind::kWrite;
  if (IsTransfer(kind)) {
    const bool stream = kind == RequestKind::kReceive ||
                        kind == RequestKind::kSend ||
                        (stream_too && Draw(3, "program.pipe") == 2);
    if (stream) {
      DescribeStream(kind, draft);
    } else {
      draft.facts.offset = Draw(16, "program.offset") * 61;
      // Sometimes the engine holds the only copy.
      draft.request.handle =
          Draw(3, "program.own_handle") == 2 ? *kernel_.OpenFile("f") : file_;
    }
    draft.facts.handle = draft.request.handle.native();
    DescribeTransfer(kind, draft);
    return true;
  }
  switch (kind) {
    case RequestKind::kNop:
      draft.request = Request::Nop();
      break;
    case RequestKind::kSleep:
      draft.terms.deadline =
          Draw(10, "program.endless") == 9
              ? kNever
              : kernel_.Now() + Pick<Duration>(kDelays, "program.sleep");
      draft.request = Request::Sleep(draft.terms.deadline);
      break;
    case RequestKind::kPoll:
      DescribeStream(kind, draft);
      draft.facts.mode = 1 + Draw(3, "program.events");
      draft.request =
          Request::Poll(std::move(draft.request.handle), draft.facts.mode);
      break;
    case RequestKind::kSync:
      draft.facts.data_only = Draw(2, "program.data_only") == 1;
      draft.request = Request::Sync(
          file_, draft.facts.data_only ? SyncLevel::kData : SyncLevel::kFull);
      break;
    case RequestKind::kAllocate:
      draft.facts.mode = Draw(4, "program.allocate_mode");
      draft.facts.offset = Draw(8, "program.offset") * 100;
      draft.facts.length = OneIn(focus_.empty_in, "program.empty")
                               ? 0
                               : Pick<std::size_t>(kLengths, "program.length");
      draft.request =
          Request::Allocate(file_, static_cast<AllocateMode>(draft.facts.mode),
                            draft.facts.offset, draft.facts.length);
      break;
    case RequestKind::kOpen: {
      draft.facts.mode = Pick<uint32_t>(kOpenFlags, "program.open_flags");
      draft.facts.offset = 0644;
      draft.request = Request::Open("g", draft.facts.mode);
      const Buffer& path = draft.request.buffer;
      draft.facts.memory = {path.bytes().first(path.size() - 1)};
      break;
    }
    case RequestKind::kClose:
      draft.request = Request::Close(*kernel_.OpenFile("c"));
      break;
    case RequestKind::kShutdown:
      DescribeStream(kind, draft);
      draft.facts.mode = Draw(3, "program.shutdown_side");
      draft.request =
          Request::Shutdown(std::move(draft.request.handle),
                            static_cast<ShutdownSide>(draft.facts.mode));
      break;
    case RequestKind::kAccept:
      draft.request = Request::Accept(listener_);
      break;
    default: {
      const Buffer name = sim::Kernel::AddressOf("server");
      Buffer address = Lend(draft, name.size());
      std::copy_n(name.data(), name.size(), address.data());
      draft.facts.memory = {address.bytes()};
      draft.request = Request::Connect(kernel_.Socket(), std::move(address));
      break;
    }
  }
  draft.facts.handle = draft.request.handle.native();
  return true;
}

bool World::IsSupported(const Draft& draft) const {
  const RequestFacts& facts = draft.facts;
  const auto has = [&](Opcode plain, Opcode vectored) {
    return has_.Has(facts.vectored ? vectored : plain);
  };
  const bool positioned = facts.offset != kCurrentPosition ||
                          has_.HasFeatures(kFeatureCurrentPosition);
  switch (facts.kind) {
    case RequestKind::kNop:
      return has_.Has(Opcode::kNop);
    case RequestKind::kSleep:
      return true;
    case RequestKind::kPoll:
      return has_.Has(Opcode::kPoll);
    case RequestKind::kSync:
      return has_.Has(Opcode::kSync);
    case RequestKind::kAllocate:
      return has_.Has(Opcode::kAllocate);
    case RequestKind::kOpen:
      return has_.Has(Opcode::kOpen);
    case RequestKind::kClose:
      return has_.Has(Opcode::kClose);
    case RequestKind::kShutdown:
      return has_.Has(Opcode::kShutdown);
    case RequestKind::kAccept:
      return has_.Has(Opcode::kAccept);
    case RequestKind::kConnect:
      return has_.Has(Opcode::kConnect);
    case RequestKind::kRead:
      return positioned && has(Opcode::kRead, Opcode::kReadVectored);
    case RequestKind::kWrite:
      return positioned && has(Opcode::kWrite, Opcode::kWriteVectored);
    case RequestKind::kDurableWrite:
      return has_.Has(Opcode::kSync) &&
             has(Opcode::kWrite, Opcode::kWriteVectored);
    case RequestKind::kReceive:
      return has_.Has(Opcode::kReceive);
    case RequestKind::kSend:
      return has(Opcode::kSend, Opcode::kSendVectored);
  }
  return false;
}

uint32_t World::Submit(bool remote) {
  const std::span<const RequestKind> kinds =
      focus_.kinds.empty() ? std::span<const RequestKind>(kAllKinds)
                           : std::span<const RequestKind>(focus_.kinds);
  Draft draft;
  if (!Describe(Pick<RequestKind>(kinds, "program.request"), draft)) {
    return kNone;
  }
  Request& request = draft.request;
  const bool sleeps = draft.facts.kind == RequestKind::kSleep;
  if (!sleeps && OneIn(focus_.deadline_in, "program.has_deadline")) {
    draft.terms.deadline =
        kernel_.Now() + Pick<Duration>(kDelays, "program.deadline");
    request = std::move(request).WithDeadline(draft.terms.deadline);
  }
  if (OneIn(focus_.policy_in, "program.has_policy")) {
    request = std::move(request).WithDropPolicy(
        request.on_drop == DropPolicy::kCancel ? DropPolicy::kRunToEnd
                                               : DropPolicy::kCancel);
  }
  draft.terms.on_drop = request.on_drop;
  draft.terms.remote = remote;

  const auto number = static_cast<uint32_t>(model_->size());
  const EngineModel::Admission due = model_->ExpectSubmit(remote);
  const auto callback = [this, number](Result&& result) {
    OnResult(number, std::move(result));
  };
  Asked asked;
  absl::Status status;
  submitting_ = true;
  if (remote) {
    const absl::StatusOr<RemoteRequestId> id =
        submitter_->Submit(std::move(request), callback);
    status = id.status();
    if (id.ok()) asked.remote_id = *id;
  } else {
    const absl::StatusOr<RequestId> id =
        engine_->Submit(std::move(request), callback);
    status = id.status();
    if (id.ok()) asked.id = *id;
  }
  submitting_ = false;
  Log(std::string(remote ? "remote submit " : "submit ") +
      std::to_string(number) + " " +
      std::string(RequestKindName(draft.facts.kind)) +
      (status.ok() ? "" : ", refused"));
  if (!status.ok()) {
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
  model_->EndCall(request, due, done);
}

}  // namespace wharf::property
