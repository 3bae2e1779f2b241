#include "tests/conformance/port_rig.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "engine/io_vector.h"
#include "gtest/gtest.h"

namespace wharf::conformance {
namespace {

// What needs more has failed, even if its clock stands still.
constexpr int kMostReaps = 1'000'000;

// The most that the result of a successful operation can be.
uint64_t MostBytes(const Operation& operation) {
  switch (operation.opcode) {
    case Opcode::kRead:
    case Opcode::kWrite:
    case Opcode::kReceive:
    case Opcode::kSend:
      return operation.length;
    case Opcode::kReadVectored:
    case Opcode::kWriteVectored:
    case Opcode::kSendVectored: {
      uint64_t total = 0;
      for (const IoVector& vector :
           std::span(static_cast<const IoVector*>(operation.data),
                     static_cast<std::size_t>(operation.length))) {
        total += vector.length;
      }
      return total;
    }
    case Opcode::kPoll:
      return operation.mode | kPollError | kPollHangUp;
    case Opcode::kOpen:
    case Opcode::kAccept:
      return ~uint64_t{0};
    default:
      return 0;
  }
}

}  // namespace

PortRig::PortRig(std::unique_ptr<World> world, uint32_t max_in_flight)
    : Rig(std::move(world)) {
  absl::StatusOr<std::unique_ptr<CompletionPort>> port =
      this->world().OpenPort(max_in_flight);
  if (!port.ok()) {
    ADD_FAILURE() << port.status();
    std::abort();  // Nothing below makes sense without a port.
  }
  port_ = *std::move(port);
  EXPECT_GE(capabilities().max_in_flight, 1u);
}

PortRig::~PortRig() {
  if (!closed_ && port_ != nullptr) {
    for (const auto& [id, accepted] : in_flight_) port_->Cancel(id);
    Close();
  }
  port_.reset();
  quick_file_ = {};
  waiting_.clear();
  Rig::Finish();
}

Operation PortRig::Make(Opcode opcode, const Handle& handle, void* data,
                        uint64_t length, uint64_t offset, uint32_t mode,
                        uint8_t flags) {
  Operation operation;
  operation.id = next_id_ = OperationId{next_id_.value + kIdGenerationUnit + 1};
  operation.opcode = opcode;
  operation.handle = handle.native();
  operation.data = data;
  operation.length = length;
  operation.offset = offset;
  operation.mode = mode;
  operation.flags = flags;
  return operation;
}

Operation PortRig::MakeQuick() {
  if (capabilities().Has(Opcode::kNop)) return Make(Opcode::kNop);
  if (!quick_file_.handle.valid()) quick_file_ = world().NewFile("quick");
  return Make(Opcode::kRead, quick_file_.handle, NewBytes(1), 1, 0);
}

Operation PortRig::MakeWaiting() {
  const TestPair pair = NewSocketPair();
  const Operation operation =
      capabilities().Has(Opcode::kReceive)
          ? Make(Opcode::kReceive, pair.near, NewBytes(8), 8)
          : Make(Opcode::kPoll, pair.near, nullptr, 0, 0, kPollReadable);
  waiting_[operation.id] = pair.far;
  return operation;
}

void PortRig::Release(OperationId id) {
  EXPECT_TRUE(world().Put(waiting_.at(id), "x"));
}

void PortRig::CheckClock() {
  const Time now = port_->Now();
  EXPECT_GE(now, last_now_) << "the clock has gone back";
  last_now_ = now;
}

std::size_t PortRig::Offer(std::span<const Operation> operations) {
  const std::size_t taken = port_->Submit(operations);
  EXPECT_LE(taken, operations.size());
  for (const Operation& operation :
       operations.first(std::min(taken, operations.size()))) {
    in_flight_[operation.id] = {operation, MostBytes(operation)};
  }
  EXPECT_LE(in_flight_.size(), capabilities().max_in_flight)
      << "accepted more than its own limit";
  CheckClock();
  return taken;
}

void PortRig::OfferAll(std::span<const Operation> operations) {
  const Time limit = In(kPatience);
  for (int i = 0; !operations.empty(); ++i) {
    const std::size_t taken = Offer(operations);
    operations = operations.subspan(std::min(taken, operations.size()));
    if (operations.empty()) return;
    ASSERT_FALSE(port_->Now() >= limit || i == kMostReaps || dead_)
        << "the port does not take what is offered";
    Reap(taken > 0 ? Wait::None()
                   : Wait::Until(In(std::chrono::milliseconds(1))));
  }
}

std::size_t PortRig::Reap(Wait wait, std::size_t room) {
  // One more than offered, to see that nobody writes there.
  std::vector<Completion> completions(
      room + 1, Completion{.id = {}, .result = 0x5a5a5a5a});
  const absl::StatusOr<std::size_t> count =
      port_->Reap({completions.data(), room}, wait);
  CheckClock();
  EXPECT_TRUE(count.ok()) << count.status();
  if (!count.ok()) {
    dead_ = true;
    return 0;
  }
  EXPECT_LE(*count, room);
  EXPECT_EQ(completions[room].result, 0x5a5a5a5a)
      << "wrote more completions than there is room for";
  for (std::size_t i = 0; i < std::min(*count, room); ++i) {
    Check(completions[i]);
  }
  return std::min(*count, room);
}

void PortRig::Check(const Completion& completion) {
  const auto found = in_flight_.find(completion.id);
  if (found == in_flight_.end()) {
    ADD_FAILURE() << "a completion of what is not in flight: "
                  << completion.id.value << ", result " << completion.result
                  << (ended_.contains(completion.id) ? ", for the second time"
                                                     : "");
    return;
  }
  const Accepted& accepted = found->second;
  EXPECT_EQ(completion.flags, 0u) << "nothing here has more to come";
  if (completion.result >= 0) {
    EXPECT_LE(static_cast<uint64_t>(completion.result), accepted.most_bytes)
        << OpcodeName(accepted.operation.opcode);
    EXPECT_EQ(completion.native_error, 0);
  } else {
    EXPECT_NE(ErrorFromValue(-completion.result), Error::kNone);
    EXPECT_NE(completion.native_error, 0)
        << "the kernel's own code is missing beside "
        << ErrorName(ErrorFromValue(-completion.result));
  }
  ended_[completion.id] = completion;
  order_.push_back(completion.id);
  in_flight_.erase(found);
}

Completion PortRig::Finish(OperationId id) {
  const Time limit = In(kPatience);
  for (int i = 0; !ended_.contains(id); ++i) {
    if (port_->Now() >= limit || i == kMostReaps || dead_) {
      ADD_FAILURE() << "operation " << id.value << " has not ended";
      return {};
    }
    Reap(Wait::Until(limit));
  }
  return ended_.at(id);
}

Completion PortRig::Run(const Operation& operation) {
  Submit(operation);
  return Finish(operation.id);
}

void PortRig::FinishAll() {
  while (!in_flight_.empty()) {
    const OperationId id = in_flight_.begin()->first;
    Finish(id);
    ASSERT_FALSE(InFlight(id));
  }
}

const CloseReport& PortRig::Close() {
  report_ = port_->Close();
  closed_ = true;
  std::set<OperationId> left;
  for (const OperationId id : report_.operations_left) {
    EXPECT_TRUE(in_flight_.contains(id))
        << "reports what was not in flight: " << id.value;
    EXPECT_TRUE(left.insert(id).second) << "reported twice: " << id.value;
  }
  // The kernel may still use what they were given.
  if (!left.empty()) KeepForever();
  return report_;
}

void PortRig::DestroyPort() {
  closed_ = true;
  port_.reset();
  // What was left nobody knows.
  if (!in_flight_.empty()) KeepMemory();
}

}  // namespace wharf::conformance
