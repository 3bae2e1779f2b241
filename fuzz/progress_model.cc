#include "fuzz/progress_model.h"

#include <algorithm>
#include <utility>

#include "fuzz/notes.h"

namespace wharf::fuzz {
namespace {

bool Gathers(RequestKind kind) {
  return kind == RequestKind::kRead || kind == RequestKind::kReceive;
}

bool Moves(RequestKind kind) {
  return Gathers(kind) || kind == RequestKind::kWrite ||
         kind == RequestKind::kDurableWrite || kind == RequestKind::kSend;
}

}  // namespace

ProgressModel::ProgressModel(const Request& request, std::vector<Piece> pieces,
                             bool several, const PortCapabilities& port,
                             uint32_t max_retries)
    : kind_(request.kind),
      some_is_enough_(request.extent == Extent::kSome &&
                      request.kind != RequestKind::kDurableWrite),
      at_current_position_(request.offset == kCurrentPosition),
      several_(several),
      port_(port),
      max_retries_(max_retries),
      pieces_(std::move(pieces)) {
  for (const Piece& piece : pieces_) total_ += piece.size;
  const bool nothing =
      kind_ == RequestKind::kAllocate ? request.length == 0 : total_ == 0;
  if (nothing && (kind_ == RequestKind::kAllocate || Moves(kind_))) {
    Note("zero_length_takes_no_operation");
    End(OutcomeKind::kOk);  // G15
    return;
  }
  if (kind_ != RequestKind::kDurableWrite) return;
  const bool at_once = total_ <= port_.max_operation_bytes &&
                       (!several_ || pieces_.size() <= port_.max_vectors) &&
                       (port_.features & kFeatureDurableWrite) != 0;
  durable_ = at_once ? Durable::kFlagged : Durable::kPlain;
  Note(at_once ? "durable_write_by_its_flag" : "durable_write_with_a_sync");
}

std::vector<ProgressModel::Piece> ProgressModel::NextMemory() const {
  std::vector<Piece> next;
  uint64_t skip = done_;
  uint64_t room = port_.max_operation_bytes;
  for (Piece piece : pieces_) {
    const uint64_t skipped = std::min(skip, piece.size);
    skip -= skipped;
    piece = {piece.data + skipped, std::min(piece.size - skipped, room)};
    if (piece.size == 0) continue;
    if (several_ && next.size() == port_.max_vectors) {
      Note("list_is_cut_at_the_most_vectors");
      break;
    }
    next.push_back(piece);
    room -= piece.size;
  }
  return next;
}

void ProgressModel::Stop(OutcomeKind kind) {
  if (std::exchange(stopped_, true)) return;
  stop_ = kind;
}

void ProgressModel::End(OutcomeKind kind, Error error, int32_t native) {
  wants_ = Wants::kNothing;
  outcome_ = Outcome{
      .bytes = done_, .native_error = native, .error = error, .kind = kind};
}

void ProgressModel::GoOn(Wants next) {
  if (stopped_) {
    Note(wants_ == Wants::kReadiness ? "stop_before_another_try"
         : next == Wants::kSync      ? "stop_before_the_sync"
                                     : "stop_between_two_parts");
    End(stop_);
  } else {
    NoteIf(next == Wants::kSync, "sync_after_the_last_byte");
    NoteIf(wants_ == Wants::kReadiness, "ready_and_tried_again");
    wants_ = next;
  }
}

// Those that a kernel can tell to be ready, so that trying is worth it.
bool ProgressModel::IsStream() const {
  switch (kind_) {
    case RequestKind::kAccept:
    case RequestKind::kConnect:
    case RequestKind::kReceive:
    case RequestKind::kSend:
      return true;
    default:
      return Moves(kind_) && at_current_position_;
  }
}

void ProgressModel::TryAgain(bool blocked, int32_t native) {
  if (stopped_) {
    Note("stop_at_a_transient_answer");
    End(stop_);
    return;
  }
  if (++retries_ > max_retries_) {
    Note("retries_run_out");
    End(OutcomeKind::kError, Error::kRetriesExhausted, native);
    return;
  }
  NoteIf(++all_retries_ > max_retries_, "many_retries_with_progress_between");
  const bool waits = blocked && wants_ == Wants::kOwn && IsStream() &&
                     port_.Has(Opcode::kPoll);
  NoteIf(blocked && !waits, wants_ == Wants::kReadiness ? "poll_would_block"
                            : wants_ == Wants::kSync    ? "sync_would_block"
                            : IsStream() ? "would_block_without_a_poll"
                                         : "would_block_on_a_file");
  NoteIf(waits && total_ > done_ && done_ > 0, "would_block_in_the_middle");
  NoteIf(waits, "would_block_and_waits");
  if (waits) wants_ = Wants::kReadiness;
}

void ProgressModel::Failed(Error error, int32_t native) {
  const bool connect = kind_ == RequestKind::kConnect;
  if (error == Error::kInterrupted) {
    Note(connect ? "connect_is_interrupted" : "interrupted_and_tried_again");
    connecting_ = connecting_ || connect;
    TryAgain(/*blocked=*/false, native);
  } else if (error == Error::kWouldBlock) {
    TryAgain(/*blocked=*/true, native);
  } else if (connect &&
             (error == Error::kInProgress || error == Error::kAlready)) {
    Note("connect_is_under_way");
    connecting_ = true;
    TryAgain(/*blocked=*/true, native);
  } else if (connecting_ && error == Error::kAlreadyConnected) {
    Note("connected_meanwhile");
    End(OutcomeKind::kOk);
  } else if (stopped_ && error == Error::kCancelled) {
    Note("cancelled_as_asked");
    End(stop_);
  } else if (durable_ == Durable::kFlagged && wants_ == Wants::kOwn &&
             error == Error::kNotSupported) {
    Note("durable_flag_is_not_supported");
    durable_ = Durable::kPlain;
    GoOn(Wants::kOwn);
  } else {
    Note(error == Error::kCancelled          ? "cancelled_and_nobody_asked"
         : error == Error::kAlreadyConnected ? "connected_before"
         : wants_ == Wants::kSync            ? "sync_fails"
         : wants_ == Wants::kReadiness       ? "poll_fails"
         : error == Error::kUnknown          ? "unknown_error"
         : done_ > 0                         ? "fails_in_the_middle"
                                             : "fails_at_once");
    End(OutcomeKind::kError, error, native);
  }
}

void ProgressModel::Transferred(uint64_t bytes) {
  uint64_t asked = 0;
  for (const Piece& piece : NextMemory()) asked += piece.size;
  if (bytes > asked) {
    Note("more_bytes_than_asked_for");
    End(OutcomeKind::kError, Error::kBadCompletion);
    return;
  }
  if (bytes == 0) {
    Note(Gathers(kind_) ? "end_of_stream" : "write_of_no_bytes");
    Gathers(kind_) ? End(OutcomeKind::kEndOfStream)
                   : End(OutcomeKind::kError, Error::kNoProgress);
    return;
  }
  done_ += bytes;
  retries_ = 0;
  NoteIf(done_ == total_ && stopped_ && durable_ != Durable::kPlain,
         "complete_in_spite_of_the_stop");
  NoteIf(done_ < total_ && durable_ == Durable::kFlagged,
         "durable_flag_and_a_short_write");
  NoteIf(done_ < total_ && some_is_enough_, "some_bytes_are_enough");
  NoteIf(done_ < total_ && !some_is_enough_ && !stopped_, "short_and_goes_on");
  if (done_ == total_) {
    durable_ == Durable::kPlain ? GoOn(Wants::kSync) : End(OutcomeKind::kOk);
    return;
  }
  if (durable_ == Durable::kFlagged) durable_ = Durable::kPlain;
  some_is_enough_ ? End(OutcomeKind::kOk) : GoOn(Wants::kOwn);
}

void ProgressModel::Complete(int64_t result, int32_t native_error) {
  Error error = Error::kUnknown;
  if (result < 0 && result > -INT64_MAX) error = ErrorFromValue(-result);
  if (kind_ == RequestKind::kClose &&
      !(result < 0 && error == Error::kCancelled)) {
    Note(result < 0 ? "close_fails_and_is_gone" : "closed");
    handle_gone_ = true;
    result < 0 ? End(OutcomeKind::kError, error, native_error)
               : End(OutcomeKind::kOk);
    return;
  }
  if (result < 0) {
    Failed(error, native_error);
    return;
  }
  if (wants_ == Wants::kReadiness) {
    GoOn(Wants::kOwn);
  } else if (wants_ == Wants::kSync) {
    End(OutcomeKind::kOk);
  } else if (Moves(kind_)) {
    Transferred(static_cast<uint64_t>(result));
  } else {
    if (kind_ == RequestKind::kPoll) done_ = static_cast<uint64_t>(result);
    NoteIf(kind_ == RequestKind::kPoll, "poll_is_ready");
    NoteIf(stopped_, "success_in_spite_of_the_stop");
    made_handle_ = kind_ == RequestKind::kAccept || kind_ == RequestKind::kOpen;
    End(OutcomeKind::kOk);
  }
}

}  // namespace wharf::fuzz
