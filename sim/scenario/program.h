// Program: the program that a scenario runs, and the judge of what it sees.
// Part of scenario.h; not for use by itself.
//
// What it checks: every admitted request has exactly one outcome, or none if it
// was dropped (G1); buffers come back (G3), and memory is not touched too early
// (G2, by the strict kernel); nothing is issued for what was stopped (G5, but
// for requests of a Submitter, whose slots the program does not know); outcomes
// fit what was asked (G3, G6, G11, G13, G15); refusals name a limit that is
// reached (G7); what files and streams hold is what was written and sent; what
// was acknowledged as durable survives a crash (G14); every request ends (G17),
// and nothing is left behind (G12).

#ifndef WHARF_SIM_SCENARIO_PROGRAM_H_
#define WHARF_SIM_SCENARIO_PROGRAM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/submitter.h"
#include "sim/kernel/kernel.h"
#include "sim/scenario/arena.h"
#include "sim/scenario/file_model.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/stop_watch.h"
#include "sim/scenario/stream_model.h"

namespace wharf::sim {

// One life. Not for concurrent use.
class Program final : private RoomWaiter {
 public:
  // Borrows both.
  Program(const ScenarioOptions& options, Chooser* chooser, Arena* arena);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() override;

  // From the beginning to the end.
  ScenarioResult Run();

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};

  // What the program does next.
  enum class Kind : uint8_t {
    kNop,
    kSleep,
    kWrite,
    kRead,
    kSync,
    kDurableWrite,
    kSend,
    kReceive,
    kPoll,
    kAllocate,
    kOpen,
    kClose,
    kShutdown,
    kAccept,
    kConnect,
  };

  // Two connected ends, and what may come out of each direction: `flow[i]` goes
  // from end i to the other.
  struct Link {
    std::array<Handle, 2> ends;
    std::array<StreamModel, 2> flow;
    bool socket = true;
    // Something may have been lost: a reset, an error, a peer that went away.
    bool broken = false;
    // A stream ended before all that was sent had come out; what is wrong with
    // that unless the link turns out to be broken: who hears of a reset may be
    // told later than who is told of the end.
    std::string ended_early;
  };

  // What the program remembers of one request.
  struct Asked {
    RequestId id;
    RemoteRequestId remote_id;
    Time deadline = kNever;
    uint64_t length = 0;
    uint64_t offset = 0;
    FileModel::Moment begin = 0;
    uint32_t write = kNone;
    uint32_t link = kNone;
    Handle socket;  // Of a connect.
    Kind kind = Kind::kNop;
    uint8_t end = 0;
    Extent extent = Extent::kAll;
    bool remote = false;
    bool cancelled = false;
    bool dropped = false;
    bool ended = false;
  };

  // program.cc: the machine and the limits, from the choices.
  KernelOptions DrawKernel(const ScenarioOptions& options, Chooser* chooser);
  static Personality DrawPersonality(const ScenarioOptions& options,
                                     Chooser* chooser);
  void OpenFiles();
  void OpenLinks();
  uint32_t Draw(uint32_t n, const Label& label) {
    return kernel_.Choose(n, label);
  }
  // The life.
  void MakeRequest();
  void ThenSomething();
  void Turn(Duration limit);
  void CancelSome();
  bool Cancel(Asked& asked);
  void DropSome();
  void PeerActs();
  void CloseRudely();
  void OnRoom() override;
  // The end.
  bool Idle() const;
  void Drain();
  void DrainLink(uint32_t number);
  void EndEngine();
  void CloseHandles();
  void CheckMachine();
  void Finish();
  void Fail(std::string problem);
  bool failed() const { return !result_.failure.empty(); }

  // program_requests.cc
  uint64_t DrawLength();
  uint64_t DrawOffset();
  void Ask(Kind kind);
  void AskFile(Kind kind);
  void AskAllocate();
  void AskHandle(Kind kind);
  void AskShutdown();
  void AskStream(Kind kind, uint32_t number, uint8_t end);
  void Submit(Request&& request, const Asked& asked);
  void Keep(Handle handle);
  void OnRefusal(const absl::Status& status, const Asked& asked);
  void Forget(const Asked& asked);
  void OnResult(uint32_t index, Result&& result);
  void CheckOutcome(const Asked& asked, const Result& result);
  void CheckRead(const Asked& asked, const Result& result);
  void NoteEffect(const Asked& asked, const Result& result);

  ScenarioResult result_;
  const uint32_t requests_;
  Arena* arena_;
  bool rude_ = false;
  Kernel kernel_;
  CompletionPort* port_ = nullptr;
  EngineOptions limits_;
  std::optional<StopWatch> watch_;
  std::unique_ptr<Engine> engine_;
  std::optional<Submitter> submitter_;
  std::vector<Kind> kinds_;

  FileModel model_;
  Handle file_;
  Handle direct_;
  Handle listener_;
  std::vector<Handle> owned_;  // Made by requests; nothing is read or written.
  std::vector<Link> links_;

  std::vector<Asked> asked_;
  uint64_t ended_ = 0;
  uint64_t dropped_ = 0;
  uint64_t quarantined_ = 0;
  bool accepting_ = false;
  bool submitting_ = false;
  bool local_only_ = false;
  bool waits_for_room_ = false;
  bool dead_ = false;
  bool may_abandon_ = false;
  bool closed_rudely_ = false;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_SCENARIO_PROGRAM_H_
