#include "tests/soak/traffic.h"

#include <chrono>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/support/allocation_counter.h"

namespace wharf::soak {
namespace {

using testing_support::ThreadAllocationCount;

constexpr std::size_t kTickets = 512;
constexpr std::size_t kBlocks = 512;
constexpr std::size_t kMostProblems = 20;

}  // namespace

Traffic::Traffic(Engine& engine, uint64_t seed, Duration patience)
    : engine_(engine), random_(seed), patience_(patience), tickets_(kTickets) {
  for (uint32_t i = 0; i < kTickets; ++i) free_tickets_.push_back(i);
  for (uint32_t i = 0; i < kBlocks; ++i) {
    blocks_.push_back(std::make_unique<Block>());
    blocks_.back()->traffic = this;
    blocks_.back()->number = i;
    blocks_.back()->memory = Buffer::Allocate(kBlock, 4096);
    free_.push_back(i);
  }
}

Traffic::~Traffic() = default;

void Traffic::Complain(const Lane* lane, std::string text) {
  ++problem_count_;
  if (problems_.size() < kMostProblems) {
    problems_.push_back(absl::StrCat(
        lane == nullptr ? "soak" : std::string(lane->name()), ": ", text));
  }
}

Buffer Traffic::Take(std::size_t size) {
  if (free_.empty()) {
    Complain(nullptr, "no memory comes home any more");
    return Buffer::Allocate(size, 4096);
  }
  Block& block = *blocks_[free_.back()];
  free_.pop_back();
  block.out = true;
  return Buffer::Wrap(block.memory.bytes().first(size), &ReleaseBlock, &block);
}

void Traffic::ReleaseBlock(void* context, std::span<std::byte>) {
  Block& block = *static_cast<Block*>(context);
  if (!block.out) {
    block.traffic->Complain(nullptr, "memory was released twice");
    return;
  }
  block.out = false;
  block.traffic->free_.push_back(block.number);
}

Traffic::Ticket* Traffic::Prepare(const Request& request) {
  if (stopping_ || free_tickets_.empty()) return nullptr;
  Ticket& ticket = tickets_[free_tickets_.back()];
  ticket = Ticket();
  ticket.kind = request.kind;
  const Time start =
      request.kind == RequestKind::kSleep ? request.deadline : engine_.Now();
  ticket.due = SaturatingAdd(start, patience_);
  return &ticket;
}

bool Traffic::Submit(Lane* lane, int slot, Request&& request, uint32_t fates) {
  Ticket* const ticket = Prepare(request);
  if (ticket == nullptr) return false;
  const uint32_t pick = random_.Below(100);
  if ((fates & kMayBeStopped) != 0 && pick < 12 &&
      request.kind != RequestKind::kSleep) {
    // Some have passed already; most pass while the request runs.
    ticket->deadline =
        engine_.Now() +
        std::chrono::microseconds(static_cast<int>(random_.Below(3000)) - 100);
    request.deadline = ticket->deadline;
  } else if ((fates & kMayBeStopped) != 0 && pick < 24) {
    ticket->cancel_in = 1 + random_.Below(4);
  } else if ((fates & kMayBeDropped) != 0 && pick >= 97) {
    ticket->drop_in = 1 + random_.Below(4);
  }
  return Admit(lane, slot, std::move(request), *ticket);
}

bool Traffic::SubmitUntil(Lane* lane, int slot, Request&& request,
                          Time deadline) {
  Ticket* const ticket = Prepare(request);
  if (ticket == nullptr) return false;
  request.deadline = ticket->deadline = deadline;
  return Admit(lane, slot, std::move(request), *ticket);
}

bool Traffic::Admit(Lane* lane, int slot, Request&& request, Ticket& ticket) {
  const uint32_t number = free_tickets_.back();
  const uint64_t before = ThreadAllocationCount();
  const absl::StatusOr<RequestId> id = engine_.Submit(
      std::move(request),
      [this, number](Result&& result) { OnResult(number, std::move(result)); });
  if (!id.ok()) {
    if (id.status().code() != absl::StatusCode::kResourceExhausted) {
      Complain(lane, absl::StrCat("refused: ", id.status().ToString()));
    }
    return false;
  }
  books_.allocations += ThreadAllocationCount() - before;
  free_tickets_.pop_back();
  ticket.lane = lane;
  ticket.slot = slot;
  ticket.id = *id;
  ++live_;
  ++books_.submitted;
  ++books_.by_kind[static_cast<std::size_t>(ticket.kind)];
  if (ticket.deadline != kNever) ++books_.deadlines;
  return true;
}

void Traffic::OnResult(uint32_t number, Result&& result) {
  const uint64_t before = ThreadAllocationCount();
  Ticket& ticket = tickets_[number];
  Lane* const lane = ticket.lane;
  if (lane == nullptr || ticket.id != result.id) {
    Complain(lane, "an outcome for a request that has had one");
    return;
  }
  CheckOutcome(ticket, result.outcome);
  ++books_.ended;
  ++books_.by_outcome[static_cast<std::size_t>(result.outcome.kind)];
  if (result.handle.valid()) ++books_.handles_made;
  const int slot = ticket.slot;
  ticket.lane = nullptr;
  free_tickets_.push_back(number);
  --live_;
  lane->OnEnd(slot, std::move(result));
  outside_ += ThreadAllocationCount() - before;
}

void Traffic::CheckOutcome(const Ticket& ticket, const Outcome& outcome) {
  const auto complain = [&](std::string_view what) {
    Complain(ticket.lane,
             absl::StrCat(std::string(RequestKindName(ticket.kind)), ": ",
                          std::string(what), ": ", ToString(outcome)));
  };
  switch (outcome.kind) {
    case OutcomeKind::kDeadline:
      if (ticket.deadline == kNever) complain("had no deadline");
      if (engine_.Now() < ticket.deadline) complain("before its deadline");
      break;
    case OutcomeKind::kCancelled:
      if (!ticket.cancelled) complain("nobody has cancelled it");
      break;
    case OutcomeKind::kAbandoned:
      complain("nobody has abandoned it");
      break;
    default:
      break;
  }
}

void Traffic::CancelAll(const Lane* lane) {
  for (Ticket& ticket : tickets_) {
    if (ticket.lane == nullptr || (lane != nullptr && ticket.lane != lane)) {
      continue;
    }
    ticket.drop_in = 0;
    if (!ticket.cancelled) {
      ticket.cancelled = true;
      ++books_.cancels;
      engine_.Cancel(ticket.id);
    }
  }
}

void Traffic::Stop() {
  stopping_ = true;
  const Time due = SaturatingAdd(engine_.Now(), patience_);
  for (Ticket& ticket : tickets_) ticket.due = due;
  CancelAll(nullptr);
}

void Traffic::Turn(Duration limit) {
  const uint64_t before = ThreadAllocationCount();
  outside_ = 0;
  const absl::Status status =
      engine_.Turn(Wait::Until(SaturatingAdd(engine_.Now(), limit)));
  books_.allocations += ThreadAllocationCount() - before - outside_;
  if (!status.ok()) Complain(nullptr, status.ToString());
  Act();
}

void Traffic::Act() {
  const Time now = engine_.Now();
  for (uint32_t number = 0; number < kTickets; ++number) {
    Ticket& ticket = tickets_[number];
    if (ticket.lane == nullptr) continue;
    if (now > ticket.due) {
      Complain(ticket.lane,
               absl::StrCat(std::string(RequestKindName(ticket.kind)),
                            " has no outcome"));
      ticket.due = kNever;
    }
    if (ticket.cancel_in > 0 && --ticket.cancel_in == 0) {
      ticket.cancelled = true;
      ++books_.cancels;
      engine_.Cancel(ticket.id);
    } else if (ticket.drop_in > 0 && --ticket.drop_in == 0) {
      Lane* const lane = std::exchange(ticket.lane, nullptr);
      if (!engine_.Drop(ticket.id)) {
        Complain(lane, "a drop of what is live has no effect");
      }
      ++books_.dropped;
      free_tickets_.push_back(number);
      --live_;
      lane->OnDropped(ticket.slot);
    }
  }
}

}  // namespace wharf::soak
