// The corpus of fixed programs.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "tests/property/stage.h"
#include "tests/property/sweep.h"

namespace wharf::property {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using Kind = RequestKind;
using Place = Stage::Place;

// --- Copying ---------------------------------------------------------------

// Three blocks from one file to another: what is read is written, and then
// another block is read.
void CopyLoop(Stage& stage) {
  struct Copy {
    uint64_t next = 0;
    uint64_t copied = 0;
    std::vector<std::pair<uint32_t, uint64_t>> reads;
  };
  constexpr uint64_t kBlock = 200;
  constexpr uint64_t kSize = 3 * kBlock;
  const auto copy = std::make_shared<Copy>();
  const auto read = [&stage, copy] {
    if (copy->next == kSize) return;
    const uint64_t offset = std::exchange(copy->next, copy->next + kBlock);
    const uint32_t request =
        stage.Submit({.kind = Kind::kRead, .offset = offset, .length = kBlock});
    copy->reads.push_back({request, offset});
  };
  stage.WriteFile(kSize);
  stage.OnResult([&stage, copy, read](uint32_t request, Result& result) {
    for (const auto& [number, offset] : copy->reads) {
      if (number != request || !result.outcome.ok()) continue;
      stage.Submit({.kind = Kind::kWrite,
                    .place = Place::kOtherFile,
                    .offset = offset,
                    .length = kBlock,
                    .buffer = std::move(result.buffer)});
      return;
    }
    if (result.outcome.ok()) copy->copied += result.outcome.bytes;
    read();
  });
  read();
  read();
  stage.Turns(40);
  if (copy->copied == kSize) stage.ExpectCopy(kSize);
}

// --- Durable writes --------------------------------------------------------

void DurableWrites(Stage& stage) {
  for (uint64_t i = 0; i < 3; ++i) {
    stage.Submit({.kind = Kind::kDurableWrite,
                  .offset = i * 150,
                  .length = 150,
                  .pieces = static_cast<uint32_t>(i) + 1});
  }
  stage.Turns(6);
  stage.Submit({.kind = Kind::kSync});
  stage.Turns(10);
}

// A disk that has room for some of it.
void FullDisk(Stage& stage) {
  stage.FillDisk(700);
  for (uint64_t i = 0; i < 3; ++i) {
    stage.Submit({.kind = i == 1 ? Kind::kDurableWrite : Kind::kWrite,
                  .offset = i * 200,
                  .length = 200});
  }
  stage.Submit({.kind = Kind::kAllocate});
  stage.Turns(10);
}

// --- Streams ---------------------------------------------------------------

// What comes is sent back, twice.
void Echo(Stage& stage) {
  stage.OnResult([&stage](uint32_t, Result& result) {
    if (!result.outcome.ok() || result.outcome.bytes == 0) return;
    if (result.buffer.size() != 64) return;
    stage.Submit({.kind = Kind::kSend,
                  .place = Place::kPair,
                  .length = static_cast<std::size_t>(result.outcome.bytes)});
  });
  for (int i = 0; i < 2; ++i) {
    stage.Submit({.kind = Kind::kReceive,
                  .place = Place::kPair,
                  .length = 64,
                  .extent = Extent::kSome});
    stage.Turns(1);
    stage.PeerSends(20);
    stage.PeerReceives(64);
    stage.Turns(6);
  }
  stage.PeerEnds();
  stage.Submit({.kind = Kind::kReceive, .place = Place::kPair});
  stage.Turns(6);
}

// More than there is room for, and then the connection breaks.
void SendUntilItBreaks(Stage& stage) {
  for (int i = 0; i < 3; ++i) {
    stage.Submit({.kind = Kind::kSend, .place = Place::kPair, .length = 100});
  }
  stage.Turns(3);
  stage.PeerReceives(100);
  stage.Turns(3);
  stage.PeerBreaks();
  stage.Turns(6);
}

void PollAndRead(Stage& stage) {
  stage.Submit({.kind = Kind::kPoll, .place = Place::kPipe, .mode = 1});
  stage.Submit({.kind = Kind::kRead, .place = Place::kPipe, .length = 30});
  stage.Turns(2);
  stage.PeerSends(20, Place::kPipe);
  stage.Turns(3);
  stage.PeerSends(20, Place::kPipe);
  stage.Turns(6);
}

// --- Handles ---------------------------------------------------------------

void AcceptConnectClose(Stage& stage) {
  stage.Submit({.kind = Kind::kAccept});
  stage.Submit({.kind = Kind::kConnect});
  stage.Turns(6);
  stage.Submit({.kind = Kind::kShutdown, .place = Place::kPair, .mode = 2});
  stage.Submit({.kind = Kind::kClose});
  stage.Turns(6);
}

void OpenAndClose(Stage& stage) {
  for (int i = 0; i < 2; ++i) {
    stage.Submit({.kind = Kind::kOpen});
    stage.Submit({.kind = Kind::kClose});
    stage.Submit({.kind = Kind::kNop});
    stage.Turns(5);
  }
}

// --- Stops -----------------------------------------------------------------

void SubmitSome(Stage& stage, std::optional<Duration> deadline) {
  for (const Kind kind : {Kind::kRead, Kind::kReceive, Kind::kWrite,
                          Kind::kAccept, Kind::kDurableWrite, Kind::kReceive}) {
    const bool stream = kind == Kind::kReceive;
    stage.Submit({.kind = kind,
                  .place = stream ? Place::kPair : Place::kFile,
                  .length = 100,
                  .deadline = deadline});
    if (deadline.has_value()) *deadline += microseconds(100);
  }
}

void CancelStorm(Stage& stage) {
  SubmitSome(stage, std::nullopt);
  stage.Turns(1);
  for (uint32_t i = 0; i < 6; ++i) {
    if (i < stage.size()) stage.Cancel(i);
  }
  stage.Turns(10);
}

void DeadlineStorm(Stage& stage) {
  SubmitSome(stage, microseconds(100));
  stage.Submit({.kind = Kind::kSleep, .deadline = microseconds(250)});
  stage.PeerSends(50);
  stage.Turns(10);
}

// What has ended is cancelled and dropped, with others in its place.
void StaleIdentities(Stage& stage) {
  for (int i = 0; i < 3; ++i) stage.Submit({.kind = Kind::kRead});
  stage.Turns(10);
  const auto old = static_cast<uint32_t>(stage.size());
  for (int i = 0; i < 3; ++i) {
    stage.Submit({.kind = Kind::kWrite, .offset = 100});
  }
  for (uint32_t i = 0; i < old; ++i) {
    stage.Cancel(i);
    stage.Drop(i);
  }
  stage.Turns(10);
}

void NothingToDo(Stage& stage) {
  for (const Kind kind : {Kind::kRead, Kind::kWrite, Kind::kDurableWrite}) {
    stage.Submit({.kind = kind, .length = 0});
    stage.Submit({.kind = kind, .length = 10, .pieces = 3});
    stage.Submit(
        {.kind = kind, .length = 0, .deadline = Duration(0), .remote = true});
  }
  stage.Submit({.kind = Kind::kReceive, .place = Place::kPair, .length = 0});
  stage.Submit({.kind = Kind::kSend, .place = Place::kPair, .length = 0});
  stage.Turns(10);
}

void DropEverybody(Stage& stage) {
  SubmitSome(stage, std::nullopt);
  stage.Submit({.kind = Kind::kOpen});
  stage.Turns(1);
  for (uint32_t i = 0; i < stage.size(); ++i) stage.Drop(i);
  stage.Turns(10);
}

// --- The whole engine ------------------------------------------------------

void ShutdownWithBudget(Stage& stage) {
  SubmitSome(stage, std::nullopt);
  stage.Submit({.kind = Kind::kSleep, .deadline = microseconds(300)});
  stage.Submit({.kind = Kind::kSleep, .deadline = milliseconds(30)});
  stage.Turns(1);
}

void RemoteSubmits(Stage& stage) {
  const uint32_t read = stage.Submit({.kind = Kind::kRead, .remote = true});
  stage.Submit({.kind = Kind::kWrite, .remote = true});
  stage.AnotherThreadSubmitsWhenAsleep();
  stage.Turns(2);
  if (read != Stage::kNone) stage.Cancel(read);
  stage.AnotherThreadSubmitsWhenAsleep();
  const uint32_t receive = stage.Submit(
      {.kind = Kind::kReceive, .place = Place::kPair, .remote = true});
  stage.Turns(2);
  if (receive != Stage::kNone) stage.Drop(receive);
  stage.Turns(6);
}

// Four that come one after the other, in parts.
void ChainAtCapacityOne(Stage& stage) {
  for (uint64_t i = 0; i < 4; ++i) {
    stage.Submit({.kind = i % 2 == 0 ? Kind::kWrite : Kind::kRead,
                  .offset = i / 2 * 150,
                  .length = 150,
                  .pieces = 2});
  }
  stage.Turns(20);
}

// Two receives hold both places; what feeds them is third (G17).
void ReadsBeforeTheirWrites(Stage& stage) {
  for (int i = 0; i < 2; ++i) {
    stage.Submit({.kind = Kind::kReceive,
                  .place = Place::kPair,
                  .deadline = milliseconds(2)});
  }
  stage.Submit({.kind = Kind::kSend, .place = Place::kPairFar});
  stage.Turns(12);
}

Focus Limits(uint32_t capacity, Ending ending) {
  Focus focus;
  focus.capacities = {capacity};
  focus.live_limits = {16};
  focus.remote_limits = {2};
  focus.kinds = {Kind::kRead};  // Of other threads.
  focus.deadline_in = 0;
  focus.policy_in = 0;
  focus.callback_in = 0;
  focus.empty_in = 0;
  focus.may_crash = true;
  focus.ending = ending;
  return focus;
}

std::vector<SweepProgram> MakePrograms() {
  // Small operations, or small streams; the power may fail anywhere.
  const std::pair<std::string_view, uint32_t> crash{"program.may_crash", 1};
  const std::pair<std::string_view, uint32_t> chop{"program.chop", 1};
  const std::pair<std::string_view, uint32_t> small{"program.stream_bytes", 3};
  const std::pair<std::string_view, uint32_t> tiny{"program.disk_bytes", 1};
  const std::pair<std::string_view, uint32_t> plain{"program.no_durable_writes",
                                                    2};
  const std::pair<std::string_view, uint32_t> soon{"program.nonblocking", 1};
  const Focus quiet = Limits(4, Ending::kQuiet);
  Focus itself = Limits(2, Ending::kQuiet);
  itself.feeds_itself = true;
  return {
      {"CopyLoop", &CopyLoop, quiet, {crash}},
      {"CopyLoopInParts", &CopyLoop, quiet, {crash, chop}},
      {"DurableWrites", &DurableWrites, quiet, {crash}},
      {"DurableWritesInParts", &DurableWrites, quiet, {crash, chop, plain}},
      {"FullDisk", &FullDisk, quiet, {tiny}},
      {"Echo", &Echo, quiet, {crash}},
      {"EchoThatWouldBlock", &Echo, quiet, {soon}},
      {"SendUntilItBreaks", &SendUntilItBreaks, quiet, {small}},
      {"PollAndRead", &PollAndRead, quiet, {soon}},
      {"AcceptConnectClose", &AcceptConnectClose, quiet, {crash}},
      {"ConnectThatWouldBlock", &AcceptConnectClose, quiet, {soon}},
      {"OpenAndClose", &OpenAndClose, quiet, {crash}},
      {"CancelStorm", &CancelStorm, quiet, {crash}},
      {"DeadlineStorm", &DeadlineStorm, quiet, {crash}},
      {"CancelStormAtCapacityTwo",
       &CancelStorm,
       Limits(2, Ending::kQuiet),
       {crash}},
      {"DropEverybody", &DropEverybody, quiet, {crash}},
      {"StaleIdentities", &StaleIdentities, quiet, {crash}},
      {"NothingToDo", &NothingToDo, quiet, {crash}},
      {"ShutdownWithBudget",
       &ShutdownWithBudget,
       Limits(3, Ending::kShutdown),
       {crash}},
      {"RemoteSubmits", &RemoteSubmits, Limits(2, Ending::kRun), {crash}},
      {"ChainAtCapacityOne",
       &ChainAtCapacityOne,
       Limits(1, Ending::kQuiet),
       {crash, chop}},
      {"ReadsBeforeTheirWrites", &ReadsBeforeTheirWrites, itself, {crash}},
  };
}

}  // namespace

std::span<const SweepProgram> SweepPrograms() {
  static const std::vector<SweepProgram>& all =
      *new std::vector<SweepProgram>(MakePrograms());
  return all;
}

}  // namespace wharf::property
