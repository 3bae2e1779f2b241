#include "tests/differential/generate.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "sim/memory_guard.h"
#include "sim/random.h"

namespace wharf::differential {
namespace {

// More than any stream of a program holds.
constexpr uint32_t kEverything = 20000;

// What a program is about.
enum class Theme : uint8_t { kFiles, kStreams, kConnections, kEverything };

class Generator {
 public:
  Generator(uint64_t seed, const PortCapabilities& capabilities)
      : random_(seed), have_(capabilities) {
    program_.seed = seed;
  }

  Program Run() {
    AddObjects();
    const uint32_t rounds = 2 + random_.Below(7);
    for (uint32_t i = 0; i < rounds; ++i) Round();
    DrainStreams();
    program_.handles = static_cast<uint32_t>(kinds_.size());
    return std::move(program_);
  }

 private:
  bool OneIn(uint32_t n) { return random_.Below(n) == 0; }
  template <std::size_t kSize>
  uint32_t OneOf(const uint32_t (&values)[kSize]) {
    return values[random_.Below(kSize)];
  }

  void Add(ObjectKind kind, uint32_t size = 0) {
    program_.objects.push_back({kind, size});
    for (uint32_t i = 0; i < HandlesOf(kind); ++i) AddHandle(kind, i);
  }
  void AddHandle(ObjectKind kind, uint32_t side) {
    kinds_.push_back(kind);
    sides_.push_back(side);
    closed_.push_back(false);
  }

  void AddObjects() {
    const Theme theme =
        have_.Has(Opcode::kAccept) && have_.Has(Opcode::kConnect)
            ? static_cast<Theme>(random_.Below(4))
            : static_cast<Theme>(random_.Below(2));
    const bool files = theme == Theme::kFiles || theme == Theme::kEverything;
    if (files) {
      const uint32_t count = 1 + random_.Below(2);
      for (uint32_t i = 0; i < count; ++i) {
        Add(ObjectKind::kFile, OneOf({0, 1, 100, 4096, 5000}));
      }
    }
    if (theme == Theme::kStreams || theme == Theme::kEverything) {
      if (!OneIn(3)) Add(ObjectKind::kPipe);
      if (!OneIn(3)) Add(ObjectKind::kSocketPair);
      if (program_.objects.empty()) Add(ObjectKind::kSocketPair);
    }
    if (theme == Theme::kConnections || (theme == Theme::kEverything)) {
      Add(ObjectKind::kListener, 8);
      const uint32_t count = 1 + random_.Below(2);
      for (uint32_t i = 0; i < count; ++i) Add(ObjectKind::kSocket);
    }
  }

  void Round() {
    const uint32_t begin = static_cast<uint32_t>(program_.operations.size());
    const uint32_t want = OneOf({1, 1, 1, 2, 2, 3, 4});
    for (uint32_t i = 0; i < want; ++i) AddOperation();
    const uint32_t end = static_cast<uint32_t>(program_.operations.size());
    if (end > begin) {
      program_.steps.push_back({StepKind::kSubmit, begin, end - begin});
    }
    if (have_.HasFeatures(kFeatureCancel) && end > 0 && OneIn(3)) {
      const uint32_t count = 1 + random_.Below(2);
      for (uint32_t i = 0; i < count; ++i) {
        const uint32_t back = std::min(end, OneOf({1, 1, 2, 3, 6}));
        program_.steps.push_back(
            {StepKind::kCancel, end - 1 - random_.Below(back), 0});
      }
    }
    if (have_.HasFeatures(kFeatureCancel) && end > begin && OneIn(8)) {
      program_.steps.push_back(
          {StepKind::kDeadline, end - 1, OneOf({0, 1, 20, 50, 200})});
      return;
    }
    switch (random_.Below(8)) {
      case 0:  // The next round joins this one.
        break;
      case 1:
        program_.steps.push_back({StepKind::kSettle});
        break;
      default:
        program_.steps.push_back({StepKind::kReap});
        break;
    }
  }

  // A handle that is open and of one of the kinds, or none.
  uint16_t PickHandle(std::span<const ObjectKind> kinds) {
    const auto count = static_cast<uint32_t>(kinds_.size());
    const uint32_t start = random_.Below(count);
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t handle = (start + i) % count;
      if (closed_[handle]) continue;
      if (std::find(kinds.begin(), kinds.end(), kinds_[handle]) !=
          kinds.end()) {
        return static_cast<uint16_t>(handle);
      }
    }
    return kNoHandle;
  }

  void AddOperation() {
    ProgramOperation operation;
    const uint32_t pick = random_.Below(100);
    if (pick < 3) {
      operation.opcode = Opcode::kNop;
    } else if (pick < 8) {
      MakeOpen(operation);
    } else if (pick < 13) {
      MakeClose(operation);
    } else {
      MakeOnHandle(operation);
    }
    if (!have_.Has(operation.opcode)) return;
    program_.operations.push_back(operation);
  }

  void MakeOpen(ProgramOperation& operation) {
    if (!have_.Has(Opcode::kOpen)) return;
    operation.opcode = Opcode::kOpen;
    operation.target = static_cast<uint16_t>(random_.Below(kNames));
    operation.mode = OneOf({1, 2, 3});
    if (OneIn(2)) operation.mode |= kOpenCreate;
    if (OneIn(4)) operation.mode |= kOpenExclusive | kOpenCreate;
    if (OneIn(4) && (operation.mode & kOpenWrite) != 0) {
      operation.mode |= kOpenTruncate;
    }
    if (OneIn(4)) operation.mode |= kOpenAppend;
    operation.offset = 0600;
    operation.makes = static_cast<uint16_t>(kinds_.size());
    AddHandle(ObjectKind::kFile, 0);
  }

  void MakeClose(ProgramOperation& operation) {
    if (!have_.Has(Opcode::kClose)) return;
    const auto handle = static_cast<uint16_t>(
        random_.Below(static_cast<uint32_t>(kinds_.size())));
    if (closed_[handle]) return;
    closed_[handle] = true;
    operation.opcode = Opcode::kClose;
    operation.handle = handle;
  }

  void MakeOnHandle(ProgramOperation& operation) {
    const auto handle = static_cast<uint16_t>(
        random_.Below(static_cast<uint32_t>(kinds_.size())));
    if (closed_[handle]) return;
    operation.handle = handle;
    switch (kinds_[handle]) {
      case ObjectKind::kFile:
        MakeOnFile(operation);
        break;
      case ObjectKind::kPipe:
      case ObjectKind::kSocketPair:
      case ObjectKind::kSocket:
        MakeOnStream(operation, kinds_[handle] != ObjectKind::kPipe,
                     sides_[handle]);
        break;
      case ObjectKind::kListener:
        MakeOnListener(operation);
        break;
    }
  }

  uint32_t FileLength() {
    return OneOf({1, 10, 100, 511, 512, 1000, 4096, 6000});
  }
  uint32_t StreamLength() {
    return OneOf({1, 1, 5, 10, 10, 50, 100, 600, 2000, 4000, 4096, 5000, 9000});
  }

  // The length, in one piece or several.
  void SetLength(ProgramOperation& operation, uint32_t length) {
    operation.pieces = {length, 0, 0};
    if (!sim::IsVectored(operation.opcode) || length < 3 || OneIn(4)) return;
    const uint32_t first = 1 + random_.Below(length - 2);
    operation.pieces = {first, length - first, 0};
    if (length - first > 2 && OneIn(2)) {
      const uint32_t second = 1 + random_.Below(length - first - 2);
      operation.pieces = {first, second, length - first - second};
    }
  }

  void MakeOnFile(ProgramOperation& operation) {
    const uint32_t pick = random_.Below(20);
    if (pick < 16) {
      constexpr Opcode kTransfers[] = {Opcode::kRead,  Opcode::kReadVectored,
                                       Opcode::kWrite, Opcode::kWriteVectored,
                                       Opcode::kRead,  Opcode::kWrite};
      operation.opcode = kTransfers[random_.Below(std::size(kTransfers))];
      if (!have_.Has(operation.opcode)) operation.opcode = Opcode::kRead;
      operation.offset =
          OneIn(6) && have_.HasFeatures(kFeatureCurrentPosition)
              ? kCurrentPosition
              : OneOf({0, 0, 1, 50, 100, 512, 2000, 4090, 4096, 8000});
      SetLength(operation, FileLength());
      const bool writes = operation.opcode == Opcode::kWrite ||
                          operation.opcode == Opcode::kWriteVectored;
      if (writes && OneIn(8) && have_.HasFeatures(kFeatureDurableWrite)) {
        operation.flags = kOperationDurable;
      }
    } else if (pick < 17) {
      operation.opcode = Opcode::kSync;
      if (OneIn(2)) operation.flags = kOperationDataOnly;
    } else if (pick < 19) {
      operation.opcode = Opcode::kAllocate;
      const bool all = have_.HasFeatures(kFeaturePunchHole);
      operation.mode = random_.Below(all ? 4 : 2);
      operation.offset = OneOf({0, 100, 4096});
      operation.pieces[0] = OneOf({1, 100, 4096, 10000});
    } else {
      operation.opcode = Opcode::kPoll;
      operation.mode = 1 + random_.Below(3);
    }
  }

  void MakeOnStream(ProgramOperation& operation, bool socket, uint32_t side) {
    const uint32_t pick = random_.Below(20);
    const bool unconnected = kinds_[operation.handle] == ObjectKind::kSocket;
    if (unconnected && pick < 8 && MakeConnect(operation)) return;
    if (socket && pick == 19 && have_.Has(Opcode::kShutdown)) {
      operation.opcode = Opcode::kShutdown;
      operation.mode = random_.Below(3);
      return;
    }
    if (pick >= 17) {
      operation.opcode = Opcode::kPoll;
      operation.mode = 1 + random_.Below(3);
      return;
    }
    // A pipe's wrong direction only now and then.
    const bool reads = socket || OneIn(20) ? OneIn(2) : side == 0;
    // Plain reads and writes are for pipes and files on some ports, not for
    // sockets.
    const bool positioned = have_.HasFeatures(kFeatureCurrentPosition);
    const bool plain = !socket || (positioned && OneIn(4));
    const bool vectored = plain && OneIn(3) && have_.Has(Opcode::kReadVectored);
    if (reads) {
      operation.opcode = vectored ? Opcode::kReadVectored
                         : plain  ? Opcode::kRead
                                  : Opcode::kReceive;
    } else {
      operation.opcode = vectored   ? Opcode::kWriteVectored
                         : plain    ? Opcode::kWrite
                         : OneIn(3) ? Opcode::kSendVectored
                                    : Opcode::kSend;
    }
    // Where nothing has a position, a pipe's transfers give any.
    if (plain && positioned) operation.offset = kCurrentPosition;
    SetLength(operation, StreamLength());
  }

  bool MakeConnect(ProgramOperation& operation) {
    constexpr ObjectKind kListeners[] = {ObjectKind::kListener};
    const uint16_t listener = PickHandle(kListeners);
    if (listener == kNoHandle) return false;
    operation.opcode = Opcode::kConnect;
    operation.target = listener;
    return true;
  }

  void MakeOnListener(ProgramOperation& operation) {
    if (OneIn(5)) {
      operation.opcode = Opcode::kPoll;
      operation.mode = 1 + random_.Below(3);
      return;
    }
    operation.opcode = Opcode::kAccept;
    operation.makes = static_cast<uint16_t>(kinds_.size());
    AddHandle(ObjectKind::kSocketPair, 0);
  }

  // What is left in the streams is looked at: one large receive each.
  void DrainStreams() {
    program_.steps.push_back({StepKind::kSettle});
    const uint32_t begin = static_cast<uint32_t>(program_.operations.size());
    const bool positioned = have_.HasFeatures(kFeatureCurrentPosition);
    for (uint32_t i = 0; i < kinds_.size(); ++i) {
      if (closed_[i]) continue;
      ProgramOperation operation;
      operation.handle = static_cast<uint16_t>(i);
      operation.pieces[0] = kEverything;
      if (kinds_[i] == ObjectKind::kSocketPair ||
          kinds_[i] == ObjectKind::kSocket) {
        operation.opcode = Opcode::kReceive;
      } else if (kinds_[i] == ObjectKind::kPipe && sides_[i] == 0) {
        operation.opcode = Opcode::kRead;
        operation.offset = positioned ? kCurrentPosition : 0;
      } else {
        continue;
      }
      if (!have_.Has(operation.opcode)) continue;
      program_.operations.push_back(operation);
    }
    const uint32_t end = static_cast<uint32_t>(program_.operations.size());
    if (end == begin) return;
    program_.steps.push_back({StepKind::kSubmit, begin, end - begin});
    program_.steps.push_back({StepKind::kReap});
  }

  sim::Random random_;
  const PortCapabilities& have_;
  Program program_;
  std::vector<ObjectKind> kinds_;
  std::vector<uint32_t> sides_;
  std::vector<bool> closed_;
};

}  // namespace

Program Generate(uint64_t seed, const PortCapabilities& capabilities) {
  return Generator(seed, capabilities).Run();
}

}  // namespace wharf::differential
