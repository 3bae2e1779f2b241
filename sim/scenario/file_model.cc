#include "sim/scenario/file_model.h"

#include <algorithm>

namespace wharf::sim {
namespace {

// Values 1 to 255; 0 is what was never written.
constexpr uint32_t kValues = 255;

uint32_t PositionPart(uint64_t offset) {
  return static_cast<uint32_t>(offset * 31 % kValues);
}

}  // namespace

uint32_t FileModel::BeginWrite(uint64_t offset, uint64_t length, bool zeros) {
  writes_.push_back(
      {.offset = offset, .length = length, .begin = ++now_, .zeros = zeros});
  return static_cast<uint32_t>(writes_.size() - 1);
}

void FileModel::Fill(std::span<std::byte> bytes, uint64_t offset,
                     uint32_t write) {
  uint32_t value = (PositionPart(offset) + write) % kValues;
  for (std::byte& byte : bytes) {
    byte = std::byte(1 + value);
    value += 31;
    if (value >= kValues) value -= kValues;
  }
}

void FileModel::EndWrite(uint32_t write, uint64_t certain, bool durable) {
  Write& ended = writes_[write];
  ended.certain = certain;
  ended.end = ++now_;
  if (durable && !ended.lost && !syncs_unknown_) MakeDurable(ended);
}

void FileModel::EndSync(Moment begin, bool ok) {
  ++now_;
  if (syncs_unknown_) return;
  for (Write& write : writes_) {
    if (write.durable) continue;
    if (!ok) {
      write.lost = true;
    } else if (write.end < begin && !write.lost) {
      MakeDurable(write);
    }
  }
}

void FileModel::MakeDurable(Write& write) {
  if (write.certain == 0) return;
  write.durable = true;
  any_durable_ = true;
}

// Whether bytes from `offset` on may have a value whose change ended at `end`:
// not if a change that is certain began after that.
template <class Certain>
FileModel::Verdict FileModel::Judge(uint64_t offset, uint64_t limit, Moment end,
                                    const Certain& certain) const {
  Verdict verdict{.admissible = true, .until = limit};
  for (const Write& write : writes_) {
    if (write.begin <= end || !certain(write)) continue;
    const uint64_t last = write.offset + write.certain;
    if (last <= offset || write.offset >= verdict.until) continue;
    if (write.offset <= offset) return {.admissible = false, .until = last};
    verdict.until = write.offset;
  }
  return verdict;
}

template <class Certain>
std::string FileModel::Check(uint64_t offset, std::span<const std::byte> bytes,
                             const Certain& certain) const {
  const uint64_t limit = offset + bytes.size();
  uint64_t at = offset;
  while (at < limit) {
    // As many bytes as look like one change's.
    const auto value = std::to_integer<uint32_t>(bytes[at - offset]);
    uint64_t same = at + 1;
    uint32_t number = 0;
    if (value == 0) {
      while (same < limit && bytes[same - offset] == std::byte{0}) ++same;
    } else {
      number = (value - 1 + kValues - PositionPart(at)) % kValues;
      uint32_t next = value - 1;
      while (same < limit) {
        next += 31;
        if (next >= kValues) next -= kValues;
        if (bytes[same - offset] != std::byte(1 + next)) break;
        ++same;
      }
    }
    // All changes that these bytes may be from; 0 may be none's.
    uint64_t known = at;
    if (value == 0) {
      const Verdict verdict = Judge(at, same, 0, certain);
      if (verdict.admissible) known = verdict.until;
    }
    for (std::size_t i = value == 0 ? 0 : number;
         known == at && i < writes_.size(); i += value == 0 ? 1 : kValues) {
      const Write& write = writes_[i];
      if (write.zeros != (value == 0) || at < write.offset ||
          at >= write.offset + write.length) {
        continue;
      }
      const Verdict verdict = Judge(
          at, std::min(same, write.offset + write.length), write.end, certain);
      if (verdict.admissible) known = verdict.until;
    }
    if (known == at) {
      return "byte " + std::to_string(at) + " has the value " +
             std::to_string(value) +
             ", which no change may have left there (value of write " +
             (value == 0 ? "none" : std::to_string(number)) + ")";
    }
    at = known;
  }
  return "";
}

std::string FileModel::CheckRead(Moment begin, uint64_t offset,
                                 std::span<const std::byte> bytes,
                                 bool at_end) const {
  const auto certain = [begin](const Write& write) {
    return write.end < begin && write.certain > 0;
  };
  std::string problem = Check(offset, bytes, certain);
  if (!problem.empty() || !at_end) return problem;
  const uint64_t end = offset + bytes.size();
  for (const Write& write : writes_) {
    if (!write.zeros && certain(write) && write.offset + write.certain > end) {
      return "the file ended at " + std::to_string(end) +
             " although it was written to " +
             std::to_string(write.offset + write.certain);
    }
  }
  return "";
}

std::string FileModel::CheckAfterCrash(std::span<const std::byte> bytes) const {
  for (const Write& write : writes_) {
    if (write.durable && !write.zeros &&
        write.offset + write.certain > bytes.size()) {
      return "the file ends at " + std::to_string(bytes.size()) +
             " although it was durable to " +
             std::to_string(write.offset + write.certain);
    }
  }
  return Check(0, bytes, [](const Write& write) { return write.durable; });
}

}  // namespace wharf::sim
