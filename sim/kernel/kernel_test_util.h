// What the tests of the simulated kernel share: a machine with a chooser by
// label, a port, and operations without an engine.

#ifndef WHARF_SIM_KERNEL_KERNEL_TEST_UTIL_H_
#define WHARF_SIM_KERNEL_KERNEL_TEST_UTIL_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "gtest/gtest.h"
#include "sim/kernel/kernel.h"
#include "sim/labelled_chooser.h"

namespace wharf::sim {

using Bytes = std::vector<std::byte>;

// The bytes of a text, and back (zeros as '.').
inline Bytes Of(std::string_view text) {
  Bytes bytes;
  for (const char c : text) bytes.push_back(std::byte(c));
  return bytes;
}
inline std::string Text(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte b : bytes) {
    text += b == std::byte{0} ? '.' : static_cast<char>(b);
  }
  return text;
}

// A completion's result for an error.
constexpr int64_t Negated(Error error) { return -static_cast<int64_t>(error); }

// A time after the machine's start.
constexpr Time After(Duration time) { return Time(time); }

// One machine, one port, no engine. Fails if the machine complains at the end.
class KernelTest : public testing::Test {
 protected:
  explicit KernelTest(Personality personality = Personality::kIoUring,
                      KernelOptions options = {})
      : kernel_(WithChooser(options)),
        port_(kernel_.OpenPort({.personality = personality})) {}
  ~KernelTest() override {
    if (port_ != nullptr) port_->Close();
    for (std::size_t i = expected_violations_; i < kernel_.violations().size();
         ++i) {
      ADD_FAILURE() << kernel_.violations()[i].message;
    }
    EXPECT_EQ(chooser_.unused(), 0u) << "decisions that were never asked for";
  }

  // Stages an operation with a new identity and returns that. The memory must
  // live until the operation has ended.
  OperationId Submit(Opcode opcode, const Handle& handle, Bytes* memory,
                     uint64_t offset = 0, uint32_t mode = 0,
                     uint8_t flags = 0) {
    Operation operation;
    operation.id = OperationId{++last_id_};
    operation.opcode = opcode;
    operation.handle = handle.native();
    operation.offset = offset;
    operation.mode = mode;
    operation.flags = flags;
    if (memory != nullptr) {
      operation.data = memory->data();
      operation.length = memory->size();
    }
    EXPECT_EQ(port_->Submit({&operation, 1}), 1u);
    return operation.id;
  }
  OperationId SubmitNop() { return Submit(Opcode::kNop, Handle(), nullptr); }

  // One Reap; what came is in results() and order().
  std::size_t Reap(Wait wait = Wait::None()) {
    std::array<Completion, 16> completions;
    const absl::StatusOr<std::size_t> count = port_->Reap(completions, wait);
    EXPECT_TRUE(count.ok()) << count.status();
    if (!count.ok()) return 0;
    for (std::size_t i = 0; i < *count; ++i) {
      results_[completions[i].id] = completions[i];
      order_.push_back(completions[i].id);
    }
    return *count;
  }
  // True if the operation has ended; its result is then in `Result`.
  bool Ended(OperationId id) const { return results_.contains(id); }
  int64_t Result(OperationId id) const {
    return Ended(id) ? results_.at(id).result : -999999;
  }
  int32_t Native(OperationId id) const {
    return Ended(id) ? results_.at(id).native_error : -1;
  }
  // Reaps until it has ended and gives its result.
  int64_t Finish(OperationId id) {
    for (int i = 0; i < 100 && !Ended(id); ++i) Reap(Wait::Forever());
    EXPECT_TRUE(Ended(id));
    return Result(id);
  }
  // Ends one side or both of a stream; the result.
  int64_t Shutdown(const Handle& handle, ShutdownSide side) {
    return Finish(Submit(Opcode::kShutdown, handle, nullptr, 0,
                         static_cast<uint32_t>(side)));
  }
  // In the order in which they came.
  const std::vector<OperationId>& order() const { return order_; }

  // Writes `text`, sync included, so that it is durable.
  void WriteDurably(const Handle& file, std::string_view text,
                    uint64_t offset = 0) {
    Bytes bytes = Of(text);
    EXPECT_EQ(Finish(Submit(Opcode::kWrite, file, &bytes, offset)),
              static_cast<int64_t>(text.size()));
    EXPECT_EQ(Finish(Submit(Opcode::kSync, file, nullptr)), 0);
  }

  // Checks that the machine complains of exactly these, since the last call.
  void ExpectViolations(const std::vector<ViolationKind>& kinds) {
    std::vector<ViolationKind> found;
    for (std::size_t i = expected_violations_; i < kernel_.violations().size();
         ++i) {
      found.push_back(kernel_.violations()[i].kind);
    }
    EXPECT_EQ(found, kinds) << Describe(kernel_.violations());
    expected_violations_ = kernel_.violations().size();
  }

  LabelledChooser chooser_;
  Kernel kernel_;
  std::unique_ptr<CompletionPort> port_;

 private:
  KernelOptions WithChooser(KernelOptions options) {
    options.chooser = &chooser_;
    options.keep_trace = Trace::Keep::kEntries;
    return options;
  }

  uint64_t last_id_ = 0;
  std::map<OperationId, Completion> results_;
  std::vector<OperationId> order_;
  std::size_t expected_violations_ = 0;
};

}  // namespace wharf::sim

#endif  // WHARF_SIM_KERNEL_KERNEL_TEST_UTIL_H_
