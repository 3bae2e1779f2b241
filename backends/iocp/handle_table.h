// HandleTable: which handles belong to this port, and of what kind they are.
//
// A handle is associated with a port once, for ever, and Windows does not tell
// with which. A HANDLE's value is used again as soon as it is closed, by
// anyone, so a table alone would sooner or later take a new file for an old
// one, and wait for ever for its packets. Therefore the system is asked at
// every use (CreateIoCompletionPort): success means a new file, whatever the
// table says; ERROR_INVALID_PARAMETER means that it is associated already, and
// then the table knows whether that was this port. If it was not, the packets
// would go elsewhere: that is the caller's mistake, and an error.
//
// Bound: one entry for each HANDLE value that the process ever had open at the
// same time.

#ifndef WHARF_BACKENDS_IOCP_HANDLE_TABLE_H_
#define WHARF_BACKENDS_IOCP_HANDLE_TABLE_H_

#include "absl/container/flat_hash_map.h"
#include "backends/iocp/calls.h"

namespace wharf::iocp {

// The completion key of every associated handle's packets.
inline constexpr ULONG_PTR kHandleKey = 1;

// What the port knows of a handle.
struct HandleFacts {
  IocpHandleKind kind = IocpHandleKind::kOther;
  // Success at once posts no packet (fault row W-02).
  bool skips = false;
};

// Loop thread.
class HandleTable {
 public:
  // Associates with `port`. With `skip_on_success` the handles that allow it
  // are told to skip packets.
  HandleTable(IocpCalls& calls, bool skip_on_success)
      : calls_(calls), skip_on_success_(skip_on_success) {}
  // To be called before everything else.
  void set_port(HANDLE port) { port_ = port; }

  // Makes sure that packets of `handle` come to the port. Returns 0, or why
  // they do not: ERROR_INVALID_PARAMETER if it was opened without
  // FILE_FLAG_OVERLAPPED or is associated with another port.
  DWORD Associate(HANDLE handle, HandleFacts* facts);
  // `duplicate` names the same open file as `handle`.
  void AddDuplicate(HANDLE handle, HANDLE duplicate);
  // The handle is about to be closed.
  void Forget(HANDLE handle) { known_.erase(handle); }

 private:
  HandleFacts Examine(HANDLE handle);

  IocpCalls& calls_;
  HANDLE port_ = nullptr;
  bool skip_on_success_;
  absl::flat_hash_map<HANDLE, HandleFacts> known_;
};

}  // namespace wharf::iocp

#endif  // WHARF_BACKENDS_IOCP_HANDLE_TABLE_H_
