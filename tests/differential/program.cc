#include "tests/differential/program.h"

#include "absl/strings/str_cat.h"

namespace wharf::differential {
namespace {

// "f0", "pipe1.w", "pair0.b", "listener0", "socket0", "made5".
std::string HandleName(const Program& program, uint16_t handle) {
  if (handle == kNoHandle) return "-";
  uint32_t number = 0;
  for (std::size_t i = 0; i < program.objects.size(); ++i) {
    const ObjectKind kind = program.objects[i].kind;
    if (handle < number + HandlesOf(kind)) {
      const bool second = handle != number;
      switch (kind) {
        case ObjectKind::kFile:
          return absl::StrCat("f", i);
        case ObjectKind::kPipe:
          return absl::StrCat("pipe", i, second ? ".w" : ".r");
        case ObjectKind::kSocketPair:
          return absl::StrCat("pair", i, second ? ".b" : ".a");
        case ObjectKind::kListener:
          return absl::StrCat("listener", i);
        case ObjectKind::kSocket:
          return absl::StrCat("socket", i);
      }
    }
    number += HandlesOf(kind);
  }
  return absl::StrCat("made", handle);
}

}  // namespace

uint64_t TotalBytes(const ProgramOperation& operation) {
  uint64_t total = 0;
  for (const uint32_t piece : operation.pieces) total += piece;
  return total;
}

ObjectKind KindOfHandle(const Program& program, uint16_t handle) {
  uint32_t number = 0;
  for (const ObjectSpec& object : program.objects) {
    number += HandlesOf(object.kind);
    if (handle < number) return object.kind;
  }
  for (const ProgramOperation& operation : program.operations) {
    if (operation.makes == handle) {
      return operation.opcode == Opcode::kOpen ? ObjectKind::kFile
                                               : ObjectKind::kSocketPair;
    }
  }
  return ObjectKind::kFile;
}

std::string Describe(const Program& program, uint32_t operation) {
  const ProgramOperation& what = program.operations[operation];
  std::string text = absl::StrCat("#", operation, " ", OpcodeName(what.opcode));
  if (what.opcode == Opcode::kOpen) {
    absl::StrAppend(&text, " name ", what.target, " mode ", what.mode);
  } else if (what.opcode != Opcode::kNop) {
    absl::StrAppend(&text, " ", HandleName(program, what.handle));
  }
  if (what.makes != kNoHandle) absl::StrAppend(&text, " -> made", what.makes);
  if (what.opcode == Opcode::kConnect) {
    absl::StrAppend(&text, " to ", HandleName(program, what.target));
  }
  if (what.opcode == Opcode::kPoll || what.opcode == Opcode::kShutdown ||
      what.opcode == Opcode::kAllocate) {
    absl::StrAppend(&text, " mode ", what.mode);
  }
  if (what.offset == kCurrentPosition) {
    absl::StrAppend(&text, " at its position");
  } else if (what.offset != 0 && what.opcode != Opcode::kOpen) {
    absl::StrAppend(&text, " at ", what.offset);
  }
  if (what.pieces[0] > 0) {
    absl::StrAppend(&text, ", ", what.pieces[0]);
    for (uint32_t i = 1; i < kMaxPieces && what.pieces[i] > 0; ++i) {
      absl::StrAppend(&text, "+", what.pieces[i]);
    }
    absl::StrAppend(&text, " bytes");
  }
  if (what.flags != 0) absl::StrAppend(&text, " flags ", what.flags);
  return text;
}

std::string Describe(const Program& program) {
  std::string text = absl::StrCat("program ", program.seed, "\n");
  for (std::size_t i = 0; i < program.objects.size(); ++i) {
    static constexpr const char* kKinds[] = {"file", "pipe", "pair", "listener",
                                             "socket"};
    const ObjectSpec& object = program.objects[i];
    absl::StrAppend(&text, "  has ", kKinds[static_cast<int>(object.kind)], i);
    if (object.kind == ObjectKind::kFile) {
      absl::StrAppend(&text, " (f", i, ") of ", object.size, " bytes");
    } else if (object.kind == ObjectKind::kListener) {
      absl::StrAppend(&text, " with a backlog of ", object.size);
    }
    absl::StrAppend(&text, "\n");
  }
  for (const Step& step : program.steps) {
    switch (step.kind) {
      case StepKind::kSubmit:
        for (uint32_t i = step.first; i < step.first + step.count; ++i) {
          if (program.operations[i].skipped) continue;
          absl::StrAppend(&text, "  ", i == step.first ? "submit " : "   and ",
                          Describe(program, i), "\n");
        }
        break;
      case StepKind::kCancel:
        if (program.operations[step.first].skipped) break;
        absl::StrAppend(&text, "  cancel #", step.first, "\n");
        break;
      case StepKind::kReap:
        absl::StrAppend(&text, "  reap\n");
        break;
      case StepKind::kSettle:
        absl::StrAppend(&text, "  settle\n");
        break;
      case StepKind::kDeadline:
        if (program.operations[step.first].skipped) break;
        absl::StrAppend(&text, "  deadline of #", step.first, " in ",
                        step.count, " us\n");
        break;
    }
  }
  return text;
}

}  // namespace wharf::differential
