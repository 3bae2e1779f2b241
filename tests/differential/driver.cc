#include "tests/differential/driver.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "engine/error.h"
#include "sim/memory_guard.h"

namespace wharf::differential {
namespace {

constexpr Duration kPatience = std::chrono::seconds(5);
constexpr std::size_t kBatch = 64;

}  // namespace

Driver::~Driver() {
  // What a kernel has not given back is never freed.
  if (std::find(in_flight_.begin(), in_flight_.end(), true) ==
      in_flight_.end()) {
    delete memory_;
  }
}

RunResult Driver::Run(const Program& program, World& world,
                      CompletionPort& port) {
  program_ = &program;
  world_ = &world;
  port_ = &port;
  problem_.clear();
  handles_.clear();
  in_flight_.assign(program.operations.size(), false);
  if (memory_->size() < program.operations.size()) {
    memory_->resize(program.operations.size());
  }
  RunResult result;
  const absl::Status begun = world.Begin(program, handles_);
  handles_.resize(std::max<std::size_t>(program.handles, handles_.size()));
  if (!begun.ok()) {
    problem_ = std::string(begun.message());
  }
  for (const Step& step : program.steps) {
    if (!problem_.empty()) break;
    switch (step.kind) {
      case StepKind::kSubmit:
        Submit(step);
        break;
      case StepKind::kCancel:
        if (!program.operations[step.first].skipped) {
          port.Cancel(IdOf(program, step.first));
        }
        break;
      case StepKind::kReap:
        Reap(Wait::None());
        break;
      case StepKind::kSettle:
        AwaitAll(/*only_finite=*/true);
        break;
      case StepKind::kDeadline:
        AwaitDeadline(step.first, std::chrono::microseconds(step.count));
        break;
    }
  }
  if (problem_.empty()) Finish(result);
  handles_.clear();
  world.End();
  result.problem = problem_;
  return result;
}

void Driver::Finish(RunResult& result) {
  for (uint32_t i = 0; i < in_flight_.size(); ++i) {
    if (in_flight_[i] && !EndsByItself(i)) port_->Cancel(IdOf(*program_, i));
  }
  if (!AwaitAll(/*only_finite=*/false)) return;
  for (uint32_t i = 0; i < kNames; ++i) result.files[i] = world_->Contents(i);
}

void Driver::Submit(const Step& step) {
  std::vector<Operation> operations;
  operations.reserve(step.count);
  for (uint32_t i = step.first; i < step.first + step.count; ++i) {
    Operation operation;
    if (!Prepare(i, operation)) continue;
    operations.push_back(operation);
    in_flight_[i] = true;
  }
  std::span<const Operation> rest = operations;
  for (int i = 0; i < 100 && !rest.empty() && problem_.empty(); ++i) {
    const std::size_t taken = port_->Submit(rest);
    rest = rest.subspan(taken);
    if (!rest.empty()) Reap(Wait::None());
  }
}

// False if there is nothing to submit.
bool Driver::Prepare(uint32_t number, Operation& operation) {
  const ProgramOperation& what = program_->operations[number];
  if (what.skipped) return false;
  operation.id = IdOf(*program_, number);
  operation.opcode = what.opcode;
  operation.flags = what.flags;
  operation.mode = what.mode;
  operation.offset = what.offset;
  if (what.handle != kNoHandle) {
    if (!handles_[what.handle].valid()) return false;
    if (what.opcode == Opcode::kClose && IsUsed(what.handle)) return false;
    operation.handle = handles_[what.handle].native();
  }
  if (sim::IsTransfer(what.opcode)) {
    PrepareTransfer(number, operation);
  } else if (what.opcode == Opcode::kAllocate) {
    operation.length = what.pieces[0];
  } else if (what.opcode == Opcode::kConnect) {
    if (!handles_[what.target].valid()) return false;
    SetText(number, world_->Address(what.target), operation);
  } else if (what.opcode == Opcode::kOpen) {
    const std::string path = world_->Path(what.target);
    SetText(number,
            {reinterpret_cast<const std::byte*>(path.c_str()), path.size() + 1},
            operation);
    --operation.length;  // Without the final 0.
  }
  return true;
}

// A handle belongs to the port until the operations on it have ended, so a
// program does not close it before.
bool Driver::IsUsed(uint16_t handle) const {
  for (uint32_t i = 0; i < in_flight_.size(); ++i) {
    if (in_flight_[i] &&
        (program_->operations[i].handle == handle ||
         (program_->operations[i].target == handle &&
          program_->operations[i].opcode == Opcode::kConnect))) {
      return true;
    }
  }
  return false;
}

void Driver::PrepareTransfer(uint32_t number, Operation& operation) {
  const ProgramOperation& what = program_->operations[number];
  Memory& memory = (*memory_)[number];
  memory.bytes.resize(TotalBytes(what));
  std::byte* base = memory.bytes.data();
  if (!sim::ReadsIntoMemory(what.opcode)) {
    for (std::size_t i = 0; i < memory.bytes.size(); ++i) {
      base[i] = PatternByte(number, i);
    }
  }
  operation.data = base;
  operation.length = memory.bytes.size();
  if (!sim::IsVectored(what.opcode)) return;
  uint32_t count = 0;
  for (const uint32_t piece : what.pieces) {
    if (piece == 0) break;
    memory.vectors[count++] = {base, piece};
    base += piece;
  }
  operation.data = memory.vectors.data();
  operation.length = count;
}

void Driver::SetText(uint32_t number, std::span<const std::byte> text,
                     Operation& operation) {
  Memory& memory = (*memory_)[number];
  memory.bytes.assign(text.begin(), text.end());
  operation.data = memory.bytes.data();
  operation.length = memory.bytes.size();
}

// False if the run is over.
bool Driver::Reap(Wait wait) {
  std::array<Completion, kBatch> completions;
  const absl::StatusOr<std::size_t> count = port_->Reap(completions, wait);
  if (!count.ok()) {
    problem_ = std::string(count.status().message());
    return false;
  }
  for (const Completion& completion : std::span(completions).first(*count)) {
    Complete(completion);
  }
  return problem_.empty();
}

void Driver::Complete(const Completion& completion) {
  const uint32_t number = completion.id.index();
  if (number >= in_flight_.size() || completion.id != IdOf(*program_, number) ||
      !in_flight_[number]) {
    problem_ =
        absl::StrCat("a completion for #", number, ", which is not in flight");
    return;
  }
  if ((completion.flags & kCompletionMore) != 0) return;
  in_flight_[number] = false;
  const ProgramOperation& what = program_->operations[number];
  if (what.makes != kNoHandle && completion.result >= 0) {
    handles_[what.makes] = Handle::Adopt(
        completion.result,
        [](NativeHandle native, void* port) {
          const PortCapabilities& have =
              static_cast<CompletionPort*>(port)->Capabilities();
          have.closer(native, have.closer_context);
        },
        &world_->port());
  }
  if (what.opcode == Opcode::kClose &&
      completion.result != -static_cast<int64_t>(Error::kCancelled) &&
      handles_[what.handle].valid()) {
    handles_[what.handle].Disown();
  }
}

// Whether the operation ends whatever the others do.
bool Driver::EndsByItself(uint32_t number) const {
  const ProgramOperation& what = program_->operations[number];
  switch (what.opcode) {
    case Opcode::kNop:
    case Opcode::kOpen:
    case Opcode::kClose:
    case Opcode::kShutdown:
    case Opcode::kSync:
    case Opcode::kAllocate:
      return true;
    case Opcode::kAccept:
    case Opcode::kConnect:
      return false;
    default:
      return KindOfHandle(*program_, what.handle) == ObjectKind::kFile;
  }
}

bool Driver::AnyInFlight(bool only_finite) const {
  for (uint32_t i = 0; i < in_flight_.size(); ++i) {
    if (in_flight_[i] && (!only_finite || EndsByItself(i))) return true;
  }
  return false;
}

// Reaps until the operation has ended or its deadline has passed, and cancels
// it then, by its identity, as an engine's timer wheel makes it do.
void Driver::AwaitDeadline(uint32_t number, Duration time) {
  if (!in_flight_[number]) return;
  const Time deadline = port_->Now() + time;
  while (in_flight_[number]) {
    if (port_->Now() >= deadline) {
      port_->Cancel(IdOf(*program_, number));
      return;
    }
    if (!Reap(Wait::Until(deadline))) return;
  }
}

// False if the run is over.
bool Driver::AwaitAll(bool only_finite) {
  if (!AnyInFlight(only_finite)) return true;
  const Time end = port_->Now() + kPatience;
  while (AnyInFlight(only_finite)) {
    if (!Reap(Wait::Until(end))) return false;
    if (!AnyInFlight(only_finite)) break;
    if (port_->Now() >= end) {
      problem_ = "these did not end in time:";
      for (uint32_t i = 0; i < in_flight_.size(); ++i) {
        if (in_flight_[i] && (!only_finite || EndsByItself(i))) {
          absl::StrAppend(&problem_, " ", Describe(*program_, i), ";");
        }
      }
      return false;
    }
  }
  return true;
}

}  // namespace wharf::differential
