// World: one life of an engine on the simulated kernel, made of commands: every
// kind of request on every personality, cancels, drops, time, peers that feed
// and break, disks that fill up, crashes, other threads, callbacks that act,
// shutdown. An EngineModel watches all of it.

#ifndef WHARF_TESTS_PROPERTY_WORLD_H_
#define WHARF_TESTS_PROPERTY_WORLD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/submitter.h"
#include "sim/kernel/kernel.h"
#include "tests/property/case.h"
#include "tests/property/engine_model.h"
#include "tests/property/focus.h"
#include "tests/property/observing_port.h"

namespace wharf::property {

// What a life came to.
struct WorldResult {
  std::string failure;  // "" if no promise was broken.
  sim::TraceHash hash;
  std::string
      log;  // If it was to be kept: one line for each thing that happened.
  uint64_t requests = 0;
  uint64_t operations = 0;
};

class Stage;

// Puts something between the engine and its simulated port, which it takes.
using PortWrapper = std::function<std::unique_ptr<CompletionPort>(
    std::unique_ptr<CompletionPort> port)>;

// One life. Not for concurrent use.
class World final : private PortObserver {
 public:
  // Borrows both. What `wrap` gives, if there is one, is the engine's port; the
  // model stands before it.
  World(const Focus& focus, CaseChooser* choices, bool keep_log,
        const PortWrapper& wrap = nullptr);
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() override;

  // Commands, as they are drawn.
  WorldResult Run();
  // A fixed program (stage.h), and then the focus's ending.
  WorldResult RunProgram(void (*program)(Stage& stage));

 private:
  friend class Stage;

  static constexpr uint32_t kNone = ~uint32_t{0};

  // Memory of a request; knows when it is given back.
  struct Block {
    World* world = nullptr;
    uint32_t request = kNone;
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
    bool lent = false;
  };
  // `near` is for requests; `far` is the peer's, or for requests as well.
  struct Link {
    Handle near;
    Handle far;
    bool socket = true;
    bool reads = true;
    bool writes = true;
    bool own_peer = true;
  };
  struct Draft {
    Request request;
    RequestFacts facts;
    RequestTerms terms;
    std::vector<Block*> blocks;
  };
  // How a transfer's memory is cut.
  struct Shape {
    std::size_t length = 64;
    uint32_t pieces = 1;
    std::size_t skip = 0;
    Extent extent = Extent::kAll;
    Buffer buffer = {};  // If it is there already.
  };
  struct Asked {
    RemoteRequestId remote_id;
    RequestId id;
    std::vector<Block*> blocks;
  };
  enum class Moment : uint8_t { kStaging, kSleeping, kDelivering };
  class Waiting;
  // What a callback holds: tells when the callback is destroyed.
  class Watch;

  // world.cc: the machine, the commands, the end.
  sim::KernelOptions DrawMachine();
  void Open(const PortWrapper& wrap);
  void OpenLinks();
  uint32_t Draw(uint32_t n, std::string_view label);
  bool OneIn(uint32_t n, std::string_view label) {
    return n > 0 && Draw(n, label) == n - 1;
  }
  template <class T>
  T Pick(std::span<const T> list, std::string_view label) {
    return list[Draw(static_cast<uint32_t>(list.size()), label)];
  }
  void Do(Command command);
  void Turn(Wait limit);
  void Lie();
  void AwaitRoom();
  WorldResult Finish();
  void End();
  void Quiesce(bool run);
  Time QuietBound() const;
  void Shutdown();
  void CheckNothingIsLeft();
  void Fail(std::string problem) { model_->Fail(std::move(problem)); }
  bool failed() const { return !model_->problem().empty(); }
  void Log(std::string line);

  // world_requests.cc
  uint32_t Submit(bool remote);
  uint32_t Submit(Draft& draft);
  void SubmitMany();
  void OnCallbackGone(uint32_t request);
  void CheckRefused(Draft& draft, const absl::Status& status,
                    EngineModel::Admission due);
  void OnResult(uint32_t request, Result&& result);
  void CheckResult(uint32_t request, const Result& result);
  void ActInCallback();
  uint32_t PickRequest();
  void Cancel(uint32_t request, bool drop);

  // world_drafts.cc; the kind is there already.
  void Describe(Draft& draft);
  void DescribeTransfer(Draft& draft);
  void TakeStream(Draft& draft);
  void MakeTransfer(Draft& draft, Shape shape);
  bool IsSupported(const Draft& draft) const;
  std::span<std::byte> Take(Draft& draft, std::size_t size);
  Buffer Lend(Draft& draft, std::size_t size);
  void TakeOver(Draft& draft, const Buffer& buffer);
  static void GiveBack(void* block, std::span<std::byte> bytes);

  // world_peers.cc
  void PeerActs();
  void PeerTransfer(Link& link, bool send, std::size_t bytes);
  void PeerDo(const Operation& operation);
  void Disturb();
  void RemoteActs();
  void ArmRemote();
  void ActAt(Moment moment);
  void ActWhileRunning();

  // PortObserver.
  void OnSubmit(std::span<const Operation> operations,
                std::size_t accepted) override;
  void OnCancel(OperationId id) override;
  void OnReapBegin(Wait wait) override;
  void OnReapEnd(bool ok, std::span<const Completion> completions) override;
  void OnWake() override;
  bool GivesUp() override;
  void OnCloseBegin() override;
  void OnCloseEnd(const CloseReport& report) override;

  const Focus& focus_;
  CaseChooser* choices_;
  const bool keep_log_;
  // Draw asks the machine's chooser, not the command's.
  bool machine_answers_ = false;
  std::string log_;
  std::deque<Block> blocks_;  // Outlives the kernel.
  sim::Personality personality_ = sim::Personality::kIoUring;
  sim::Kernel kernel_;
  EngineFacts facts_;
  std::unique_ptr<EngineModel> model_;
  PortCapabilities has_;
  ObservingPort* port_ = nullptr;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<CompletionPort> peer_port_;
  uint64_t peer_ids_ = 0;
  uint64_t peer_in_flight_ = 0;
  std::optional<Submitter> submitter_;
  std::optional<Submitter> extra_submitter_;
  std::vector<std::unique_ptr<Waiting>> waiting_;

  Handle file_;
  Handle ballast_;
  Handle listener_;
  std::vector<Handle> kept_;
  std::vector<Link> links_;
  std::vector<Asked> asked_;
  std::vector<OperationId> issued_;
  std::vector<Moment> armed_;
  uint32_t reaps_ = 0;
  uint32_t sleeps_ = 0;  // Of Engine::Run.
  int64_t callbacks_ = 0;
  uint64_t refused_ = 0;
  uint32_t dropping_ = kNone;
  std::function<void(uint32_t request, Result& result)> on_result_;
  bool submitting_ = false;
  bool accepting_ = true;
  bool running_ = false;
  bool disturbing_ = false;
};

}  // namespace wharf::property

#endif  // WHARF_TESTS_PROPERTY_WORLD_H_
