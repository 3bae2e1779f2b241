// The machine, the commands, and the end. Requests are in world_requests.cc,
// everybody else in world_peers.cc.

#include "tests/property/world.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <tuple>

#include "tests/property/stage.h"

namespace wharf::property {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr uint32_t kRetryLimits[] = {1024, 1, 2, 3};
constexpr Duration kTicks[] = {milliseconds(1), microseconds(50),
                               microseconds(7), microseconds(1)};
constexpr std::size_t kStreamRooms[] = {4096, 1, 3, 64, 1000};
constexpr uint64_t kDisks[] = {uint64_t{1} << 20, 1024, 4096, 3000};
constexpr uint64_t kOperationBytes[] = {100, 7, 64};
constexpr uint32_t kVectorLimits[] = {2, 1};
constexpr Duration kPauses[] = {
    milliseconds(1),   Duration(0),     microseconds(1), microseconds(20),
    microseconds(200), milliseconds(5), milliseconds(50)};
constexpr Duration kBudgets[] = {milliseconds(1), Duration(0), microseconds(20),
                                 milliseconds(50), milliseconds(200)};

// The longest that the simulated kernel takes for one operation; and for a
// connect that nobody answers, if it lets a cancel pass.
constexpr Duration kLongestLatency = milliseconds(50);
constexpr Duration kConnectTimeout = std::chrono::seconds(127);

}  // namespace

// Somebody who waits for room, and then submits one request.
class World::Waiting final : public RoomWaiter {
 public:
  explicit Waiting(World* world) : world_(world) {}
  bool waits() const { return waits_; }
  void Wait() {
    waits_ = world_->engine_->AwaitRoom(this);
    if (waits_) world_->model_->OnRoomWanted();
  }
  void OnRoom() override {
    waits_ = false;
    world_->model_->OnRoom();
    world_->Log("room");
    if (!world_->accepting_) return;
    world_->machine_answers_ = true;
    const uint32_t then = world_->Draw(4, "program.room");
    if (then < 3) world_->Submit(/*remote=*/false);
    if (then > 1) Wait();  // From inside the very call.
    world_->machine_answers_ = false;
  }

 private:
  World* world_;
  bool waits_ = false;
};

World::World(const Focus& focus, CaseChooser* choices, bool keep_log,
             const PortWrapper& wrap)
    : focus_(focus),
      choices_(choices),
      keep_log_(keep_log),
      kernel_(DrawMachine()) {
  Open(wrap);
}

World::~World() = default;

uint32_t World::Draw(uint32_t n, std::string_view label) {
  sim::Chooser* chooser =
      machine_answers_ ? choices_->machine() : choices_->program();
  return chooser->Choose(n, label);
}

void World::Log(std::string line) {
  if (!keep_log_) return;
  log_ += std::to_string(kernel_.Now().time_since_epoch().count()) + " ns  " +
          line + "\n";
}

sim::KernelOptions World::DrawMachine() {
  personality_ = static_cast<sim::Personality>(
      Draw(sim::kPersonalityCount, "program.personality"));
  sim::KernelOptions machine;
  machine.chooser = choices_->machine();
  machine.stream_bytes =
      Pick<std::size_t>(kStreamRooms, "program.stream_bytes");
  machine.disk_bytes = Pick<uint64_t>(kDisks, "program.disk_bytes");
  machine.may_crash = focus_.may_crash && Draw(2, "program.may_crash") == 1;
  machine.may_fail = focus_.may_fail && Draw(2, "program.may_fail") == 1;
  return machine;
}

void World::Open(const PortWrapper& wrap) {
  EngineOptions& options = facts_.options;
  options.in_flight_capacity =
      Pick<uint32_t>(focus_.capacities, "program.in_flight_capacity");
  options.max_requests =
      Pick<uint32_t>(focus_.live_limits, "program.max_requests");
  options.max_remote_requests =
      focus_.remote
          ? Pick<uint32_t>(focus_.remote_limits, "program.max_remote_requests")
          : 0;
  options.max_transient_retries =
      Pick<uint32_t>(kRetryLimits, "program.max_transient_retries");
  options.tick = Pick<Duration>(kTicks, "program.tick");
  facts_.port_in_flight =
      Pick<uint32_t>(focus_.capacities, "program.max_in_flight");
  facts_.start = kernel_.Now();

  has_ = sim::CapabilitiesOf(personality_, facts_.port_in_flight);
  std::unique_ptr<CompletionPort> port = kernel_.OpenPort(
      {.personality = personality_, .max_in_flight = facts_.port_in_flight});
  if (wrap) port = wrap(std::move(port));
  has_ = port->Capabilities();
  if (OneIn(focus_.chop_in, "program.chop")) {
    has_.max_operation_bytes =
        Pick<uint64_t>(kOperationBytes, "program.max_operation_bytes");
    has_.max_vectors = Pick<uint32_t>(kVectorLimits, "program.max_vectors");
  }
  if (Draw(3, "program.no_durable_writes") == 2) {
    has_.features &= ~uint32_t{kFeatureDurableWrite};
  }
  facts_.port = {.polls = has_.Has(Opcode::kPoll),
                 .durable_writes = has_.HasFeatures(kFeatureDurableWrite),
                 .max_operation_bytes = has_.max_operation_bytes,
                 .max_vectors = has_.max_vectors,
                 .max_transient_retries = options.max_transient_retries};
  model_ = std::make_unique<EngineModel>(facts_);
  PortObserver* const observer = this;
  auto observing =
      std::make_unique<ObservingPort>(std::move(port), has_, observer);
  port_ = observing.get();
  engine_ = *Engine::Create(std::move(observing), options);
  peer_port_ = kernel_.OpenPort({.max_in_flight = 64});
  if (options.max_remote_requests > 0) submitter_ = engine_->MakeSubmitter();
  for (int i = 0; i < 2; ++i) {
    waiting_.push_back(std::make_unique<Waiting>(this));
  }
  file_ = *kernel_.OpenFile("f");
  ballast_ = *kernel_.OpenFile("ballast");
  listener_ = *kernel_.Listen("server", 2);
  OpenLinks();
}

void World::OpenLinks() {
  const sim::StreamOptions options{.nonblocking =
                                       Draw(2, "program.nonblocking") == 1};
  Link pair;
  std::tie(pair.near, pair.far) = kernel_.SocketPair(options);
  pair.own_peer = !focus_.feeds_itself;
  links_.push_back(std::move(pair));
  Link input;
  std::tie(input.near, input.far) = kernel_.Pipe(options);
  input.socket = false;
  input.writes = false;
  links_.push_back(std::move(input));
  Link output;
  std::tie(output.far, output.near) = kernel_.Pipe(options);
  output.socket = false;
  output.reads = false;
  links_.push_back(std::move(output));
}

WorldResult World::Run() {
  const std::size_t steps =
      choices_->CommandsOr(1 + Draw(focus_.steps, "program.steps"));
  for (std::size_t i = 0; i < steps && !failed(); ++i) {
    choices_->NextCommand();
    Do(Pick<Command>(focus_.commands, "program.command"));
  }
  return Finish();
}

WorldResult World::RunProgram(void (*program)(Stage& stage)) {
  Stage stage(this);
  program(stage);
  return Finish();
}

WorldResult World::Finish() {
  choices_->LastCommand();
  accepting_ = false;
  End();
  on_result_ = nullptr;
  WorldResult result;
  result.failure = model_->problem();
  result.hash = kernel_.trace().Hash();
  result.log = std::move(log_);
  result.requests = model_->size();
  result.operations = issued_.size();
  return result;
}

void World::Do(Command command) {
  switch (command) {
    case Command::kTurn:
      Turn(Wait::Until(kernel_.Now() +
                       Pick<Duration>(kPauses, "program.pause")));
      break;
    case Command::kSubmit:
      Submit(/*remote=*/false);
      break;
    case Command::kCancel:
      Cancel(PickRequest(), /*drop=*/false);
      break;
    case Command::kDrop:
      Cancel(PickRequest(), /*drop=*/true);
      break;
    case Command::kPeer:
      PeerActs();
      break;
    case Command::kRemote:
      ArmRemote();
      break;
    case Command::kDisturb:
      Disturb();
      break;
    case Command::kAwaitRoom:
      AwaitRoom();
      break;
    case Command::kLie:
      Lie();
      break;
    case Command::kCrash:
      Log("crash");
      kernel_.Crash();
      break;
    case Command::kBulk:
      SubmitMany();
      break;
  }
}

void World::Turn(Wait limit) {
  Log("turn");
  model_->BeginTurn(kernel_.Now(), limit);
  const absl::Status status = engine_->Turn(limit);
  model_->EndTurn(status.ok(), engine_->live());
}

void World::AwaitRoom() {
  for (const std::unique_ptr<Waiting>& waiting : waiting_) {
    if (waiting->waits() || model_->dead()) continue;
    Log("await room");
    waiting->Wait();
    return;
  }
}

// The port reports what is over, or what never was, or progress.
void World::Lie() {
  constexpr int64_t kResults[] = {0, 1, 64, -125, -5, -4};
  OperationId id{kIdMask};
  const uint32_t which = Draw(8, "program.lie");
  const std::vector<OperationId>& over = model_->delivered();
  if (which < 6 && !over.empty()) {
    id = over[over.size() - 1 -
              Draw(static_cast<uint32_t>(std::min<std::size_t>(over.size(), 8)),
                   "program.lie.which")];
  } else if (which == 6 && !issued_.empty()) {
    id = issued_.back();
  }
  const bool more = which == 6 || Draw(4, "program.lie.more") == 3;
  const int64_t result = Pick<int64_t>(kResults, "program.lie.result");
  Log("the port reports an operation that is over, or some progress");
  port_->Inject(
      {.id = id, .result = result, .flags = more ? kCompletionMore : 0});
}

// --- The end ---------------------------------------------------------------

void World::End() {
  Ending ending = focus_.ending;
  if (ending == Ending::kAny) {
    constexpr Ending kEndings[] = {Ending::kQuiet, Ending::kRun,
                                   Ending::kShutdown};
    ending = Pick<Ending>(kEndings, "program.ending");
  }
  if (ending != Ending::kShutdown && !failed()) Quiesce(ending == Ending::kRun);
  if (!failed()) Shutdown();
  if (failed()) choices_->StopFaults();  // Only to the end.
  const EngineStats stats = engine_->stats();
  extra_submitter_.reset();
  submitter_.reset();
  engine_.reset();
  if (callbacks_ != 0) Fail("a callback was not destroyed, or twice (G1)");
  if (!failed()) {
    model_->CheckStats(stats);
    if (stats.refused != refused_) {
      Fail("the engine counts other refusals than there were (G7)");
    }
  }
  choices_->StopFaults();
  peer_port_.reset();
  file_.Reset();
  ballast_.Reset();
  listener_.Reset();
  kept_.clear();
  links_.clear();
  kernel_.Settle();
  CheckNothingIsLeft();
}

// When everything that does not wait for somebody else has ended at the latest:
// the bound of guarantee G17 in docs/contract.md.
Time World::QuietBound() const {
  Time last = kernel_.Now();
  Duration longest = kLongestLatency;
  for (uint32_t i = 0; i < model_->size(); ++i) {
    if (!model_->IsLive(i)) continue;
    const Time deadline = model_->deadline(i);
    if (deadline != kNever) last = std::max(last, deadline);
    if (model_->model(i).facts().kind == RequestKind::kConnect) {
      longest = kConnectTimeout;
    }
  }
  return last + facts_.options.tick + 2 * longest;
}

// Faults stop. What only somebody else could end is cancelled, and everything
// ends.
void World::Quiesce(bool run) {
  Log("faults stop");
  choices_->StopFaults();
  for (uint32_t i = 0; i < model_->size(); ++i) {
    if (model_->IsOpenEnded(i)) Cancel(i, /*drop=*/false);
  }
  const Time bound = QuietBound();
  constexpr int kTurns = 5000;
  if (run && submitter_.has_value() && !model_->dead()) {
    Log("run");
    running_ = true;
    extra_submitter_ = submitter_;
    sleeps_ = 0;
    model_->BeginRun();
    const absl::Status status = engine_->Run();
    model_->EndTurn(status.ok() || !model_->dead(), engine_->live());
    running_ = false;
    if (!status.ok() && !model_->dead()) {
      Fail("Run ended with " + std::string(status.message()));
    }
    if (status.ok() && submitter_.has_value()) {
      Fail("Run ended though a Submitter was left (G10)");
    }
  }
  for (int i = 0; i < kTurns && model_->live() > 0 && !model_->dead() &&
                  kernel_.Now() < bound && !failed();
       ++i) {
    Turn(Wait::Until(bound));
  }
  if (model_->live() == 0 || failed()) return;
  Fail(std::to_string(model_->live()) +
       " requests have not ended within the bound (G17)");
}

void World::Shutdown() {
  const bool dead = model_->dead();
  const bool cancel_first = Draw(2, "program.cancel_first") == 1;
  bool endless = false;
  for (uint32_t i = 0; i < model_->size(); ++i) {
    endless = endless || (model_->IsOpenEnded(i) &&
                          model_->model(i).facts().kind != RequestKind::kSleep);
  }
  ShutdownOptions options{.cancel_first = cancel_first};
  if (Draw(4, "program.budget") != 3 || (endless && !cancel_first)) {
    options.budget = Pick<Duration>(kBudgets, "program.budget.of");
  }
  const Time end =
      options.budget.has_value() ? kernel_.Now() + *options.budget : kNever;
  Log("shutdown");
  model_->BeginShutdown(end, cancel_first);
  const ShutdownReport report = engine_->Shutdown(options);
  if (dead || model_->dead()) {
    // The requests ended when the port did.
    if (engine_->live() > 0) Fail("a request outlived the port (G11)");
  }
  model_->EndShutdown(report.abandoned, report.quarantined, engine_->live());
}

void World::CheckNothingIsLeft() {
  if (!kernel_.violations().empty()) {
    Fail("the kernel complains: " + sim::Describe(kernel_.violations()));
  }
  bool quarantined = false;
  for (uint32_t i = 0; i < model_->size(); ++i) {
    quarantined = quarantined || model_->IsLeft(i);
  }
  for (const Block& block : blocks_) {
    const bool left = block.request != kNone && model_->IsLeft(block.request);
    if (block.lent && !left) {
      Fail("memory of request " + std::to_string(block.request) +
           " has not come back (G3)");
    }
    if (!block.lent && left && block.request != kNone) {
      Fail("memory of request " + std::to_string(block.request) +
           " was given back, and the kernel may still use it (G12)");
    }
  }
  if (quarantined) return;
  if (kernel_.live() > 0) Fail("operations were left behind");
  if (!kernel_.OpenHandles().empty()) Fail("handles were left open (G16)");
}

}  // namespace wharf::property
