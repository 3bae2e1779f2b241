#include "sim/scripted_chaos.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

#include "sim/random.h"

namespace wharf::sim {
namespace {

// How one operation ends.
enum class Ending : uint8_t {
  kFull,
  kShort,
  kInterrupted,
  kWouldBlock,
  kError,
  kEnd,
  kCancelled,
};

// The most completions in one Reap, so that schedules stay interesting.
constexpr uint32_t kMaxBatch = 8;
constexpr int kMaxEmptyReaps = 3;

// Errors that an operation may end with.
std::span<const Error> ErrorsOf(Opcode opcode) {
  static constexpr std::array kReadErrors = {Error::kIo, Error::kNoData};
  static constexpr std::array kWriteErrors = {Error::kNoSpace, Error::kIo,
                                              Error::kQuotaExceeded};
  static constexpr std::array kStreamErrors = {
      Error::kConnectionReset, Error::kBrokenPipe, Error::kTimedOut};
  static constexpr std::array kOtherErrors = {Error::kIo};
  switch (opcode) {
    case Opcode::kRead:
    case Opcode::kReadVectored:
      return kReadErrors;
    case Opcode::kWrite:
    case Opcode::kWriteVectored:
    case Opcode::kAllocate:
      return kWriteErrors;
    case Opcode::kReceive:
    case Opcode::kSend:
    case Opcode::kSendVectored:
      return kStreamErrors;
    default:
      return kOtherErrors;
  }
}

bool IsWrite(Opcode opcode) {
  return opcode == Opcode::kWrite || opcode == Opcode::kWriteVectored;
}

}  // namespace

std::byte PatternByte(NativeHandle handle, uint64_t position) {
  const auto seed = static_cast<uint64_t>(handle) * 0x9e3779b97f4a7c15;
  return std::byte(SplitMix64(seed + position).Next() & 255);
}

ScriptedChaos::ScriptedChaos(ScriptedPort* port, Chooser* chooser,
                             uint32_t faults)
    : port_(port), chooser_(chooser), faults_(faults) {
  port_->SetHooks(this);
}

ScriptedChaos::~ScriptedChaos() { port_->SetHooks(nullptr); }

void ScriptedChaos::BeforeSubmit(std::size_t count) {
  if (count == 0 || !May(kChaosBackpressure)) return;
  if (chooser_->Choose(2, "chaos.submit.short") == 0) return;
  const auto most = static_cast<uint32_t>(std::min<std::size_t>(count, 1024));
  port_->LimitNextSubmit(chooser_->Choose(most, "chaos.submit.count"));
}

void ScriptedChaos::AfterCancel(OperationId id) {
  const std::optional<Operation> operation = port_->Find(id);
  if (!operation || cancelled_.contains(id)) return;
  switch (chooser_->Choose(3, "chaos.cancel")) {
    case 0:  // Wins at once.
      port_->CompleteWithError(id, Error::kCancelled);
      break;
    case 1:  // Comes too late: the target has just finished.
      FinishWithBytes(*operation, TotalBytes(MemoryOf(*operation)));
      break;
    default:  // Is settled when the target's turn comes.
      cancelled_.insert(id);
      break;
  }
}

void ScriptedChaos::BeforeReap(Wait) {
  if (May(kChaosEmptyReap) && empty_reaps_ < kMaxEmptyReaps &&
      chooser_->Choose(2, "chaos.reap.empty") == 1) {
    ++empty_reaps_;
    port_->SkipReaps(1);
    return;
  }
  empty_reaps_ = 0;
  const auto in_flight = static_cast<uint32_t>(port_->in_flight().size());
  const uint32_t most = std::min(in_flight, kMaxBatch);
  // Options in the order 1, 2, ..., most, 0: the plainest still makes progress.
  const uint32_t choice = chooser_->Choose(most + 1, "chaos.batch");
  const uint32_t batch = (choice + 1) % (most + 1);
  for (uint32_t i = 0; i < batch; ++i) CompleteOne();
}

void ScriptedChaos::BeforeSleep(Time until) {
  if (port_->in_flight().empty()) return;
  // A sleep with an end may as well reach it.
  if (until != kNever && chooser_->Choose(2, "chaos.sleep") == 1) return;
  CompleteOne();
}

void ScriptedChaos::CompleteOne() {
  const std::vector<Operation> in_flight = port_->in_flight();
  if (in_flight.empty()) return;
  const Operation& operation = in_flight[chooser_->Choose(
      static_cast<uint32_t>(in_flight.size()), "chaos.pick")];
  if (May(kChaosTime)) {
    using namespace std::chrono_literals;
    static constexpr std::array<Duration, 4> kSteps = {0ns, 1us, 1ms, 1s};
    port_->clock().Advance(
        kSteps[chooser_->Choose(kSteps.size(), "chaos.time")]);
  }
  Finish(operation, cancelled_.erase(operation.id) != 0);
}

void ScriptedChaos::Finish(const Operation& operation, bool cancelled) {
  const uint64_t total =
      IsTransfer(operation.opcode) ? TotalBytes(MemoryOf(operation)) : 0;
  std::array<Ending, 8> endings;
  uint32_t count = 0;
  endings[count++] = Ending::kFull;
  if (May(kChaosShort) && total > 1) endings[count++] = Ending::kShort;
  if (May(kChaosTransient)) {
    endings[count++] = Ending::kInterrupted;
    endings[count++] = Ending::kWouldBlock;
  }
  if (May(kChaosError)) endings[count++] = Ending::kError;
  if (May(kChaosEnd) && total > 0) endings[count++] = Ending::kEnd;
  if (May(kChaosUnasked) || cancelled) endings[count++] = Ending::kCancelled;

  switch (endings[chooser_->Choose(count, "chaos.ending")]) {
    case Ending::kFull:
      FinishWithBytes(operation, total);
      break;
    case Ending::kShort: {
      const auto most =
          static_cast<uint32_t>(std::min<uint64_t>(total - 1, 0xffffffff));
      FinishWithBytes(operation, 1 + chooser_->Choose(most, "chaos.bytes"));
      break;
    }
    case Ending::kInterrupted:
      port_->CompleteWithError(operation.id, Error::kInterrupted);
      break;
    case Ending::kWouldBlock:
      port_->CompleteWithError(operation.id, Error::kWouldBlock);
      break;
    case Ending::kError: {
      const std::span<const Error> errors = ErrorsOf(operation.opcode);
      port_->CompleteWithError(
          operation.id,
          errors[chooser_->Choose(static_cast<uint32_t>(errors.size()),
                                  "chaos.error")]);
      break;
    }
    case Ending::kEnd:
      port_->Complete(operation.id, 0);
      break;
    case Ending::kCancelled:
      port_->CompleteWithError(operation.id, Error::kCancelled);
      break;
  }
}

void ScriptedChaos::FinishWithBytes(const Operation& operation,
                                    uint64_t bytes) {
  const NativeHandle handle = operation.handle;
  if (ReadsIntoMemory(operation.opcode)) {
    const bool streams = operation.opcode == Opcode::kReceive ||
                         operation.offset == kCurrentPosition;
    uint64_t position = operation.offset;
    if (streams) {
      position = received_[handle];
      received_[handle] += bytes;
    }
    std::vector<std::byte> data(bytes);
    for (uint64_t i = 0; i < bytes; ++i) {
      data[i] = PatternByte(handle, position + i);
    }
    port_->CompleteWithBytes(operation.id, data);
    return;
  }
  int64_t result = 0;
  if (IsTransfer(operation.opcode)) {
    result = static_cast<int64_t>(bytes);
    std::vector<std::byte> data = port_->OutgoingBytes(operation.id);
    data.resize(bytes);
    std::vector<std::byte>& sink =
        IsWrite(operation.opcode) ? written_[handle] : sent_[handle];
    uint64_t position = sink.size();
    if (IsWrite(operation.opcode) && operation.offset != kCurrentPosition) {
      position = operation.offset;
    }
    sink.resize(std::max<std::size_t>(sink.size(), position + bytes));
    std::copy(data.begin(), data.end(), sink.begin() + position);
  } else if (operation.opcode == Opcode::kPoll) {
    result = operation.mode;
  } else if (MakesHandle(operation.opcode)) {
    result = next_handle_++;
  }
  port_->Complete(operation.id, result);
}

}  // namespace wharf::sim
