#include "tools/cp/file_copy.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/cp/errors.h"

namespace wharf::cp {
namespace {

// Temporary names that may be taken before this gives up.
constexpr int kNameAttempts = 100;

uint64_t RoundUp(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

std::string ShowRange(Range range) {
  return absl::StrCat("bytes ", range.offset, " to ",
                      range.offset + range.length - 1);
}

}  // namespace

FileCopy::FileCopy(Engine* engine, BlockPool* pool, const CopyOptions* options,
                   uint32_t umask, Listener* listener)
    : engine_(engine),
      pool_(pool),
      options_(options),
      umask_(umask),
      listener_(listener) {}

void FileCopy::Start(FileTask task) {
  task_ = std::move(task);
  phase_ = Phase::kCopying;
  written_end_ = 0;
  reported_ = 0;
  close_error_ = 0;
  source_hash_ = ContentHash();
  target_hash_ = ContentHash();
  failure_ = Open();
  if (!failure_.ok() || ranges_.done()) NextPhase();
}

absl::Status FileCopy::Open() {
  absl::StatusOr<OpenFile> source =
      OpenForReading(task_.source, options_->direct);
  if (!source.ok()) return source.status();
  source_ = AdoptFile(source->native);
  source_alignment_ = source->alignment;
  absl::StatusOr<FileFacts> facts = StatOpen(source->native, task_.source);
  if (!facts.ok()) return facts.status();
  facts_ = *facts;
  if (facts_.kind != FileKind::kRegular) {
    return PathError(absl::StatusCode::kInvalidArgument, task_.source,
                     absl::StrCat("has become ", facts_.kind_name),
                     "run the same command again");
  }
  absl::Status status = CheckDestination(facts_);
  if (status.ok()) status = CreateTemporary();
  if (!status.ok()) return status;
  if (options_->direct && !(direct_source() && direct_target())) {
    listener_->OnNoDirect(direct_source() ? task_.destination : task_.source);
  }
  return PlanRanges();
}

absl::Status FileCopy::CheckDestination(const FileFacts& source) const {
  if (task_.fresh) return absl::OkStatus();
  const absl::StatusOr<FileFacts> there = Stat(task_.destination);
  // Nothing there, or a link that leads nowhere: it will be replaced.
  if (!there.ok()) return absl::OkStatus();
  if (there->identity == source.identity) {
    return PathError(
        absl::StatusCode::kInvalidArgument, task_.destination,
        absl::StrCat("is the same file as ", ShowPath(task_.source)),
        "choose another destination");
  }
  if (there->kind != FileKind::kRegular) {
    return PathError(
        absl::StatusCode::kInvalidArgument, task_.destination,
        absl::StrCat("is ", there->kind_name, " and cannot become a file"),
        "move it away, or choose another destination");
  }
  return absl::OkStatus();
}

absl::Status FileCopy::CreateTemporary() {
  for (int attempt = 0;; ++attempt) {
    temporary_ = TemporaryName(task_.destination);
    absl::StatusOr<OpenFile> target = CreateNew(
        temporary_, task_.destination, facts_.mode & 0777, options_->direct);
    if (target.ok()) {
      temporary_exists_ = true;
      target_alignment_ = target->alignment;
      target_ = Handle::Adopt(
          target->native,
          [](NativeHandle file, void* error) {
            const int code = CloseFile(file);
            if (code != 0) *static_cast<int*>(error) = code;
          },
          &close_error_);
      return absl::OkStatus();
    }
    if (!absl::IsAlreadyExists(target.status()) || attempt == kNameAttempts) {
      return target.status();
    }
  }
}

absl::Status FileCopy::PlanRanges() {
  const uint64_t alignment =
      std::max({source_alignment_, target_alignment_, ContentHash::kUnit});
  if (alignment > BlockPool::kAlignment) {
    return PathError(
        absl::StatusCode::kUnimplemented, task_.source,
        absl::StrCat("direct I/O needs blocks at multiples of ", alignment),
        "leave out --direct");
  }
  if (facts_.size == 0 && HasContent(source_.native())) {
    return PathError(absl::StatusCode::kUnimplemented, task_.source,
                     "has bytes though its size is 0, as files in /proc do",
                     "use `cat`");
  }
  // As much space as bytes: no hole, and no need to ask.
  const bool sparse = facts_.allocated < facts_.size;
  ranges_ = DataRanges(source_.native(), task_.source, facts_.size, sparse,
                       options_->block_size, alignment);
  return ranges_.status();
}

Time FileCopy::Deadline() {
  if (!options_->deadline.has_value()) return kNever;
  return SaturatingAdd(engine_->Now(), *options_->deadline);
}

uint32_t FileCopy::TakeSlot(Range range) {
  uint32_t slot;
  if (free_slots_.empty()) {
    slot = static_cast<uint32_t>(blocks_.size());
    blocks_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  blocks_[slot] = Block{.request = {}, .range = range, .busy = true};
  return slot;
}

void FileCopy::IssueBlock() {
  const uint32_t slot = TakeSlot(ranges_.next());
  ranges_.Advance();
  ++in_flight_;
  Read(slot, pool_->Take());
  if (!ranges_.status().ok()) Fail(ranges_.status());
}

void FileCopy::Read(uint32_t slot, Buffer buffer) {
  Block& block = blocks_[slot];
  const bool verifying = phase_ == Phase::kVerifying;
  const uint64_t alignment = verifying ? target_alignment_ : source_alignment_;
  const uint64_t missing = block.range.length - block.filled;
  const uint64_t length = RoundUp(missing, alignment);
  TransferOptions options{
      .offset = block.range.offset + block.filled,
      // Direct I/O past the end of the file gives what there is, and must not
      // be continued from there: that place is not aligned.
      .extent = length == missing ? Extent::kAll : Extent::kSome,
      .buffer_offset = block.filled,
      .length = length};
  const absl::StatusOr<RequestId> id = engine_->Submit(
      Request::Read(verifying ? target_ : source_, std::move(buffer), options)
          .WithDeadline(Deadline()),
      [this, slot](Result&& result) { OnRead(slot, std::move(result)); });
  if (!id.ok()) {
    blocks_[slot].busy = false;
    Fail(PathError(absl::StatusCode::kInternal, task_.source,
                   id.status().message(), ""));
    EndRequest();
    return;
  }
  block.request = *id;
}

absl::Status FileCopy::ReadFailure(const Block& block,
                                   const Outcome& outcome) const {
  const bool verifying = phase_ == Phase::kVerifying;
  if (outcome.kind != OutcomeKind::kEndOfStream) {
    return RequestError(
        outcome, verifying ? task_.destination : task_.source,
        absl::StrCat(verifying ? "cannot read back " : "cannot read ",
                     ShowRange(block.range)));
  }
  if (verifying) {
    return PathError(absl::StatusCode::kDataLoss, task_.destination,
                     "the copy is shorter than what was written",
                     "do not trust this disk; `dmesg` may say more");
  }
  return PathError(absl::StatusCode::kAborted, task_.source,
                   absl::StrCat("shrank from ", facts_.size, " to ",
                                block.range.offset + block.filled,
                                " bytes while it was copied"),
                   "copy it when nobody writes to it");
}

void FileCopy::OnRead(uint32_t slot, Result&& result) {
  Block& block = blocks_[slot];
  const Outcome& outcome = result.outcome;
  block.filled = std::min(block.range.length, block.filled + outcome.bytes);
  if (failure_.ok() && block.filled < block.range.length) {
    const uint64_t alignment =
        phase_ == Phase::kVerifying ? target_alignment_ : source_alignment_;
    if (outcome.ok() && outcome.bytes > 0 && block.filled % alignment == 0) {
      Read(slot, std::move(result.buffer));
      return;
    }
    Outcome why = outcome;
    if (outcome.ok()) why.kind = OutcomeKind::kEndOfStream;
    Fail(ReadFailure(block, why));
  }
  if (!failure_.ok()) {
    block.busy = false;
    free_slots_.push_back(slot);
    result.buffer.Reset();
    EndRequest();
    return;
  }
  if (options_->verify) {
    ContentHash& hash =
        phase_ == Phase::kVerifying ? target_hash_ : source_hash_;
    hash.Add(block.range.offset,
             result.buffer.bytes().first(block.range.length));
  }
  if (phase_ == Phase::kCopying) {
    Write(slot, std::move(result.buffer));
    return;
  }
  listener_->OnBytes(block.range.length);
  reported_ += block.range.length;
  block.busy = false;
  free_slots_.push_back(slot);
  result.buffer.Reset();
  EndRequest();
}

void FileCopy::Write(uint32_t slot, Buffer buffer) {
  Block& block = blocks_[slot];
  const uint64_t length = RoundUp(block.range.length, target_alignment_);
  // Direct I/O writes whole sectors; the file is cut to its size afterwards.
  std::memset(buffer.data() + block.range.length, 0,
              length - block.range.length);
  written_end_ = std::max(written_end_, block.range.offset + length);
  const absl::StatusOr<RequestId> id = engine_->Submit(
      Request::Write(target_, std::move(buffer),
                     {.offset = block.range.offset, .length = length})
          .WithDeadline(Deadline()),
      [this, slot](Result&& result) {
        result.buffer.Reset();
        OnWritten(slot, result.outcome);
      });
  if (!id.ok()) {
    block.busy = false;
    Fail(PathError(absl::StatusCode::kInternal, task_.destination,
                   id.status().message(), ""));
    EndRequest();
    return;
  }
  block.request = *id;
}

void FileCopy::OnWritten(uint32_t slot, const Outcome& outcome) {
  Block& block = blocks_[slot];
  if (failure_.ok()) {
    if (outcome.ok()) {
      listener_->OnBytes(block.range.length);
      reported_ += block.range.length;
    } else {
      Fail(RequestError(outcome, task_.destination,
                        absl::StrCat("cannot write ", ShowRange(block.range))));
    }
  }
  block.busy = false;
  free_slots_.push_back(slot);
  EndRequest();
}

void FileCopy::EndRequest() {
  --in_flight_;
  if (in_flight_ == 0 && (ranges_.done() || !failure_.ok())) NextPhase();
}

void FileCopy::NextPhase() {
  if (phase_ == Phase::kCopying && failure_.ok()) {
    failure_ = CompleteTarget();
    if (failure_.ok() && options_->sync) {
      phase_ = Phase::kSyncing;
      ++in_flight_;
      const absl::StatusOr<RequestId> id = engine_->Submit(
          Request::Sync(target_).WithDeadline(Deadline()),
          [this](Result&& result) { OnSynced(result.outcome); });
      if (id.ok()) {
        sync_request_ = *id;
        return;
      }
      --in_flight_;
      failure_ = PathError(absl::StatusCode::kInternal, task_.destination,
                           id.status().message(), "");
    }
  }
  if (phase_ != Phase::kVerifying && failure_.ok() && options_->verify) {
    StartVerifying();
    failure_ = ranges_.status();
    if (failure_.ok() && !ranges_.done()) return;
  }
  Finish();
}

void FileCopy::OnSynced(const Outcome& outcome) {
  --in_flight_;
  if (failure_.ok() && !outcome.ok()) {
    failure_ =
        RequestError(outcome, task_.destination, "cannot make it durable");
  }
  NextPhase();
}

absl::Status FileCopy::CompleteTarget() {
  absl::Status status = CheckSourceUnchanged();
  if (!status.ok()) return status;
  const NativeHandle file = target_.native();
  if (written_end_ != facts_.size) {
    status = SetSize(file, facts_.size, task_.destination);
  }
  if (status.ok() && (facts_.mode & 0777 & umask_) != 0) {
    status = SetMode(file, facts_.mode & 0777, task_.destination);
  }
  if (status.ok()) {
    status = SetModified(file, facts_.modified, task_.destination);
  }
  if (status.ok() && facts_.size > reported_) {
    listener_->OnBytes(facts_.size - reported_);
  }
  reported_ = 0;
  return status;
}

absl::Status FileCopy::CheckSourceUnchanged() const {
  const absl::StatusOr<FileFacts> now =
      StatOpen(source_.native(), task_.source);
  if (!now.ok()) return now.status();
  if (now->size == facts_.size) return absl::OkStatus();
  return PathError(absl::StatusCode::kAborted, task_.source,
                   absl::StrCat(now->size > facts_.size ? "grew" : "shrank",
                                " from ", facts_.size, " to ", now->size,
                                " bytes while it was copied"),
                   "copy it when nobody writes to it");
}

void FileCopy::StartVerifying() {
  phase_ = Phase::kVerifying;
  const NativeHandle file = target_.native();
  // After a sync all pages are clean: the device is asked, not the cache.
  if (options_->sync) DropCached(file);
  ranges_ = DataRanges(
      file, task_.destination, facts_.size, /*sparse=*/true,
      options_->block_size,
      std::max({source_alignment_, target_alignment_, ContentHash::kUnit}));
}

absl::Status FileCopy::Publish() {
  if (options_->verify) {
    if (facts_.size > reported_) {
      listener_->OnBytes(facts_.size - reported_);
    }
    if (source_hash_ != target_hash_) {
      return PathError(absl::StatusCode::kDataLoss, task_.destination,
                       "what was read back is not what was copied",
                       "do not trust this disk or this machine's memory");
    }
  }
  target_.Reset();
  if (close_error_ != 0) {
    return SystemError(close_error_, task_.destination, "cannot close it");
  }
  absl::Status status = Rename(temporary_, task_.destination);
  if (status.ok()) temporary_exists_ = false;
  return status;
}

void FileCopy::Abort(const absl::Status& reason) {
  if (phase_ == Phase::kIdle) return;
  Fail(reason);
  if (in_flight_ == 0) Finish();
}

void FileCopy::Fail(const absl::Status& status) {
  if (!failure_.ok()) return;
  failure_ = status;
  CancelAll();
}

void FileCopy::CancelAll() {
  for (const Block& block : blocks_) {
    if (block.busy) engine_->Cancel(block.request);
  }
  engine_->Cancel(sync_request_);
}

void FileCopy::Finish() {
  if (failure_.ok()) failure_ = Publish();
  ranges_ = DataRanges();
  blocks_.clear();
  free_slots_.clear();
  sync_request_ = RequestId();
  source_.Reset();
  target_.Reset();
  if (std::exchange(temporary_exists_, false)) {
    const absl::Status removed = Remove(temporary_);
    if (!removed.ok()) listener_->OnLeftover(removed);
  }
  phase_ = Phase::kIdle;
  listener_->OnFileEnd(this, failure_);
}

}  // namespace wharf::cp
