#include "tests/property/stage.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace wharf::property {
namespace {

std::byte ByteAt(std::size_t position) {
  return static_cast<std::byte>(position * 7 + position / 251 + 1);
}

}  // namespace

uint32_t Stage::Submit(Asked asked) {
  World& world = *world_;
  if (asked.remote && !world.submitter_.has_value()) return kNone;
  World::Draft draft;
  draft.facts.kind = asked.kind;
  draft.terms.remote = asked.remote;
  const World::Link& pipe =
      world.links_[asked.kind == RequestKind::kWrite ? 2 : 1];
  Handle handle = world.file_;
  if (asked.place == Place::kOtherFile) handle = world.ballast_;
  if (asked.place == Place::kPair) handle = Link().near;
  if (asked.place == Place::kPairFar) handle = Link().far;
  if (asked.place == Place::kPipe) handle = pipe.near;
  draft.request.handle = handle;
  if (IsTransfer(asked.kind)) {
    const bool file =
        asked.place == Place::kFile || asked.place == Place::kOtherFile;
    draft.facts.offset = file ? asked.offset : kCurrentPosition;
    world.MakeTransfer(draft, {.length = asked.length,
                               .pieces = asked.pieces,
                               .extent = asked.extent,
                               .buffer = std::move(asked.buffer)});
  } else if (asked.kind == RequestKind::kSleep) {
    draft.request = Request::Sleep(kNever);
  } else if (asked.kind == RequestKind::kPoll) {
    draft.facts.mode = asked.mode;
    draft.request = Request::Poll(handle, asked.mode);
  } else if (asked.kind == RequestKind::kSync) {
    draft.request = Request::Sync(handle);
  } else if (asked.kind == RequestKind::kShutdown) {
    draft.facts.mode = asked.mode;
    draft.request =
        Request::Shutdown(handle, static_cast<ShutdownSide>(asked.mode));
  } else {
    // What has nothing to choose is as plain as a drawn one.
    world.machine_answers_ = true;
    world.Describe(draft);
    world.machine_answers_ = false;
  }
  if (draft.request.handle.valid()) {
    draft.facts.handle = draft.request.handle.native();
  }
  if (asked.deadline.has_value()) {
    draft.terms.deadline = world.kernel_.Now() + *asked.deadline;
  }
  return world.Submit(draft);
}

void Stage::Turns(int count) {
  for (int i = 0; i < count && live() > 0 && !world_->failed(); ++i) {
    world_->Turn(
        Wait::Until(world_->kernel_.Now() + std::chrono::milliseconds(1)));
  }
}

void Stage::PeerSends(std::size_t bytes, Place place) {
  world_->PeerTransfer(place == Place::kPipe ? world_->links_[1] : Link(), true,
                       bytes);
}

void Stage::PeerReceives(std::size_t bytes) {
  world_->PeerTransfer(Link(), false, bytes);
}

void Stage::FillDisk(uint64_t bytes) {
  Operation fill;
  fill.opcode = Opcode::kAllocate;
  fill.handle = world_->ballast_.native();
  fill.offset = 0;
  fill.length = bytes;
  world_->PeerDo(fill);
}

void Stage::WriteFile(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = ByteAt(i);
  world_->kernel_.FindFile("f")->Write(0, bytes);
}

void Stage::ExpectCopy(std::size_t size) {
  const sim::FileImage* copy = world_->kernel_.FindFile("ballast");
  if (copy == nullptr || copy->cached().size() < size) {
    world_->Fail("the copy is too short");
    return;
  }
  for (std::size_t i = 0; i < size; ++i) {
    if (copy->cached()[i] != ByteAt(i)) {
      world_->Fail("byte " + std::to_string(i) + " of the copy is wrong");
      return;
    }
  }
}

}  // namespace wharf::property
