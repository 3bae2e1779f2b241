#include "engine/operation.h"

namespace wharf {

std::string_view OpcodeName(Opcode opcode) {
  switch (opcode) {
    case Opcode::kNop:
      return "Nop";
    case Opcode::kRead:
      return "Read";
    case Opcode::kReadVectored:
      return "ReadVectored";
    case Opcode::kWrite:
      return "Write";
    case Opcode::kWriteVectored:
      return "WriteVectored";
    case Opcode::kSync:
      return "Sync";
    case Opcode::kAllocate:
      return "Allocate";
    case Opcode::kReceive:
      return "Receive";
    case Opcode::kSend:
      return "Send";
    case Opcode::kSendVectored:
      return "SendVectored";
    case Opcode::kPoll:
      return "Poll";
    case Opcode::kOpen:
      return "Open";
    case Opcode::kClose:
      return "Close";
    case Opcode::kShutdown:
      return "Shutdown";
    case Opcode::kAccept:
      return "Accept";
    case Opcode::kConnect:
      return "Connect";
  }
  return "Unknown";
}

}  // namespace wharf
