#include "engine/request.h"

#include <cstring>

namespace wharf {

Request Request::Open(std::string_view path, uint32_t flags,
                      uint32_t permissions) {
  Request request(RequestKind::kOpen);
  request.buffer = Buffer::Allocate(path.size() + 1);
  std::memcpy(request.buffer.data(), path.data(), path.size());
  request.buffer.data()[path.size()] = std::byte{0};
  request.mode = flags;
  request.offset = permissions;
  return request;
}

std::string_view RequestKindName(RequestKind kind) {
  switch (kind) {
    case RequestKind::kNop:
      return "Nop";
    case RequestKind::kSleep:
      return "Sleep";
    case RequestKind::kPoll:
      return "Poll";
    case RequestKind::kSync:
      return "Sync";
    case RequestKind::kAllocate:
      return "Allocate";
    case RequestKind::kOpen:
      return "Open";
    case RequestKind::kClose:
      return "Close";
    case RequestKind::kShutdown:
      return "Shutdown";
    case RequestKind::kAccept:
      return "Accept";
    case RequestKind::kConnect:
      return "Connect";
    case RequestKind::kRead:
      return "Read";
    case RequestKind::kWrite:
      return "Write";
    case RequestKind::kDurableWrite:
      return "DurableWrite";
    case RequestKind::kReceive:
      return "Receive";
    case RequestKind::kSend:
      return "Send";
  }
  return "Unknown";
}

}  // namespace wharf
