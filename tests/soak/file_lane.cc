#include "tests/soak/file_lane.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "backends/posix/fd.h"
#include "tests/soak/content.h"

namespace wharf::soak {

FileLane::FileLane(Traffic& traffic, const std::string& folder, bool direct)
    : traffic_(traffic),
      direct_(direct),
      path_(folder + (direct ? "/direct" : "/file")),
      blocks_(kSlots * (kBlocksOfSlot + 1)) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC;
  int fd = open(path_.c_str(), kFlags | (direct_ ? O_DIRECT : 0), 0600);
  if (fd < 0 && direct_) {
    direct_ = false;
    fd = open(path_.c_str(), kFlags, 0600);
  }
  file_ = AdoptFd(fd);
  // All zeros: salt 0.
  if (fd < 0 ||
      ftruncate(fd, static_cast<off_t>(blocks_.size() * kBlockBytes)) != 0) {
    traffic_.Complain(this, "cannot make " + path_);
  }
}

FileLane::~FileLane() { unlink(path_.c_str()); }

void FileLane::Step() {
  if (traffic_.stopping()) return;
  for (int slot = 0; slot < kSlots; ++slot) {
    if (slots_[slot].doing == Doing::kNothing) Start(slot);
  }
}

void FileLane::Start(int number) {
  Slot& slot = slots_[number];
  sim::Random& random = traffic_.random();
  const PortCapabilities& have = traffic_.engine().capabilities();
  const uint64_t first = static_cast<uint64_t>(number) * (kBlocksOfSlot + 1);
  const uint32_t pick = random.Below(100);
  slot.block = first + random.Below(kBlocksOfSlot);
  slot.salt = random.Next() | 1;
  const bool certain = blocks_[slot.block].certain;
  Request request;
  uint32_t fates = kMayBeStopped;
  if (!certain) {
    slot.doing = Doing::kWriting;
    request = MakeWrite(slot.block * kBlockBytes, slot.salt);
    fates = kRuns;
  } else if (pick < 45) {
    slot.doing = Doing::kReading;
    request = MakeRead(slot.block * kBlockBytes);
    fates |= kMayBeDropped;
  } else if (pick < 85) {
    slot.doing = Doing::kWriting;
    request = MakeWrite(slot.block * kBlockBytes, slot.salt);
  } else if (pick < 89 && have.Has(Opcode::kAllocate) &&
             have.HasFeatures(kFeaturePunchHole)) {
    slot.doing = Doing::kZeroing;
    slot.salt = 0;
    request = Request::Allocate(file_, AllocateMode::kPunchHole,
                                slot.block * kBlockBytes, kBlockBytes);
  } else if (pick < 95) {
    // Never looked at: a dropped write runs on, nobody knows until when.
    slot.doing = Doing::kOther;
    request = MakeWrite((first + kBlocksOfSlot) * kBlockBytes, slot.salt);
    fates |= kMayBeDropped;
  } else {
    slot.doing = Doing::kOther;
    request = MakeOther();
    fates |= kMayBeDropped;
  }
  if (!traffic_.Submit(this, number, std::move(request), fates)) {
    slot.doing = Doing::kNothing;
  }
}

Request FileLane::MakeRead(uint64_t offset) {
  const TransferOptions options = {.offset = offset};
  if (traffic_.random().Below(4) != 0 ||
      !traffic_.engine().capabilities().Has(Opcode::kReadVectored)) {
    return Request::Read(file_, traffic_.Take(kBlockBytes), options);
  }
  std::vector<Buffer> pieces;
  pieces.push_back(traffic_.Take(kBlockBytes / 2));
  pieces.push_back(traffic_.Take(kBlockBytes / 2));
  return Request::Read(file_, std::move(pieces), options);
}

Request FileLane::MakeWrite(uint64_t offset, uint64_t salt) {
  const PortCapabilities& have = traffic_.engine().capabilities();
  const TransferOptions options = {.offset = offset};
  const bool durable =
      traffic_.random().Below(10) == 0 && have.Has(Opcode::kSync);
  if (traffic_.random().Below(4) != 0 || !have.Has(Opcode::kWriteVectored)) {
    Buffer buffer = traffic_.Take(kBlockBytes);
    Fill(buffer.bytes(), salt, 0);
    return durable ? Request::DurableWrite(file_, std::move(buffer), options)
                   : Request::Write(file_, std::move(buffer), options);
  }
  std::vector<Buffer> pieces;
  for (uint64_t done = 0; done < kBlockBytes; done += kBlockBytes / 2) {
    pieces.push_back(traffic_.Take(kBlockBytes / 2));
    Fill(pieces.back().bytes(), salt, done);
  }
  return durable ? Request::DurableWrite(file_, std::move(pieces), options)
                 : Request::Write(file_, std::move(pieces), options);
}

Request FileLane::MakeOther() {
  const PortCapabilities& have = traffic_.engine().capabilities();
  if (have.Has(Opcode::kAllocate) && traffic_.random().Below(2) == 0) {
    return Request::Allocate(file_, AllocateMode::kAllocateKeepSize, 0,
                             kBlockBytes);
  }
  if (have.Has(Opcode::kSync)) {
    return Request::Sync(file_, traffic_.random().Below(2) == 0
                                    ? SyncLevel::kFull
                                    : SyncLevel::kData);
  }
  return MakeRead(0);
}

void FileLane::OnEnd(int number, Result&& result) {
  Slot& slot = slots_[number];
  if (result.outcome.kind == OutcomeKind::kError ||
      result.outcome.kind == OutcomeKind::kEndOfStream) {
    traffic_.Complain(this, ToString(result.outcome));
  }
  switch (slot.doing) {
    case Doing::kReading:
      OnRead(slot, result);
      break;
    case Doing::kWriting:
    case Doing::kZeroing:
      OnWritten(slot, result.outcome);
      break;
    default:
      break;
  }
  slot.doing = Doing::kNothing;
}

void FileLane::OnRead(Slot& slot, const Result& result) {
  const uint64_t salt = blocks_[slot.block].salt;
  uint64_t done = 0;
  const auto check = [&](const Buffer& buffer) {
    const uint64_t part =
        std::min<uint64_t>(buffer.size(), result.outcome.bytes - done);
    if (!Matches(buffer.bytes().first(part), salt, done)) {
      traffic_.Complain(this, absl::StrCat("block ", slot.block,
                                           " has other bytes than were "
                                           "written: ",
                                           ToString(result.outcome)));
    }
    done += part;
  };
  if (result.buffers.empty()) {
    check(result.buffer);
  } else {
    for (const Buffer& buffer : result.buffers) check(buffer);
  }
  if (result.outcome.ok() && done != kBlockBytes) {
    traffic_.Complain(this, absl::StrCat("read ", done, " bytes of a block"));
  }
}

void FileLane::OnWritten(Slot& slot, const Outcome& outcome) {
  Block& block = blocks_[slot.block];
  const bool whole = outcome.ok();
  if (whole && slot.doing == Doing::kWriting && outcome.bytes != kBlockBytes) {
    traffic_.Complain(this, "wrote a part, and says that all is well");
  }
  block.certain = whole;
  if (whole) block.salt = slot.salt;
}

void FileLane::OnDropped(int number) { slots_[number].doing = Doing::kNothing; }

}  // namespace wharf::soak
