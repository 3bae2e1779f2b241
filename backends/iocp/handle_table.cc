#include "backends/iocp/handle_table.h"

namespace wharf::iocp {

DWORD HandleTable::Associate(HANDLE handle, HandleFacts* facts) {
  const DWORD code = calls_.Associate(port_, handle, kHandleKey);
  if (code == 0) {
    *facts = known_[handle] = Examine(handle);
    return 0;
  }
  if (code != ERROR_INVALID_PARAMETER) return code;
  const auto found = known_.find(handle);
  if (found == known_.end()) return code;
  *facts = found->second;
  return 0;
}

void HandleTable::AddDuplicate(HANDLE handle, HANDLE duplicate) {
  const auto found = known_.find(handle);
  if (found == known_.end()) return;
  const HandleFacts facts = found->second;
  known_[duplicate] = facts;
}

HandleFacts HandleTable::Examine(HANDLE handle) {
  HandleFacts facts{.kind = calls_.KindOf(handle)};
  if (!skip_on_success_) return facts;
  const bool may_skip =
      facts.kind == IocpHandleKind::kDisk ||
      (facts.kind == IocpHandleKind::kSocket &&
       calls_.SocketMaySkip(reinterpret_cast<SOCKET>(handle)));
  facts.skips = may_skip && calls_.SetNotificationModes(
                                handle, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS |
                                            FILE_SKIP_SET_EVENT_ON_HANDLE) == 0;
  return facts;
}

}  // namespace wharf::iocp
