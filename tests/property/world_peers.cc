// Everybody else: peers, other threads, and what crosses the seam.

#include <algorithm>
#include <array>

#include "tests/property/world.h"

namespace wharf::property {
namespace {

constexpr std::size_t kPeerBytes[] = {64, 1, 7, 500};
constexpr uint64_t kMostPeerOperations = 16;

}  // namespace

// An operation of somebody else, on a port of their own.
void World::PeerDo(const Operation& described) {
  if (peer_in_flight_ >= kMostPeerOperations) return;
  Operation operation = described;
  operation.id = OperationId{++peer_ids_};
  peer_in_flight_ += peer_port_->Submit({&operation, 1});
  std::array<Completion, kMostPeerOperations> completions;
  const absl::StatusOr<std::size_t> reaped =
      peer_port_->Reap(completions, Wait::None());
  if (reaped.ok()) peer_in_flight_ -= *reaped;
}

void World::PeerTransfer(Link& link, bool send, std::size_t bytes) {
  Draft draft;
  const std::span<std::byte> memory = Take(draft, bytes);
  Operation operation;
  operation.handle = link.far.native();
  operation.data = memory.data();
  operation.length = memory.size();
  operation.offset = kCurrentPosition;
  operation.opcode = link.socket ? (send ? Opcode::kSend : Opcode::kReceive)
                                 : (send ? Opcode::kWrite : Opcode::kRead);
  PeerDo(operation);
}

void World::PeerActs() {
  // Mostly the pair.
  constexpr std::size_t kLinks[] = {0, 1, 2, 0, 0};
  Link& link = links_[Pick<std::size_t>(kLinks, "program.peer.link")];
  const std::size_t bytes = Pick<std::size_t>(kPeerBytes, "program.peer.bytes");
  switch (Draw(12, "program.peer")) {
    case 0:
    case 1:
    case 2:
    case 3:
      Log("the peer sends");
      if (link.own_peer && link.reads) PeerTransfer(link, true, bytes);
      break;
    case 4:
    case 5:
    case 6:
      Log("the peer receives");
      if (link.own_peer && link.writes) PeerTransfer(link, false, bytes);
      break;
    case 7:
      Log("the peer ends its side");
      kernel_.ShutdownWrite(link.far.native());
      break;
    case 8:
      Log("the connection breaks");
      kernel_.Reset(link.near.native());
      break;
    case 9: {
      Log("somebody fills the disk");
      Operation fill;
      fill.opcode = Opcode::kAllocate;
      fill.handle = ballast_.native();
      fill.offset = 0;
      fill.length = uint64_t{1} << (10 + Draw(10, "program.ballast"));
      PeerDo(fill);
      break;
    }
    case 10:
      Log("somebody connects");
      if (engine_->status().ok()) {
        Draft draft;
        const Buffer name = sim::Kernel::AddressOf("server");
        const std::span<std::byte> memory = Take(draft, name.size());
        std::copy_n(name.data(), name.size(), memory.data());
        kept_.push_back(kernel_.Socket());
        Operation connect;
        connect.opcode = Opcode::kConnect;
        connect.handle = kept_.back().native();
        connect.data = memory.data();
        connect.length = memory.size();
        PeerDo(connect);
      }
      break;
    default:
      Log("the peer closes its receiving side");
      kernel_.ShutdownWrite(link.near.native());
      break;
  }
}

void World::Disturb() {
  if (Draw(2, "program.disturb") == 0) {
    if (model_->dead()) return;
    disturbing_ = true;
    port_->Wake();
    disturbing_ = false;
    return;
  }
  sim::FileImage* file = kernel_.FindFile("f");
  if (file != nullptr) {
    Log("bad sectors");
    file->MarkBad({Draw(8, "program.bad") * 100, 100});
  }
}

// --- Other threads ---------------------------------------------------------

void World::ArmRemote() {
  if (!submitter_.has_value()) return;
  const uint32_t when = Draw(4, "program.remote.when");
  if (when == 0) {
    RemoteActs();
  } else if (armed_.size() < 4) {
    armed_.push_back(static_cast<Moment>(when - 1));
  }
}

void World::RemoteActs() {
  if (!submitter_.has_value()) return;
  if (Draw(3, "program.remote") < 2) {
    Submit(/*remote=*/true);
    return;
  }
  const uint32_t request = PickRequest();
  if (request == kNone || asked_[request].remote_id == RemoteRequestId{}) {
    return;
  }
  Cancel(request, Draw(2, "program.remote.drop") == 1);
}

// The loop is at some point: another thread does what it was to do there.
void World::ActAt(Moment moment) {
  const auto armed = std::find(armed_.begin(), armed_.end(), moment);
  if (armed == armed_.end() || !accepting_) return;
  armed_.erase(armed);
  const bool before = machine_answers_;
  machine_answers_ = true;
  Log("another thread acts");
  RemoteActs();
  machine_answers_ = before;
}

// --- The seam --------------------------------------------------------------

void World::OnSubmit(std::span<const Operation> operations,
                     std::size_t accepted) {
  for (const Operation& operation : operations.first(accepted)) {
    Log("issued " + std::string(OpcodeName(operation.opcode)) + " " +
        std::to_string(operation.id.value >> kIdIndexBits) + " of slot " +
        std::to_string(operation.id.index()));
    issued_.push_back(operation.id);
  }
  model_->OnSubmit(operations, accepted, kernel_.Now());
  ActAt(Moment::kStaging);
}

void World::OnCancel(OperationId id) {
  Log("the port is asked to cancel, slot " + std::to_string(id.index()));
  model_->OnCancel(id, kernel_.Now());
}

// Engine::Run is about to sleep: another thread submits, goes away, and then
// the last one does, without which nothing would end.
void World::ActWhileRunning() {
  ++sleeps_;
  if (!submitter_.has_value()) return;
  if (sleeps_ <= 2) {
    machine_answers_ = true;
    Submit(/*remote=*/true);
    machine_answers_ = false;
  } else if (extra_submitter_.has_value()) {
    Log("a Submitter goes away");
    extra_submitter_.reset();
  } else {
    Log("the last Submitter goes away");
    model_->OnPublished();
    submitter_.reset();
  }
}

void World::OnReapBegin(Wait wait) {
  model_->OnReapBegin(wait, kernel_.Now());
  ActAt(Moment::kSleeping);
  if (running_ && wait.until != Time::min()) ActWhileRunning();
  model_->OnSleep(wait);
}

void World::OnReapEnd(bool ok, std::span<const Completion> completions) {
  for (const Completion& completion : completions) {
    Log("completion of slot " + std::to_string(completion.id.index()) + ": " +
        std::to_string(completion.result));
  }
  if (!ok) Log("the port is dead");
  model_->OnReapEnd(ok, completions, kernel_.Now());
}

// However broken the engine is, a run ends.
bool World::GivesUp() {
  constexpr uint32_t kReaps = 20000;
  if (++reaps_ > kReaps) Fail("the engine turns without an end (G17)");
  return failed();
}

void World::OnWake() {
  if (!disturbing_) model_->OnWake();
}

void World::OnCloseBegin() { model_->OnCloseBegin(kernel_.Now()); }

void World::OnCloseEnd(const CloseReport& report) {
  model_->OnCloseEnd(report);
}

}  // namespace wharf::property
