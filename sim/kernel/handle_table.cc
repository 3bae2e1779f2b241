#include "sim/kernel/handle_table.h"

#include <algorithm>

namespace wharf::sim {

NativeHandle HandleTable::Open(const OpenObject& object) {
  uint32_t index = static_cast<uint32_t>(objects_.size());
  if (free_.empty()) {
    objects_.push_back(object);
  } else {
    index = free_.back();
    free_.pop_back();
    objects_[index] = object;
  }
  const auto number = std::find(numbers_.begin(), numbers_.end(), kNoIndex);
  const auto position = static_cast<uint64_t>(number - numbers_.begin());
  if (number == numbers_.end()) {
    numbers_.push_back(index);
  } else {
    *number = index;
  }
  ++open_;
  return static_cast<NativeHandle>(base_ + position);
}

uint32_t HandleTable::Close(NativeHandle handle) {
  const uint32_t object = Find(handle);
  if (object == kNoIndex) return kNoIndex;
  numbers_[static_cast<uint64_t>(handle) - base_] = kNoIndex;
  objects_[object].open = false;
  --open_;
  return object;
}

void HandleTable::Release(uint32_t object) { free_.push_back(object); }

void HandleTable::Crash() {
  base_ = (base_ / kBoot + 1) * kBoot + kFirst;
  open_ = 0;
  numbers_.clear();
  objects_.clear();
  free_.clear();
}

std::vector<NativeHandle> HandleTable::OpenHandles() const {
  std::vector<NativeHandle> handles;
  for (uint64_t i = 0; i < numbers_.size(); ++i) {
    if (numbers_[i] != kNoIndex) {
      handles.push_back(static_cast<NativeHandle>(base_ + i));
    }
  }
  return handles;
}

}  // namespace wharf::sim
