// A program's life: its machine, what it does, how it ends.

#include "sim/scenario/program.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <tuple>
#include <utility>

namespace wharf::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Tiny limits as often as large ones: what can overflow or starve does so at
// once. The first is the plainest.
constexpr uint32_t kCapacities[] = {16, 1, 2, 3, 64, 4};
constexpr uint32_t kLiveLimits[] = {64, 1, 2, 3, 8, 16};
constexpr uint32_t kRemoteLimits[] = {0, 1, 2, 0, 4, 0};
constexpr uint32_t kRetryLimits[] = {1024, 1, 2, 3};
constexpr Duration kTicks[] = {milliseconds(1), microseconds(50),
                               microseconds(7)};
constexpr std::size_t kStreamRooms[] = {4096, 1, 2, 3, 64, 1000};
constexpr uint64_t kDisks[] = {uint64_t{1} << 30, 1024, 4096, 3000};
constexpr Duration kPauses[] = {
    milliseconds(1),   Duration(0),     microseconds(1), microseconds(20),
    microseconds(200), milliseconds(5), milliseconds(50)};

// Longer than most of what the kernel does, and than all of it: a connect that
// nobody answers takes minutes.
constexpr Duration kLong = milliseconds(60);
constexpr Duration kVeryLong = std::chrono::minutes(5);

template <class T, std::size_t kSize>
T Draw(Chooser* chooser, const T (&table)[kSize], const char* label) {
  return table[chooser->Choose(kSize, label)];
}

}  // namespace

Program::Program(const ScenarioOptions& options, Chooser* chooser, Arena* arena)
    : requests_(options.requests),
      arena_(arena),
      kernel_(DrawKernel(options, chooser)) {
  result_.personality = DrawPersonality(options, chooser);
  limits_.in_flight_capacity =
      sim::Draw(chooser, kCapacities, "program.in_flight_capacity");
  limits_.max_requests =
      sim::Draw(chooser, kLiveLimits, "program.max_requests");
  limits_.max_remote_requests =
      sim::Draw(chooser, kRemoteLimits, "program.max_remote_requests");
  limits_.max_transient_retries =
      sim::Draw(chooser, kRetryLimits, "program.max_transient_retries");
  limits_.tick = sim::Draw(chooser, kTicks, "program.tick");
  const uint32_t port_limit =
      sim::Draw(chooser, kCapacities, "program.max_in_flight");
  asked_.reserve(requests_ + 16);

  auto port = kernel_.OpenPort(
      {.personality = result_.personality, .max_in_flight = port_limit});
  port_ = port.get();
  watch_.emplace(limits_.max_requests + limits_.max_remote_requests + 1,
                 limits_.tick);
  engine_ = *Engine::Create(
      std::make_unique<WatchedPort>(std::move(port), &*watch_), limits_);
  if (limits_.max_remote_requests > 0) submitter_ = engine_->MakeSubmitter();
  OpenFiles();
  OpenLinks();
  const PortCapabilities& has = engine_->capabilities();
  kinds_ = {Kind::kRead, Kind::kWrite, Kind::kSleep};
  if (has.Has(Opcode::kNop)) kinds_.push_back(Kind::kNop);
  if (has.Has(Opcode::kSync)) {
    kinds_.push_back(Kind::kSync);
    kinds_.push_back(Kind::kDurableWrite);
  }
  if (has.Has(Opcode::kSend)) {
    kinds_.push_back(Kind::kSend);
    kinds_.push_back(Kind::kReceive);
  }
  if (has.Has(Opcode::kPoll)) kinds_.push_back(Kind::kPoll);
  if (has.Has(Opcode::kAllocate)) kinds_.push_back(Kind::kAllocate);
  if (has.Has(Opcode::kShutdown)) kinds_.push_back(Kind::kShutdown);
  // A number that was closed rudely must not be given to something new.
  if (has.Has(Opcode::kOpen) && !rude_) {
    kinds_.push_back(Kind::kOpen);
    kinds_.push_back(Kind::kClose);
  }
  if (has.Has(Opcode::kAccept) && !rude_) {
    kinds_.push_back(Kind::kAccept);
    kinds_.push_back(Kind::kConnect);
  }
  // What was drawn before the machine was there belongs to the run as well.
  kernel_.Note("program.limits", port_limit, limits_.in_flight_capacity,
               limits_.max_requests);
}

Program::~Program() = default;

KernelOptions Program::DrawKernel(const ScenarioOptions& options,
                                  Chooser* chooser) {
  KernelOptions machine;
  machine.chooser = chooser;
  machine.keep_trace =
      options.keep_trace ? Trace::Keep::kEntries : Trace::Keep::kHashOnly;
  machine.stream_bytes =
      sim::Draw(chooser, kStreamRooms, "program.stream_bytes");
  machine.disk_bytes = sim::Draw(chooser, kDisks, "program.disk_bytes");
  machine.may_crash = chooser->Choose(2, "program.may_crash") == 1;
  machine.may_fail = chooser->Choose(2, "program.may_fail") == 1;
  rude_ = chooser->Choose(2, "program.is_rude") == 1;
  machine.forbid_closed_handles = !rude_;
  return machine;
}

Personality Program::DrawPersonality(const ScenarioOptions& options,
                                     Chooser* chooser) {
  if (options.personality.has_value()) return *options.personality;
  return static_cast<Personality>(
      chooser->Choose(kPersonalityCount, "program.personality"));
}

void Program::OpenFiles() {
  file_ = *kernel_.OpenFile("f");
  direct_ = *kernel_.OpenFile("f", {.direct = true});
  listener_ = *kernel_.Listen("server", 2);
}

void Program::OpenLinks() {
  const bool nonblocking = Draw(2, "program.nonblocking") == 1;
  links_.resize(2);
  std::tie(links_[0].ends[0], links_[0].ends[1]) =
      kernel_.SocketPair({.nonblocking = nonblocking});
  if (engine_->capabilities().HasFeatures(kFeatureCurrentPosition)) {
    std::tie(links_[1].ends[0], links_[1].ends[1]) =
        kernel_.Pipe({.nonblocking = nonblocking});
    links_[1].socket = false;
  } else {
    links_.pop_back();
  }
}

ScenarioResult Program::Run() {
  accepting_ = true;
  for (uint32_t i = 0; i < requests_ && !dead_ && !failed(); ++i) {
    MakeRequest();
    ThenSomething();
  }
  accepting_ = false;
  const bool drain = Draw(4, "program.end") != 3;
  if (drain) Drain();
  EndEngine();
  CloseHandles();
  CheckMachine();
  Finish();
  return std::move(result_);
}

void Program::MakeRequest() {
  Ask(kinds_[Draw(static_cast<uint32_t>(kinds_.size()), "program.request")]);
}

void Program::ThenSomething() {
  switch (Draw(16, "program.then")) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      Turn(kPauses[Draw(std::size(kPauses), "program.pause")]);
      break;
    case 6:
    case 7:
    case 8:
      CancelSome();
      break;
    case 9:
      DropSome();
      break;
    case 10:
      PeerActs();
      break;
    case 11:
    case 12:
      if (rude_) CloseRudely();
      break;
    default:  // The next request at once.
      break;
  }
}

void Program::Turn(Duration limit) {
  if (dead_) return;
  const absl::Status status = engine_->Turn(Wait::Until(kernel_.Now() + limit));
  if (!watch_->problem().empty()) Fail(watch_->problem());
  if (status.ok()) return;
  dead_ = true;
  if (status.code() != absl::StatusCode::kAborted &&
      status.code() != absl::StatusCode::kInternal) {
    Fail("a turn ended with " + std::string(status.message()));
  }
  if (engine_->live() > 0) {
    Fail("the port is dead, but " + std::to_string(engine_->live()) +
         " requests are live (G11)");
  }
}

// Any request that ever was, also one that has ended (G9).
void Program::CancelSome() {
  if (asked_.empty()) return;
  Asked& asked = asked_[asked_.size() - 1 -
                        Draw(static_cast<uint32_t>(
                                 std::min<std::size_t>(asked_.size(), 16)),
                             "program.cancel")];
  const bool over = asked.ended;
  if (Cancel(asked) && over) {
    Fail("a cancel of a request that has ended was taken (G9)");
  }
}

bool Program::Cancel(Asked& asked) {
  const bool told = asked.remote ? submitter_->Cancel(asked.remote_id)
                                 : engine_->Cancel(asked.id);
  asked.cancelled = asked.cancelled || told;
  if (told && !asked.remote && !asked.dropped) watch_->Stop(asked.id.index());
  return told;
}

void Program::DropSome() {
  if (asked_.empty()) return;
  Asked& asked = asked_[asked_.size() - 1 -
                        Draw(static_cast<uint32_t>(
                                 std::min<std::size_t>(asked_.size(), 16)),
                             "program.drop")];
  const bool over = asked.ended || asked.dropped;
  const bool told = asked.remote ? submitter_->Drop(asked.remote_id)
                                 : engine_->Drop(asked.id);
  if (!told) return;
  if (over) {
    Fail("a drop of a request that has ended was taken");
    return;
  }
  asked.dropped = true;
  // It is not told when the slot has another owner.
  if (!asked.remote) watch_->End(asked.id.index());
  ++dropped_;
  Forget(asked);
}

void Program::PeerActs() {
  const auto link = Draw(static_cast<uint32_t>(links_.size()), "program.link");
  const uint32_t act = Draw(5, "program.peer");
  switch (act) {
    case 0:
      port_->Wake();
      break;
    case 1:
    case 2:
      kernel_.ShutdownWrite(links_[link].ends[act - 1].native());
      break;
    case 3:
      links_[link].broken = true;
      kernel_.Reset(links_[link].ends[0].native());
      break;
    default:
      if (FileImage* file = kernel_.FindFile("f"); file != nullptr) {
        file->MarkBad({DrawOffset(), 1 + DrawLength()});
      }
      break;
  }
}

// What no program should do: the handle is closed under its operations.
void Program::CloseRudely() {
  if (closed_rudely_ || asked_.empty()) return;
  closed_rudely_ = true;
  // The last one that a request was made on is likely to be in use.
  const Asked& last = asked_.back();
  const Handle* victim = &file_;
  if (last.link != kNone) {
    // Some kernels end its operations without saying how far they got.
    Link& link = links_[last.link];
    link.broken = true;
    for (StreamModel& flow : link.flow) {
      flow.LoseSend();
      flow.LoseReceive();
    }
    victim =
        &link.ends[Draw(2, "program.victim") == 0 ? last.end : 1 - last.end];
  }
  kernel_.CloseHandle(victim->native());
}

void Program::OnRoom() {
  waits_for_room_ = false;
  const bool open = accepting_ && engine_->status().ok();
  if (!open || Draw(2, "program.room") == 1) return;
  const uint64_t refused = result_.refused;
  local_only_ = true;
  Ask(Kind::kSleep);
  local_only_ = false;
  if (result_.refused > refused) {
    Fail("there was room, and the request was refused all the same (G7)");
  }
}

// True if every request has ended; also those that the engine has not taken in
// yet.
bool Program::Idle() const {
  return engine_->live() == 0 && ended_ + dropped_ == asked_.size();
}

void Program::Drain() {
  for (int i = 0; i < 3 && !Idle(); ++i) Turn(kLong);
  if (dead_) return;
  for (Link& link : links_) {
    kernel_.ShutdownWrite(link.ends[0].native());
    kernel_.ShutdownWrite(link.ends[1].native());
  }
  for (int i = 0; i < 100 && !Idle(); ++i) Turn(kLong);
  for (uint32_t i = 0; i < links_.size(); ++i) DrainLink(i);
  if (Idle()) return;
  for (Link& link : links_) {
    link.broken = true;
    kernel_.Reset(link.ends[0].native());
  }
  for (Asked& asked : asked_) {
    if (!asked.ended) (void)Cancel(asked);
  }
  for (int i = 0; i < 1000 && !Idle(); ++i) Turn(kVeryLong);
  if (!Idle()) {
    Fail(std::to_string(engine_->live()) + " requests have not ended (G17)");
  }
}

// What was sent and not received yet must still come out.
void Program::DrainLink(uint32_t number) {
  Link& link = links_[number];
  if (!engine_->capabilities().Has(Opcode::kReceive)) return;
  const uint8_t ends = link.socket ? 2 : 1;
  for (uint8_t end = 0; end < ends; ++end) {
    StreamModel& flow = link.flow[1 - end];
    for (int i = 0;
         i < 200 && flow.may_have_more() && !link.broken && !dead_ && !failed();
         ++i) {
      const uint64_t before = ended_;
      AskStream(Kind::kReceive, number, end);
      for (int turn = 0; turn < 100 && ended_ == before && !dead_; ++turn) {
        Turn(kLong);
      }
    }
  }
}

void Program::EndEngine() {
  may_abandon_ = true;
  // A request that was dropped may still be on its way in.
  const bool idle = Idle() && dropped_ == 0;
  ShutdownOptions options;
  options.budget = kPauses[Draw(std::size(kPauses), "program.budget")];
  options.cancel_first = Draw(2, "program.cancel_first") == 1;
  if (options.cancel_first) {
    for (Asked& asked : asked_) asked.cancelled = true;
    watch_->StopAll();
  }
  const ShutdownReport report = engine_->Shutdown(options);
  quarantined_ = report.quarantined;
  if (!watch_->problem().empty()) Fail(watch_->problem());
  if (idle && !dead_ && report.abandoned > 0) {
    Fail("nothing was live, but " + std::to_string(report.abandoned) +
         " requests were abandoned (G12)");
  }
  if (engine_->live() > 0) {
    Fail(std::to_string(engine_->live()) + " requests outlived the engine");
  }
  for (const Asked& asked : asked_) {
    if (!asked.ended && !asked.dropped) {
      Fail("a request has had no outcome (G1)");
    }
  }
  for (const Link& link : links_) {
    if (!link.broken && !link.ended_early.empty()) Fail(link.ended_early);
  }
  if (waits_for_room_) Fail("who waited for room was not told of the end");
  const EngineStats& stats = engine_->stats();
  if (stats.stray_completions > 0) {
    Fail("completions came that nobody waited for");
  }
  result_.operations = stats.operations;
  result_.cancels = stats.cancels;
  submitter_.reset();
  engine_.reset();
}

void Program::CloseHandles() {
  file_.Reset();
  direct_.Reset();
  listener_.Reset();
  owned_.clear();
  for (Asked& asked : asked_) asked.socket.Reset();
  for (Link& link : links_) {
    for (Handle& end : link.ends) end.Reset();
  }
  kernel_.Settle();
}

void Program::CheckMachine() {
  if (!kernel_.violations().empty()) {
    const OperationId id = kernel_.violations().front().id;
    if (!failed()) result_.history = kernel_.History(id);
    Fail(Describe(kernel_.violations()));
  }
  // What was abandoned in the kernel's hands stays there for ever.
  if (quarantined_ == 0) {
    if (kernel_.live() > 0) Fail("operations were left behind");
    if (!kernel_.OpenHandles().empty()) Fail("handles were left open");
    if (arena_->outstanding() > 0) {
      Fail(std::to_string(arena_->outstanding()) +
           " buffers have not come back (G3)");
    }
  }
  const FileImage* file = kernel_.FindFile("f");
  if (file == nullptr) {
    if (model_.any_durable()) Fail("a durable file is gone (G14)");
  } else if (kernel_.crashes() > 0) {
    const std::string problem = model_.CheckAfterCrash(file->cached());
    if (!problem.empty()) Fail("after the crash, " + problem + " (G14)");
  } else {
    const std::string problem =
        model_.CheckRead(model_.BeginRead(), 0, file->cached(), true);
    if (!problem.empty()) Fail("in the end, " + problem);
  }
}

void Program::Finish() {
  result_.hash = kernel_.trace().Hash();
  result_.entries = kernel_.trace().size();
  result_.trace = kernel_.trace().entries();
  result_.rows = kernel_.rows();
  result_.requests = asked_.size();
  result_.dropped = dropped_;
  result_.crashed = kernel_.crashes() > 0;
  result_.virtual_time = kernel_.Now().time_since_epoch();
}

void Program::Fail(std::string problem) {
  if (failed()) return;
  result_.failure = std::move(problem);
  kernel_.Note("program.failed");
  if (!result_.history.empty()) return;
  // What happened last.
  const std::vector<TraceEntry>& entries = kernel_.trace().entries();
  const std::size_t shown = std::min<std::size_t>(entries.size(), 40);
  result_.history = TraceText({entries.end() - shown, entries.end()});
}

}  // namespace wharf::sim
