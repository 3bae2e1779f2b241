#include "tools/cp/faulty_port.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace wharf::cp {
namespace {

std::string PathOf(NativeHandle handle) {
  char path[PATH_MAX];
  const ssize_t length = ::readlink(
      absl::StrCat("/proc/self/fd/", handle).c_str(), path, sizeof(path));
  return std::string(path,
                     static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
}

bool IsReadable(NativeHandle handle) {
  pollfd entry{.fd = static_cast<int>(handle), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) == 1;
}

Completion Answer(const Operation& operation, int64_t result) {
  Completion completion{.id = operation.id, .result = result};
  if (result < 0) completion.native_error = static_cast<int32_t>(-result);
  return completion;
}

int64_t Negated(Error error) { return -static_cast<int64_t>(error); }

}  // namespace

FaultyPort::FaultyPort(FaultyKernel* kernel) : kernel_(kernel) {
  capabilities_.name = "faulty";
  for (const Opcode opcode :
       {Opcode::kRead, Opcode::kWrite, Opcode::kSync, Opcode::kPoll}) {
    capabilities_.Add(opcode);
  }
  capabilities_.features = kFeatureCancel | kFeatureDataSync;
  capabilities_.max_in_flight = 4096;
}

std::size_t FaultyPort::Submit(std::span<const Operation> operations) {
  staged_.insert(staged_.end(), operations.begin(), operations.end());
  const auto transfers =
      std::count_if(staged_.begin(), staged_.end(), [](const Operation& o) {
        return o.opcode == Opcode::kRead || o.opcode == Opcode::kWrite;
      });
  kernel_->most_in_flight =
      std::max(kernel_->most_in_flight, static_cast<std::size_t>(transfers));
  return operations.size();
}

void FaultyPort::Cancel(OperationId id) {
  ++kernel_->cancels;
  for (std::vector<Operation>* list : {&staged_, &hanging_}) {
    const auto it =
        std::find_if(list->begin(), list->end(),
                     [id](const Operation& o) { return o.id == id; });
    if (it == list->end()) continue;
    ready_.push_back(Answer(*it, Negated(Error::kCancelled)));
    list->erase(it);
    return;
  }
}

absl::StatusOr<std::size_t> FaultyPort::Reap(std::span<Completion> completions,
                                             Wait wait) {
  if (kernel_->die) return absl::InternalError("the test's kernel died");
  std::vector<Operation> batch = std::exchange(staged_, {});
  if (kernel_->reverse) std::reverse(batch.begin(), batch.end());
  for (const Operation& operation : batch) {
    const std::string path = PathOf(operation.handle);
    const Fault fault = kernel_->decide && operation.opcode != Opcode::kPoll
                            ? kernel_->decide(operation, path)
                            : Fault{};
    kernel_->log.push_back(absl::StrCat(OpcodeName(operation.opcode), " ",
                                        path.substr(path.rfind('/') + 1)));
    if (fault.hang || operation.opcode == Opcode::kPoll) {
      hanging_.push_back(operation);
    } else {
      ready_.push_back(Execute(operation, fault));
    }
  }
  std::erase_if(hanging_, [this](const Operation& operation) {
    if (operation.opcode != Opcode::kPoll || !IsReadable(operation.handle)) {
      return false;
    }
    ready_.push_back(Answer(operation, kPollReadable));
    return true;
  });
  if (ready_.empty()) {
    if (wait.until == kNever) return absl::InternalError("nothing will happen");
    now_ = std::max(now_, wait.until);
    return 0;
  }
  now_ += std::chrono::microseconds(1);
  const std::size_t count = std::min(completions.size(), ready_.size());
  std::copy_n(ready_.begin(), count, completions.begin());
  ready_.erase(ready_.begin(),
               ready_.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

Completion FaultyPort::Execute(const Operation& operation, const Fault& fault) {
  if (fault.error.has_value()) {
    return Answer(operation, Negated(*fault.error));
  }
  const int fd = static_cast<int>(operation.handle);
  const std::size_t length = std::min(operation.length, fault.at_most);
  const auto offset = static_cast<off_t>(operation.offset);
  int64_t result = 0;
  switch (operation.opcode) {
    case Opcode::kRead:
      result = ::pread(fd, operation.data, length, offset);
      break;
    case Opcode::kWrite: {
      std::string bytes(static_cast<const char*>(operation.data), length);
      if (fault.corrupt) bytes[bytes.size() / 2] ^= 1;
      result = ::pwrite(fd, bytes.data(), length, offset);
      break;
    }
    case Opcode::kSync:
      result = ::fsync(fd);
      break;
    default:
      return Answer(operation, Negated(Error::kNotSupported));
  }
  return Answer(operation, result < 0 ? -int64_t{errno} : result);
}

}  // namespace wharf::cp
