// What the tests of Inbox share.

#ifndef WHARF_ENGINE_INBOX_TEST_UTIL_H_
#define WHARF_ENGINE_INBOX_TEST_UTIL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/inbox.h"
#include "engine/port.h"
#include "gtest/gtest.h"

namespace wharf {

// A port that does nothing but count its wake-ups.
class WakeCounter final : public CompletionPort {
 public:
  WakeCounter() {
    for (int i = 0; i < kOpcodeCount; ++i) {
      capabilities_.Add(static_cast<Opcode>(i));
    }
    capabilities_.name = "wake-counter";
    capabilities_.features = ~uint32_t{0};
  }
  const PortCapabilities& Capabilities() const override {
    return capabilities_;
  }
  std::size_t Submit(std::span<const Operation>) override { return 0; }
  void Cancel(OperationId) override {}
  absl::StatusOr<std::size_t> Reap(std::span<Completion>, Wait) override {
    return 0;
  }
  void Wake() override {
    if (closed_) ++late_wakes_;
    ++wakes_;
  }
  Time Now() override { return Time(); }
  CloseReport Close() override {
    closed_ = true;
    return {};
  }

  int wakes() const { return wakes_; }
  // Wakes that came when the port was closed already.
  int late_wakes() const { return late_wakes_; }

 private:
  PortCapabilities capabilities_;
  std::atomic<int> wakes_ = 0;
  std::atomic<int> late_wakes_ = 0;
  std::atomic<bool> closed_ = false;
};

// Plays the loop: admits what a drain brings and notes the commands.
class Loop {
 public:
  struct Admitted {
    uint32_t cell;
    RequestId id;
    uint64_t tag;  // Request::offset, by which a test tells its requests
  };
  struct Command {
    RequestId id;
    RemoteCommand command;
    friend bool operator==(const Command&, const Command&) = default;
  };

  explicit Loop(Inbox& inbox) : inbox_(inbox) {}

  // Drains the inbox once.
  void Drain() {
    inbox_.Drain(
        [this](uint32_t cell, Request&& request, ResultCallback&& callback) {
          Request taken = std::move(request);
          ResultCallback told = std::move(callback);
          const RequestId id{++next_ << kIdIndexBits};
          admitted.push_back({cell, id, taken.offset});
          return id;
        },
        [this](RequestId id, RemoteCommand command) {
          commands.push_back({id, command});
        });
  }

  std::vector<Admitted> admitted;
  std::vector<Command> commands;

 private:
  Inbox& inbox_;
  uint64_t next_ = 0;
};

// A request that a drain will show as `tag`.
inline Request Tagged(uint64_t tag) {
  return Request::Read(Handle::Borrow(3), Buffer::Allocate(8), {.offset = tag});
}

// Inboxes in front of a WakeCounter.
class InboxTest : public testing::Test {
 protected:
  // Pushes a request that a drain will show as `tag`.
  RemoteRequestId Push(Inbox& inbox, uint64_t tag) {
    absl::StatusOr<RemoteRequestId> id =
        inbox.Push(Tagged(tag), [](Result&&) {});
    EXPECT_TRUE(id.ok()) << id.status();
    return id.ok() ? *id : RemoteRequestId{};
  }

  WakeCounter port_;
};

}  // namespace wharf

#endif  // WHARF_ENGINE_INBOX_TEST_UTIL_H_
