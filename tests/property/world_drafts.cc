// What a request is made of.

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iterator>

#include "tests/property/world.h"

namespace wharf::property {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::size_t kLengths[] = {64, 1, 7, 200, 512, 900};
constexpr Duration kSleeps[] = {
    microseconds(100), Duration(0),     microseconds(1), microseconds(20),
    microseconds(500), milliseconds(5), milliseconds(20)};
constexpr uint32_t kOpenFlags[] = {kOpenRead | kOpenWrite | kOpenCreate,
                                   kOpenRead,
                                   kOpenWrite | kOpenCreate | kOpenExclusive};

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

// Moves what was lent for another request, which has ended, to this one.
void World::TakeOver(Draft& draft, const Buffer& buffer) {
  for (Block& block : blocks_) {
    if (block.bytes.get() != buffer.data() || !block.lent) continue;
    block.request = static_cast<uint32_t>(model_->size());
    draft.blocks.push_back(&block);
  }
}

void World::MakeTransfer(Draft& draft, Shape shape) {
  const RequestKind kind = draft.facts.kind;
  const Handle handle = draft.request.handle;
  draft.facts.handle = handle.native();
  draft.facts.extent = shape.extent;
  TransferOptions options{.offset = draft.facts.offset, .extent = shape.extent};
  if (shape.pieces == 1) {
    Buffer buffer = std::move(shape.buffer);
    if (buffer.empty()) {
      buffer = Lend(draft, shape.length + 2 * shape.skip);
    } else {
      TakeOver(draft, buffer);
    }
    draft.facts.memory = {buffer.bytes().subspan(shape.skip, shape.length)};
    options.buffer_offset = shape.skip;
    options.length = shape.length;
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
  for (uint32_t i = 0; i < shape.pieces; ++i) {
    // Some of them may be empty.
    const std::size_t end = shape.length * (i + 1) / shape.pieces;
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

void World::DescribeTransfer(Draft& draft) {
  const RequestKind kind = draft.facts.kind;
  const bool pipe =
      (kind == RequestKind::kRead || kind == RequestKind::kWrite) &&
      Draw(3, "program.pipe") == 2;
  if (kind == RequestKind::kReceive || kind == RequestKind::kSend || pipe) {
    TakeStream(draft);
  } else {
    draft.facts.offset = Draw(16, "program.offset") * 61;
    // Sometimes the engine holds the only copy.
    draft.request.handle =
        Draw(3, "program.own_handle") == 2 ? *kernel_.OpenFile("f") : file_;
  }
  Shape shape;
  shape.length = Pick<std::size_t>(kLengths, "program.length");
  if (OneIn(focus_.empty_in, "program.empty")) shape.length = 0;
  shape.extent = Draw(3, "program.extent") == 2 ? Extent::kSome : Extent::kAll;
  if (kind != RequestKind::kReceive) {
    shape.pieces = 1 + Draw(3, "program.pieces");
  }
  shape.skip = Draw(4, "program.skip") == 3 ? 3 : 0;
  MakeTransfer(draft, std::move(shape));
}

// The stream that the request is about. A read or write means a pipe.
void World::TakeStream(Draft& draft) {
  const RequestKind kind = draft.facts.kind;
  Link* link = &links_[0];
  if (kind == RequestKind::kRead) link = &links_[1];
  if (kind == RequestKind::kWrite) link = &links_[2];
  if (kind == RequestKind::kPoll) {
    link = &links_[Draw(static_cast<uint32_t>(links_.size()), "program.link")];
  }
  const bool far =
      link->socket && !link->own_peer && Draw(2, "program.side") == 1;
  draft.request.handle = far ? link->far : link->near;
}

void World::Describe(Draft& draft) {
  const RequestKind kind = draft.facts.kind;
  if (IsTransfer(kind)) {
    DescribeTransfer(draft);
    return;
  }
  switch (kind) {
    case RequestKind::kNop:
      draft.request = Request::Nop();
      break;
    case RequestKind::kSleep:
      draft.terms.deadline =
          Draw(5, "program.endless") == 4
              ? kNever
              : kernel_.Now() + Pick<Duration>(kSleeps, "program.sleep");
      draft.request = Request::Sleep(draft.terms.deadline);
      break;
    case RequestKind::kPoll:
      TakeStream(draft);
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
      TakeStream(draft);
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

}  // namespace wharf::property
