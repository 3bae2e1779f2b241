#include "engine/request.h"

namespace wharf {

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
