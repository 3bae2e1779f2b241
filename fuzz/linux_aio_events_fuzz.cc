// The Linux AIO backend under a hostile kernel: events with any data word and
// any result, in any number, control blocks that are refused, and calls that
// fail with anything. Whatever comes, each operation ends once at most, nothing
// that is not in flight is told, every handle that was made reaches the engine
// or is closed, and Close answers for the rest.

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "backends/linux_aio/fake_syscalls.h"
#include "backends/linux_aio/port.h"
#include "backends/linux_aio/prepare.h"
#include "engine/io_vector.h"
#include "fuzz/check.h"
#include "fuzz/in_flight.h"
#include "fuzz/notes.h"
#include "sim/bytes_chooser.h"

namespace wharf::fuzz {
namespace {

constexpr uint32_t kEntries = 4;
// Descriptors: a bad one, and one of each kind of handle.
constexpr int kHandles[] = {-1, 5, 6, 7};
// Handles that calls make begin here, duplicates before it.
constexpr int kFirstMade = 1000;
constexpr int kDuplicateOffset = 100;

class Hostile {
 public:
  explicit Hostile(sim::BytesChooser* choose)
      : choose_(choose), in_flight_(choose, kEntries) {
    kernel_.modes[6] = S_IFSOCK;
    kernel_.modes[7] = S_IFIFO;
    kernel_.duplicate_offset = kDuplicateOffset;
    auto port = LinuxAioPort::Open(
        {.entries = kEntries,
         .close_grace = std::chrono::milliseconds(50),
         .submit_failure_grace = std::chrono::milliseconds(10)},
        kernel_);
    Check(port.ok(), "open");
    port_ = *std::move(port);
    kernel_.when_idle = [this] { kernel_.now += 1'000'000; };
  }

  void Step() {
    switch (choose_->Choose(6, "step")) {
      case 0:
        return Submit();
      case 1:
        return CancelSomething();
      case 2:
        return PostSomething();
      case 3:
        return ScriptAnAnswer();
      case 4:
        return ScriptACall();
      default:
        return Reap();
    }
  }

  void Close() {
    kernel_.submit_results.clear();
    kernel_.wait_results.clear();
    const CloseReport report = port_->Close();
    in_flight_.CheckLeft(report);
    port_.reset();
    Check(kernel_.calls_after_destroy == 0, "a call after io_destroy");
    Check(kernel_.contexts == 0 || !report.operations_left.empty(),
          "the context is destroyed");
    CheckHandles();
  }

 private:
  void Submit() {
    Operation operation = in_flight_.AnyOperation(kHandles);
    operation.data = pieces_;
    const bool taken = in_flight_.Submit(*port_, operation);
    NoteIf(!taken, "submit_to_a_full_port");
  }

  void CancelSomething() {
    static constexpr int kResults[] = {-EINPROGRESS, -EINVAL, 0, -EAGAIN};
    kernel_.cancel_result = kResults[choose_->Choose(4, "io_cancel")];
    const OperationId id = in_flight_.AnyId();
    const std::size_t asked = kernel_.cancels.size();
    port_->Cancel(id);
    const bool known = in_flight_.Find(id.value) != nullptr;
    NoteIf(!known, "cancel_of_nothing_in_flight");
    if (!known) return;
    Note(kernel_.cancels.size() > asked ? "cancel_reaches_the_kernel"
                                        : "cancel_needs_no_kernel");
  }

  uint64_t Word() {
    uint64_t word = 0;
    for (int i = 0; i < 4; ++i) {
      word = word << 16 | choose_->Choose(65536, "word");
    }
    return word;
  }

  void PostSomething() {
    uint64_t data = in_flight_.AnyId().value;
    switch (choose_->Choose(8, "data")) {
      case 5:
        data = aio::kWakeTag;
        break;
      case 6:
        data |= uint64_t{1 + choose_->Choose(3, "tag")} << 62;
        break;
      case 7:
        data = Word();
        break;
      default:
        break;
    }
    const int64_t results[] = {
        choose_->Choose(4, "bytes"),
        -static_cast<int64_t>(choose_->Choose(4096, "errno")),
        static_cast<int64_t>(Word())};
    const int64_t result = results[choose_->Choose(3, "result")];
    NotePosted(data, result);
    kernel_.Post(data, result);
  }

  void NotePosted(uint64_t data, int64_t result) {
    NoteIf(!posted_.insert(data).second, "event_comes_twice");
    if (data == aio::kWakeTag) return Note("event_of_the_wake");
    const Operation* operation = in_flight_.Find(data);
    if (operation == nullptr) return Note("event_of_nothing_in_flight");
    const bool begun = std::any_of(
        kernel_.taken.begin(), kernel_.taken.end(),
        [data](const iocb& control) { return aio::DataOf(control) == data; });
    if (!begun) {
      const std::deque<int>& next = kernel_.submit_results;
      return Note(!next.empty() && next.front() <= 0
                      ? "event_of_what_the_kernel_will_not_take"
                      : "event_of_what_the_kernel_never_saw");
    }
    NoteIf(in_flight_.size() > 1, "event_among_others");
    NoteIf(result < -4095, "error_that_is_no_errno");
    NoteIf(result < 0 && result >= -4095, "error_that_is_an_errno");
    const Opcode opcode = operation->opcode;
    if (opcode == Opcode::kRead || opcode == Opcode::kWrite) {
      NoteIf(result > static_cast<int64_t>(operation->length),
             "more_bytes_than_asked_for");
    }
    NoteIf(opcode == Opcode::kPoll && result == 0, "poll_ends_with_nothing");
    NoteIf(opcode == Opcode::kPoll && result > 0xffff, "poll_bits_unknown");
    NoteIf(opcode == Opcode::kAccept && result > 0, "accept_is_worth_a_try");
  }

  // What the AIO calls themselves answer.
  void ScriptAnAnswer() {
    static constexpr std::pair<int, std::string_view> kAnswers[] = {
        {-EAGAIN, "submit_fails_with_eagain"},
        {-EINTR, "submit_fails_with_eintr"},
        {-EINVAL, "submit_fails_with_einval"},
        {-EBADF, "submit_fails_with_ebadf"},
        {0, "submit_takes_nothing"},
        {1, "submit_takes_one"}};
    const uint32_t which = choose_->Choose(10, "answer");
    if (which < std::size(kAnswers)) {
      Note(kAnswers[which].second);
      kernel_.submit_results.push_back(kAnswers[which].first);
    } else if (which == 6) {
      Note("wait_is_interrupted");
      kernel_.wait_results.push_back(-EINTR);
    } else if (which == 7) {
      Note("one_is_refused");
      const bool unpollable = choose_->Choose(2, "refusal") == 0;
      kernel_.refused[in_flight_.AnyId().value] = unpollable ? EINVAL : EBADF;
    } else if (which == 8) {
      kernel_.duplicate_error = kernel_.duplicate_error == 0 ? EMFILE : 0;
      NoteIf(kernel_.duplicate_error != 0, "no_descriptor_for_the_wait");
    } else if (choose_->Choose(4, "fatal") == 0) {
      Note("wait_fails_for_good");
      kernel_.wait_results.push_back(-EFAULT);
    }
  }

  // What the plain calls answer.
  void ScriptACall() {
    static constexpr const char* kCalls[] = {
        "read", "write",   "receive", "send",     "poll",    "accept",
        "open", "connect", "close",   "shutdown", "allocate"};
    static constexpr int64_t kResults[] = {
        0, 1, 2, -EAGAIN, -EINPROGRESS, -EISCONN, -EOPNOTSUPP, -ECANCELED};
    const char* call = kCalls[choose_->Choose(std::size(kCalls), "call")];
    int64_t result = kResults[choose_->Choose(8, "result")];
    if (MakesAHandle(call) && result >= 0) result = kFirstMade + made_++;
    kernel_.results[call].push_back(result);
  }

  static bool MakesAHandle(std::string_view call) {
    return call == "accept" || call == "open";
  }

  void Reap() {
    if (choose_->Choose(8, "wake") == 7) port_->Wake();
    std::array<Completion, 3> completions;
    const auto reaped = in_flight_.Reap(*port_, completions);
    if (!reaped.ok()) return;  // dead: it says so again and again
    NoteIf(port_->stats().short_submits != 0, "submit_is_short");
    NoteIf(port_->stats().unknown_events != 0, "event_is_ignored");
    for (std::size_t i = 0; i < *reaped; ++i) TakeOne(completions[i]);
  }

  void TakeOne(const Completion& completion) {
    const Operation operation = in_flight_.Take(completion);
    Check(completion.flags == 0, "AIO has no more to come");
    if (MakesHandle(operation.opcode) && completion.result >= 0) {
      Note("a_handle_reaches_the_engine");
      Check(told_.insert(completion.result).second, "one handle told twice");
    }
  }

  // Those that the calls made, and the port's own duplicates.
  void CheckHandles() {
    for (const char* call : {"accept", "open"}) {
      for (const int64_t result : kernel_.results[call]) told_.insert(result);
    }
    std::map<int64_t, int> closed;
    for (const int fd : kernel_.closed) ++closed[fd];
    for (int fd = kFirstMade; fd < kFirstMade + made_; ++fd) {
      NoteIf(closed[fd] == 1, "a_handle_that_nobody_wants_is_closed");
      Check(closed[fd] + (told_.contains(fd) ? 1 : 0) == 1,
            "a made handle is told or closed");
    }
    for (const int fd : kHandles) {
      const int duplicate = fd + kDuplicateOffset;
      Check(closed[duplicate] == kernel_.duplicates[duplicate],
            "each duplicate is closed once");
      NoteIf(closed[duplicate] != 0, "wait_has_a_descriptor_of_its_own");
    }
  }

  sim::BytesChooser* choose_;
  FakeAioSyscalls kernel_;
  std::unique_ptr<LinuxAioPort> port_;
  // What every operation has as its bytes, or as its list of pieces.
  IoVector pieces_[2] = {};
  InFlight in_flight_;
  int made_ = 0;
  // Handles that the engine was told, or that no call has made.
  std::set<int64_t> told_;
  // For the notes: data words that the kernel has used.
  std::set<uint64_t> posted_;
};

}  // namespace
}  // namespace wharf::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  wharf::sim::BytesChooser choose({data, size});
  wharf::fuzz::Hostile hostile(&choose);
  while (!choose.exhausted()) hostile.Step();
  hostile.Close();
  return 0;
}
