#include "examples/write_ahead_log/write_ahead_log.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/await.h"
#include "engine/buffer.h"
#include "xxhash.h"

namespace wharf::examples {
namespace {

constexpr std::size_t kChecksumBytes = sizeof(uint64_t);
constexpr std::size_t kHeaderBytes = kChecksumBytes + sizeof(uint64_t);
constexpr std::size_t kRecordHeaderBytes = sizeof(uint32_t);

template <class T>
T Load(std::span<const std::byte> bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(value));
  return value;
}

template <class T>
void Store(T value, std::span<std::byte> bytes) {
  std::memcpy(bytes.data(), &value, sizeof(value));
}

// The checksum of a frame behind one with checksum `chain`.
uint64_t ChecksumOf(std::span<const std::byte> frame, uint64_t chain) {
  const std::span<const std::byte> covered = frame.subspan(kChecksumBytes);
  return XXH3_64bits_withSeed(covered.data(), covered.size(), chain);
}

// Takes the frame that `bytes` begin with: appends its records, moves the chain
// on, and gives its length; or 0, and nothing done, if there is none.
std::size_t TakeFrame(std::span<const std::byte> bytes, uint64_t* chain,
                      std::vector<std::string>* records) {
  if (bytes.size() < kHeaderBytes) return 0;
  const auto length = Load<uint64_t>(bytes.subspan(kChecksumBytes));
  if (length <= kHeaderBytes || length > bytes.size()) return 0;
  const std::span<const std::byte> frame = bytes.first(length);
  const auto checksum = Load<uint64_t>(frame);
  if (checksum != ChecksumOf(frame, *chain)) return 0;
  std::vector<std::string> found;
  std::span<const std::byte> rest = frame.subspan(kHeaderBytes);
  while (!rest.empty()) {
    if (rest.size() < kRecordHeaderBytes) return 0;
    const auto size = Load<uint32_t>(rest);
    rest = rest.subspan(kRecordHeaderBytes);
    if (size > rest.size()) return 0;
    found.emplace_back(reinterpret_cast<const char*>(rest.data()), size);
    rest = rest.subspan(size);
  }
  std::move(found.begin(), found.end(), std::back_inserter(*records));
  *chain = checksum;
  return length;
}

absl::Status StatusOf(const absl::StatusOr<Result>& result) {
  return result.ok() ? ToStatus(result->outcome) : result.status();
}

}  // namespace

Task<absl::StatusOr<std::vector<std::string>>> WriteAheadLog::Recover(
    Unreadable unreadable) {
  if (state_ != State::kClosed || untrusted_) {
    co_return absl::FailedPreconditionError(
        untrusted_ ? "a sync has failed: what can be read need not be on the "
                     "disk; reboot"
                   : "the log is open, or being recovered");
  }
  state_ = State::kRecovering;
  absl::StatusOr<std::vector<std::string>> records =
      co_await ReadAndSeal(unreadable);
  state_ = records.ok() ? State::kOpen : State::kClosed;
  co_return records;
}

Task<absl::StatusOr<std::vector<std::string>>> WriteAheadLog::ReadAndSeal(
    Unreadable unreadable) {
  if (!end_known_ && durability_ == Durability::kSync) {
    // What is read may still be on its way to the disk, if an earlier process
    // wrote it. Once a sync has failed the kernel takes what it has lost for
    // clean: the next one would succeed and mean nothing.
    const absl::StatusOr<Result> synced =
        co_await Await(engine_, Request::Sync(file_));
    untrusted_ = synced.ok() && !synced->outcome.ok();
    if (!StatusOf(synced).ok()) co_return StatusOf(synced);
  }
  std::vector<std::string> records;
  Buffer buffer = Buffer::Allocate(kMaxFrameBytes);
  uint64_t end = 0;
  uint64_t chain = 0;
  // After a failed append, what lies behind the known end can be read and still
  // not be on the disk.
  while (!end_known_ || end < end_) {
    const uint64_t wanted = end_known_
                                ? std::min<uint64_t>(buffer.size(), end_ - end)
                                : buffer.size();
    absl::StatusOr<Result> read = co_await Await(
        engine_, Request::Read(file_, std::move(buffer),
                               {.offset = end, .length = wanted}));
    if (!read.ok()) co_return read.status();
    if (read->outcome.kind == OutcomeKind::kAbandoned) co_return StatusOf(read);
    buffer = std::move(read->buffer);
    const std::span<const std::byte> bytes =
        buffer.bytes().first(read->outcome.bytes);
    std::size_t used = 0;
    while (const std::size_t length =
               TakeFrame(bytes.subspan(used), &chain, &records)) {
      used += length;
    }
    end += used;
    if (used > 0) continue;
    // No frame, although the largest would have fitted: the end, if that is
    // what can be read there.
    const bool readable =
        read->outcome.ok() || read->outcome.kind == OutcomeKind::kEndOfStream;
    if (end_known_ || (!readable && unreadable == Unreadable::kFailsRecovery)) {
      co_return absl::DataLossError(absl::StrCat(
          "log unreadable at ", end, ": ", ToString(read->outcome)));
    }
    break;
  }
  end_ = end;
  chain_ = chain;
  end_known_ = true;
  // A frame that was not acknowledged must not come back once somebody has been
  // told that it is not there.
  const std::array<std::byte, kHeaderBytes> no_frame = {};
  const absl::Status sealed = co_await WriteDurably(no_frame);
  if (!sealed.ok()) co_return sealed;
  co_return records;
}

absl::Status WriteAheadLog::Append(std::span<const std::byte> record,
                                   Done done) {
  if (state_ != State::kOpen) {
    return absl::FailedPreconditionError("the log is not open; recover it");
  }
  if (record.size() > kMaxRecordBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a record of ", record.size(), " bytes; at most ",
                     kMaxRecordBytes, " fit into a frame"));
  }
  std::vector<std::byte>& frame = next_.frame;
  if (frame.empty()) frame.resize(kHeaderBytes);
  if (frame.size() + kRecordHeaderBytes + record.size() > kMaxFrameBytes) {
    return absl::ResourceExhaustedError("the next write is full");
  }
  const std::size_t at = frame.size();
  frame.resize(at + kRecordHeaderBytes);
  Store(static_cast<uint32_t>(record.size()), std::span(frame).subspan(at));
  frame.insert(frame.end(), record.begin(), record.end());
  next_.waiting.push_back(std::move(done));
  if (!committing_) Commit().StartDetached();
  return absl::OkStatus();
}

// Writes batch after batch, one at a time, until none is left.
Task<> WriteAheadLog::Commit() {
  committing_ = true;
  absl::Status status;
  Batch batch;
  while (status.ok() && !next_.waiting.empty()) {
    batch = std::exchange(next_, {});
    Store(uint64_t{batch.frame.size()},
          std::span(batch.frame).subspan(kChecksumBytes));
    const uint64_t checksum = ChecksumOf(batch.frame, chain_);
    Store(checksum, batch.frame);
    status = co_await WriteDurably(batch.frame);
    if (!status.ok()) break;
    end_ += batch.frame.size();
    chain_ = checksum;
    for (Done& done : batch.waiting) done(status);
  }
  committing_ = false;
  if (status.ok()) co_return;
  // Nobody knows what of the batch is on the disk. Those behind it would come
  // before it if it was tried again, so they fail with it.
  state_ = State::kClosed;
  const Batch behind = std::exchange(next_, {});
  for (const Done& done : batch.waiting) done(status);
  for (const Done& done : behind.waiting) done(status);
}

// Writes at the end, which stays where it is.
Task<absl::Status> WriteAheadLog::WriteDurably(
    std::span<const std::byte> bytes) {
  Buffer buffer = Buffer::Allocate(bytes.size());
  std::copy(bytes.begin(), bytes.end(), buffer.data());
  Request request =
      durability_ == Durability::kSync
          ? Request::DurableWrite(file_, std::move(buffer), {.offset = end_})
          : Request::Write(file_, std::move(buffer), {.offset = end_});
  const absl::StatusOr<Result> written =
      co_await Await(engine_, std::move(request));
  co_return StatusOf(written);
}

}  // namespace wharf::examples
