#include "bench/rows.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bench/data_file.h"
#include "bench/engine_lanes.h"
#include "bench/loopback_port.h"
#include "bench/raw_lanes.h"
#include "bench/wheel_lanes.h"

namespace wharf::bench {
namespace {

std::unique_ptr<CompletionPort> OpenLoopback(uint32_t depth) {
  return std::make_unique<LoopbackPort>(depth);
}

// The page cache's state is the file's, not a lane's: what a row needs is made
// when its lanes are.
class Data {
 public:
  explicit Data(DataOptions options) : options_(std::move(options)) {}

  const DataFile& Cached() {
    if (!warm_) {
      File().Warm();
      warm_ = true;
    }
    return *file_;
  }

  const DataFile& Direct() {
    if (warm_ || file_ == nullptr) {
      File().Cool();
      warm_ = false;
    }
    return *file_;
  }

  // Empty if the directory's file system has O_DIRECT.
  std::string WhyNotDirect() const {
    if (DataFile::TakesDirect(options_.directory)) return "";
    return absl::StrCat("the file system of ", options_.directory,
                        " refuses O_DIRECT; try another --dir");
  }

 private:
  DataFile& File() {
    if (file_ == nullptr) {
      file_ = DataFile::Create(options_.directory, options_.size);
    }
    return *file_;
  }

  const DataOptions options_;
  std::shared_ptr<DataFile> file_;
  bool warm_ = false;
};

void AddNops(std::vector<Row>* rows) {
  for (const uint32_t depth : {1, 32, 256}) {
    Row row;
    row.name = absl::StrCat("nop, depth ", depth);
    row.base = [depth] { return RawNop(depth); };
    row.subject = [depth] { return EngineNop(OpenIoUring, depth); };
    row.goal_ratio = 1.00;
    if (depth >= 32) {
      row.max_ratio = 1.30;
      // 0.85 of raw liburing's rate.
      row.goal_ratio = 1 / 0.85;
      row.goal_instructions = 110;
    }
    rows->push_back(std::move(row));
  }
  for (const uint32_t depth : {1, 32, 256}) {
    Row row;
    row.name = absl::StrCat("nop, no kernel, depth ", depth);
    row.subject = [depth] { return EngineNop(OpenLoopback, depth); };
    rows->push_back(std::move(row));
  }
}

void AddReads(const std::shared_ptr<Data>& data, std::vector<Row>* rows) {
  for (const uint32_t depth : {1, 32, 128}) {
    Row row;
    row.name = absl::StrCat("read 4 KiB O_DIRECT, depth ", depth);
    row.base = [=] {
      const DataFile& file = data->Direct();
      return RawRead(file.direct_fd(), file.size(), depth);
    };
    row.subject = [=] {
      const DataFile& file = data->Direct();
      return EngineRead(OpenIoUring, file.direct_fd(), file.size(), depth);
    };
    row.max_ratio = 1.05;
    row.skip_reason = data->WhyNotDirect();
    rows->push_back(std::move(row));
  }
  for (const uint32_t depth : {1, 32, 128}) {
    Row row;
    row.name = absl::StrCat("read 4 KiB cached, depth ", depth);
    row.base = [=] {
      const DataFile& file = data->Cached();
      return RawRead(file.cached_fd(), file.size(), depth);
    };
    row.subject = [=] {
      const DataFile& file = data->Cached();
      return EngineRead(OpenIoUring, file.cached_fd(), file.size(), depth);
    };
    row.max_ratio = 1.05;
    rows->push_back(std::move(row));
  }
}

void AddSockets(std::vector<Row>* rows) {
  for (const SocketKind kind : {SocketKind::kUnix, SocketKind::kTcp}) {
    const char* const name = kind == SocketKind::kUnix ? "unix" : "TCP";
    for (const uint32_t pairs : {1, 64}) {
      Row row;
      row.name = absl::StrCat("ping-pong 64 B, ", name, ", ", pairs,
                              pairs == 1 ? " pair" : " pairs");
      row.base = [=] { return RawPingPong(kind, pairs); };
      row.subject = [=] {
        return EnginePingPong(OpenIoUring, kind, pairs, Deadlines::kNone);
      };
      row.goal_instructions = 800;
      rows->push_back(std::move(row));
    }
    Row row;
    row.name = absl::StrCat("stream 64 KiB, ", name);
    row.base = [=] { return RawStream(kind); };
    row.subject = [=] { return EngineStream(OpenIoUring, kind); };
    // 0.98 of raw liburing's rate.
    row.goal_ratio = 1 / 0.98;
    rows->push_back(std::move(row));
  }
  for (const uint32_t pairs : {1, 64}) {
    Row row;
    row.name = absl::StrCat("ping-pong with deadlines, unix, ", pairs,
                            pairs == 1 ? " pair" : " pairs");
    row.base_name = "Wharf without deadlines";
    row.base = [=] {
      return EnginePingPong(OpenIoUring, SocketKind::kUnix, pairs,
                            Deadlines::kNone);
    };
    row.subject = [=] {
      return EnginePingPong(OpenIoUring, SocketKind::kUnix, pairs,
                            Deadlines::kNeverHit);
    };
    // 0.97 of the rate without deadlines.
    row.goal_ratio = 1 / 0.97;
    rows->push_back(std::move(row));
  }
}

void AddWheel(std::vector<Row>* rows) {
  constexpr uint32_t kPending = 100'000;
  Row remove;
  remove.name = "timer wheel: set and take back, 100,000 pending";
  remove.subject = [] { return WheelRemove(kPending); };
  rows->push_back(std::move(remove));
  Row expire;
  expire.name = "timer wheel: expire and set again, 100,000 pending";
  expire.subject = [] { return WheelExpire(kPending); };
  expire.goal_ns = 300;
  rows->push_back(std::move(expire));
}

}  // namespace

std::vector<Row> AllRows(const DataOptions& data_options) {
  const auto data = std::make_shared<Data>(data_options);
  std::vector<Row> rows;
  AddNops(&rows);
  AddReads(data, &rows);
  AddSockets(&rows);
  AddWheel(&rows);
  return rows;
}

}  // namespace wharf::bench
