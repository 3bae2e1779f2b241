#include "sim/kernel/file_system.h"

#include <algorithm>

namespace wharf::sim {

uint32_t FileSystem::Find(std::string_view name) const {
  const auto entry = names_.find(name);
  return entry == names_.end() ? kNoIndex : entry->second;
}

uint32_t FileSystem::FindOrCreate(std::string_view name) {
  const uint32_t known = Find(name);
  if (known != kNoIndex) return known;
  files_.push_back(std::make_unique<File>(sector_));
  const auto file = static_cast<uint32_t>(files_.size() - 1);
  names_.emplace(name, file);
  return file;
}

bool FileSystem::Remove(std::string_view name) {
  const auto entry = names_.find(name);
  if (entry == names_.end()) return false;
  names_.erase(entry);
  return true;
}

uint64_t FileSystem::RoomFor(uint32_t file, uint64_t offset,
                             uint64_t wanted) const {
  const uint64_t size = files_[file]->image.size();
  if (offset + wanted <= size) return wanted;
  uint64_t used = 0;
  for (const auto& entry : files_) used += entry->image.size();
  const uint64_t free = capacity_ > used ? capacity_ - used : 0;
  // What lies between the end and `offset` takes room as well.
  const uint64_t limit =
      size + std::min(free, std::numeric_limits<uint64_t>::max() - size);
  return offset >= limit ? 0 : std::min(wanted, limit - offset);
}

void FileSystem::Crash(Choices& choices) {
  for (auto entry = names_.begin(); entry != names_.end();) {
    const File& file = *files_[entry->second];
    if (!file.name_durable && choices.Happens("crash.name")) {
      entry = names_.erase(entry);
    } else {
      ++entry;
    }
  }
  for (const auto& [name, index] : names_) {
    files_[index]->image.Crash(choices);
    files_[index]->name_durable = true;
  }
}

}  // namespace wharf::sim
