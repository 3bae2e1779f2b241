// WriteAheadLog: records that survive. A record whose append was acknowledged
// is there after a crash, in order; one whose append was not may or may not be.
//
//   WriteAheadLog log(engine, file);
//   auto records = co_await log.Recover();       // what is there; opens the
//   log log.Append(bytes, [](const absl::Status& status) { /* durable, if ok */
//   });
//
// The file is a chain of frames, each with the records of one write:
//
//   checksum (8) | length (8) | record length (4) | record | ... | next frame
//
// in the machine's byte order. The checksum covers all of the frame that
// follows it and the checksum of the frame before, so that nothing but what was
// written right behind a frame is ever taken for its successor: not the rest of
// an older, longer frame, nor a record that looks like one. A power failure
// keeps, drops and tears sectors in any order; one write is in flight at a
// time, so what it leaves behind the last acknowledged frame is no frame or the
// very next one.

#ifndef WHARF_EXAMPLES_WRITE_AHEAD_LOG_WRITE_AHEAD_LOG_H_
#define WHARF_EXAMPLES_WRITE_AHEAD_LOG_WRITE_AHEAD_LOG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/handle.h"
#include "engine/task.h"

namespace wharf::examples {

// One log in one file; nobody else writes to it. Belongs to the engine's loop
// thread, and must outlive its requests: destroy it when everybody was told, or
// after the engine was shut down.
class WriteAheadLog {
 public:
  // Told once how an append ended.
  using Done = std::function<void(const absl::Status&)>;

  // How a write becomes durable.
  enum class Durability {
    kSync,          // By a sync behind it, or a flag: DurableWrite does either.
    kWriteThrough,  // The handle was opened for it: O_DSYNC,
                    // FILE_FLAG_WRITE_THROUGH. Works on ports without sync.
  };
  // What to do about bytes that cannot be read. A power failure in the middle
  // of a write may leave such behind the log; a dying disk may leave them in
  // the middle of it. The log cannot tell the one from the other.
  enum class Unreadable {
    kFailsRecovery,
    kEndsTheLog,
  };

  // The largest frame, and what of it a record can have.
  static constexpr std::size_t kMaxFrameBytes = 8192;
  static constexpr std::size_t kMaxRecordBytes = kMaxFrameBytes - 20;

  // `file` may be empty or new, and is open for reading and writing.
  WriteAheadLog(Engine& engine, Handle file,
                Durability durability = Durability::kSync)
      : engine_(engine), file_(std::move(file)), durability_(durability) {}
  WriteAheadLog(const WriteAheadLog&) = delete;
  WriteAheadLog& operator=(const WriteAheadLog&) = delete;

  // Gives all records and opens the log for appending. Also the way back after
  // a failed append: the failed ones are then certainly not in the log. Errors
  // leave it closed; try again unless the error is FAILED_PRECONDITION (open or
  // recovering already; or a sync failed, so that what can be read need not be
  // on the disk: only a reboot helps). DATA_LOSS: see Unreadable. Has to run to
  // its end.
  Task<absl::StatusOr<std::vector<std::string>>> Recover(
      Unreadable unreadable = Unreadable::kFailsRecovery);

  // Copies the record and puts it behind all others. `done` is told OK once
  // everything up to it is durable, or why that is not known; the log is then
  // closed until it has been recovered. Records that are appended while a write
  // is in flight share the next one. Refused, and `done` never told:
  // FAILED_PRECONDITION (not open), INVALID_ARGUMENT (too long),
  // RESOURCE_EXHAUSTED (the next write is full: wait until somebody was told).
  [[nodiscard]] absl::Status Append(std::span<const std::byte> record,
                                    Done done);

 private:
  enum class State { kClosed, kRecovering, kOpen };
  struct Batch {
    std::vector<std::byte> frame;
    std::vector<Done> waiting;
  };

  Task<absl::StatusOr<std::vector<std::string>>> ReadAndSeal(
      Unreadable unreadable);
  Task<absl::Status> WriteDurably(std::span<const std::byte> bytes);
  Task<> Commit();

  Engine& engine_;
  const Handle file_;
  const Durability durability_;
  State state_ = State::kClosed;
  // The end of what is known to be durable, and the checksum in front of it.
  uint64_t end_ = 0;
  uint64_t chain_ = 0;
  bool end_known_ = false;
  // A sync failed before the end was known.
  bool untrusted_ = false;
  bool committing_ = false;
  Batch next_;
};

}  // namespace wharf::examples

#endif  // WHARF_EXAMPLES_WRITE_AHEAD_LOG_WRITE_AHEAD_LOG_H_
