#include "tests/property/reference_model.h"

#include <algorithm>

#include "engine/io_vector.h"

namespace wharf::property {
namespace {

bool HasBytes(RequestKind kind) {
  return kind == RequestKind::kRead || kind == RequestKind::kWrite ||
         kind == RequestKind::kDurableWrite || kind == RequestKind::kReceive ||
         kind == RequestKind::kSend;
}

bool Gathers(RequestKind kind) {
  return kind == RequestKind::kRead || kind == RequestKind::kReceive ||
         kind == RequestKind::kAccept;
}

Opcode OpcodeOf(RequestKind kind, bool vectored) {
  switch (kind) {
    case RequestKind::kNop:
    case RequestKind::kSleep:
      return Opcode::kNop;
    case RequestKind::kPoll:
      return Opcode::kPoll;
    case RequestKind::kSync:
      return Opcode::kSync;
    case RequestKind::kAllocate:
      return Opcode::kAllocate;
    case RequestKind::kOpen:
      return Opcode::kOpen;
    case RequestKind::kClose:
      return Opcode::kClose;
    case RequestKind::kShutdown:
      return Opcode::kShutdown;
    case RequestKind::kAccept:
      return Opcode::kAccept;
    case RequestKind::kConnect:
      return Opcode::kConnect;
    case RequestKind::kRead:
      return vectored ? Opcode::kReadVectored : Opcode::kRead;
    case RequestKind::kWrite:
    case RequestKind::kDurableWrite:
      return vectored ? Opcode::kWriteVectored : Opcode::kWrite;
    case RequestKind::kReceive:
      return Opcode::kReceive;
    case RequestKind::kSend:
      return vectored ? Opcode::kSendVectored : Opcode::kSend;
  }
  return Opcode::kNop;
}

std::string Name(Opcode opcode) { return std::string(OpcodeName(opcode)); }

}  // namespace

RequestModel::RequestModel(const RequestFacts& facts, const PortFacts& port)
    : facts_(facts), port_(port) {
  if (facts_.kind == RequestKind::kSleep) takes_operations_ = false;
  if (facts_.kind == RequestKind::kAllocate && facts_.length == 0) {
    takes_operations_ = false;
  }
  if (!HasBytes(facts_.kind)) return;
  for (const std::span<const std::byte> piece : facts_.memory) {
    total_ += piece.size();
  }
  if (total_ == 0) takes_operations_ = false;
  if (facts_.kind != RequestKind::kDurableWrite) return;
  facts_.extent = Extent::kAll;
  flagged_ = port_.durable_writes && total_ <= port_.max_operation_bytes &&
             facts_.memory.size() <= port_.max_vectors;
  needs_sync_ = !flagged_;
}

const std::byte* RequestModel::AddressAt(uint64_t position) const {
  for (const std::span<const std::byte> piece : facts_.memory) {
    if (position < piece.size()) return piece.data() + position;
    position -= piece.size();
  }
  return nullptr;
}

// Bytes from `position` to the end of its piece.
uint64_t RequestModel::BytesTogether(uint64_t position) const {
  for (const std::span<const std::byte> piece : facts_.memory) {
    if (position < piece.size()) return piece.size() - position;
    position -= piece.size();
  }
  return 0;
}

std::string RequestModel::CheckOperation(const Operation& operation) const {
  Opcode due = OpcodeOf(facts_.kind, facts_.vectored);
  if (phase_ == Phase::kAwaitReady) due = Opcode::kPoll;
  if (phase_ == Phase::kFinalSync) due = Opcode::kSync;
  if (operation.opcode != due) {
    std::string problem =
        Name(operation.opcode) + " where " + Name(due) + " is due";
    if (operation.opcode == Opcode::kSync) {
      problem += ", with " + std::to_string(done_) + " of " +
                 std::to_string(total_) + " bytes written (G14)";
    }
    return problem;
  }
  const bool needs_handle = due != Opcode::kNop && due != Opcode::kOpen;
  if (needs_handle && operation.handle != facts_.handle) {
    return Name(due) + " on another handle";
  }
  switch (phase_) {
    case Phase::kAwaitReady: {
      const uint32_t events =
          Gathers(facts_.kind) ? kPollReadable : kPollWritable;
      return operation.mode == events ? "" : "it polls for the wrong events";
    }
    case Phase::kFinalSync:
      return "";
    case Phase::kOwn:
      break;
  }
  switch (facts_.kind) {
    case RequestKind::kSync:
      return facts_.data_only == ((operation.flags & kOperationDataOnly) != 0)
                 ? ""
                 : "a sync of another level";
    case RequestKind::kAllocate:
      return operation.mode == facts_.mode &&
                     operation.offset == facts_.offset &&
                     operation.length == facts_.length
                 ? ""
                 : "another allocation";
    case RequestKind::kPoll:
    case RequestKind::kShutdown:
      return operation.mode == facts_.mode ? "" : "another mode";
    case RequestKind::kOpen:
      if (operation.mode != facts_.mode || operation.offset != facts_.offset) {
        return "other flags or permissions";
      }
      [[fallthrough]];
    case RequestKind::kConnect:
      return operation.data == facts_.memory[0].data() &&
                     operation.length == facts_.memory[0].size()
                 ? ""
                 : "another address or path";
    default:
      return HasBytes(facts_.kind) ? CheckTransfer(operation) : "";
  }
}

// The operation must go on where the last one ended, within the port's limits.
std::string RequestModel::CheckTransfer(const Operation& operation) const {
  const bool durable = (operation.flags & kOperationDurable) != 0;
  if (durable != flagged_) return "it is durable where it should not be (G14)";
  const bool positioned = facts_.kind != RequestKind::kReceive &&
                          facts_.kind != RequestKind::kSend &&
                          facts_.offset != kCurrentPosition;
  if (positioned && operation.offset != facts_.offset + done_) {
    return "at offset " + std::to_string(operation.offset) + " instead of " +
           std::to_string(facts_.offset + done_);
  }
  const IoVector single{operation.data,
                        static_cast<std::size_t>(operation.length)};
  std::span<const IoVector> vectors(&single, 1);
  if (facts_.vectored) {
    vectors = {static_cast<const IoVector*>(operation.data),
               static_cast<std::size_t>(operation.length)};
    if (vectors.size() > port_.max_vectors) return "too many vectors";
  }
  uint64_t position = done_;
  for (const IoVector& vector : vectors) {
    if (vector.length == 0) return "a vector of no bytes";
    if (vector.base != AddressAt(position) ||
        vector.length > BytesTogether(position)) {
      return "not the bytes from " + std::to_string(position) + " on";
    }
    position += vector.length;
  }
  const uint64_t bytes = position - done_;
  if (bytes == 0) return "a transfer of no bytes (G15)";
  return bytes <= port_.max_operation_bytes ? "" : "too many bytes at once";
}

void RequestModel::OnIssued(const Operation& operation) {
  if (phase_ != Phase::kOwn || !HasBytes(facts_.kind)) return;
  asked_ = operation.length;
  if (!facts_.vectored) return;
  asked_ = 0;
  const auto* vectors = static_cast<const IoVector*>(operation.data);
  for (uint64_t i = 0; i < operation.length; ++i) asked_ += vectors[i].length;
}

void RequestModel::Stop(OutcomeKind kind) {
  if (!stopped()) stop_ = kind;
}

void RequestModel::EndsByItself() { End(stop_); }

void RequestModel::IsAbandoned() { End(OutcomeKind::kAbandoned); }

RequestModel::Step RequestModel::End(OutcomeKind kind, Error error,
                                     int32_t native) {
  allowed_ = {{kind, done_, error, native}};
  return Step::kEnds;
}

// G5: after a stop nothing more is issued.
RequestModel::Step RequestModel::ContinueUnlessStopped() {
  return stopped() ? End(stop_) : Step::kContinues;
}

RequestModel::Step RequestModel::OnCompletion(int64_t result,
                                              int32_t native_error) {
  const auto error = static_cast<Error>(result < 0 ? -result : 0);
  if (facts_.kind == RequestKind::kClose && error != Error::kCancelled) {
    return error == Error::kNone
               ? End(OutcomeKind::kOk)
               : End(OutcomeKind::kError, error, native_error);
  }
  if (result < 0) return OnError(error, native_error);
  if (phase_ == Phase::kAwaitReady) {
    phase_ = Phase::kOwn;
    return ContinueUnlessStopped();
  }
  if (phase_ == Phase::kFinalSync) return End(OutcomeKind::kOk);
  if (HasBytes(facts_.kind)) return OnBytes(static_cast<uint64_t>(result));
  if (facts_.kind == RequestKind::kPoll) done_ = static_cast<uint64_t>(result);
  return End(OutcomeKind::kOk);
}

RequestModel::Step RequestModel::OnError(Error error, int32_t native_error) {
  const bool connect = facts_.kind == RequestKind::kConnect;
  switch (error) {
    case Error::kInterrupted:
      if (connect) connecting_ = true;
      return OnTransient(/*wants_poll=*/false, native_error);
    case Error::kWouldBlock:
      return OnTransient(/*wants_poll=*/true, native_error);
    case Error::kInProgress:
    case Error::kAlready:
      if (!connect) break;
      connecting_ = true;
      return OnTransient(/*wants_poll=*/true, native_error);
    case Error::kAlreadyConnected:
      if (connecting_) return End(OutcomeKind::kOk);
      break;
    case Error::kCancelled:
      // G13: an error if nobody asked for it.
      if (stopped()) return End(stop_);
      break;
    case Error::kNotSupported:
      if (!flagged_ || phase_ != Phase::kOwn) break;
      flagged_ = false;
      needs_sync_ = true;
      return ContinueUnlessStopped();
    default:
      break;
  }
  return End(OutcomeKind::kError, error, native_error);
}

RequestModel::Step RequestModel::OnTransient(bool wants_poll,
                                             int32_t native_error) {
  if (stopped()) return End(stop_);
  if (++retries_ > port_.max_transient_retries) {
    return End(OutcomeKind::kError, Error::kRetriesExhausted, native_error);
  }
  const bool stream =
      facts_.kind == RequestKind::kAccept ||
      facts_.kind == RequestKind::kConnect ||
      facts_.kind == RequestKind::kReceive ||
      facts_.kind == RequestKind::kSend ||
      (HasBytes(facts_.kind) && facts_.offset == kCurrentPosition);
  if (wants_poll && stream && port_.polls && phase_ == Phase::kOwn) {
    phase_ = Phase::kAwaitReady;
  }
  return Step::kContinues;
}

RequestModel::Step RequestModel::OnBytes(uint64_t bytes) {
  if (bytes > asked_) return End(OutcomeKind::kError, Error::kBadCompletion);
  if (bytes == 0) {
    return Gathers(facts_.kind) ? End(OutcomeKind::kEndOfStream)
                                : End(OutcomeKind::kError, Error::kNoProgress);
  }
  done_ += bytes;
  retries_ = 0;
  if (done_ == total_) {
    if (!needs_sync_) return End(OutcomeKind::kOk);  // G4: stopped or not.
    phase_ = Phase::kFinalSync;
    return ContinueUnlessStopped();
  }
  if (flagged_) {
    flagged_ = false;
    needs_sync_ = true;
  }
  if (facts_.extent == Extent::kSome) return End(OutcomeKind::kOk);
  return ContinueUnlessStopped();
}

std::string RequestModel::CheckOutcome(const Outcome& outcome) const {
  for (const AllowedOutcome& one : allowed_) {
    if (one.kind == outcome.kind && one.bytes == outcome.bytes &&
        one.error == outcome.error &&
        one.native_error == outcome.native_error) {
      return "";
    }
  }
  std::string problem = std::string(RequestKindName(facts_.kind)) +
                        " ended with " + ToString(outcome) + "; allowed is";
  for (const AllowedOutcome& one : allowed_) {
    problem += " " + ToString(Outcome{.bytes = one.bytes,
                                      .native_error = one.native_error,
                                      .error = one.error,
                                      .kind = one.kind});
  }
  return problem + (allowed_.empty() ? " nothing yet" : "");
}

}  // namespace wharf::property
