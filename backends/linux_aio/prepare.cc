#include "backends/linux_aio/prepare.h"

#include <linux/fs.h>

#include <algorithm>
#include <cstring>

#include "backends/posix/modes.h"

namespace wharf::aio {
namespace {

static_assert(sizeof(void*) == sizeof(uint64_t),
              "a control block's data word holds an OperationId");

void Clear(io_iocb_cmd_t command, int fd, uint64_t data, iocb* control) {
  std::memset(control, 0, sizeof(*control));
  control->data = reinterpret_cast<void*>(data);
  control->aio_lio_opcode = static_cast<int16_t>(command);
  control->aio_fildes = fd;
}

io_iocb_cmd_t TransferCommand(Opcode opcode) {
  switch (opcode) {
    case Opcode::kRead:
      return IO_CMD_PREAD;
    case Opcode::kReadVectored:
      return IO_CMD_PREADV;
    case Opcode::kWrite:
      return IO_CMD_PWRITE;
    default:
      return IO_CMD_PWRITEV;
  }
}

}  // namespace

void PrepareTransfer(const Operation& operation, iocb* control) {
  Clear(TransferCommand(operation.opcode), posix::FdOf(operation.handle),
        operation.id.value, control);
  control->u.c.buf = operation.data;
  control->u.c.nbytes =
      std::min<uint64_t>(operation.length, posix::kMaxTransferBytes);
  control->u.c.offset = static_cast<int64_t>(operation.offset);
  if ((operation.flags & kOperationDurable) != 0) {
    control->aio_rw_flags = RWF_DSYNC;
  }
}

void PrepareSync(const Operation& operation, iocb* control) {
  Clear((operation.flags & kOperationDataOnly) != 0 ? IO_CMD_FDSYNC
                                                    : IO_CMD_FSYNC,
        posix::FdOf(operation.handle), operation.id.value, control);
}

void PreparePoll(int fd, uint32_t events, uint64_t data, iocb* control) {
  Clear(IO_CMD_POLL, fd, data, control);
  control->u.poll.events = static_cast<int>(events);
}

}  // namespace wharf::aio
