#include "tests/soak/connect_lane.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "backends/posix/fd.h"
#include "tests/soak/content.h"

namespace wharf::soak {
namespace {

constexpr std::size_t kGreeting = 64;

// So that the machine does not run out of local ports, which stay taken for a
// while behind every connection.
constexpr Duration kBetweenClients = std::chrono::milliseconds(2);

}  // namespace

ConnectLane::ConnectLane(Traffic& traffic)
    : traffic_(traffic), salt_(traffic.random().Next() | 1) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  listener_ = AdoptFd(fd);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(fd, 64) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    traffic_.Complain(this, "cannot listen on the loopback interface");
  }
  address_.assign(reinterpret_cast<const char*>(&address), size);
}

bool ConnectLane::TrySubmit(int slot, Request&& request, uint32_t fates) {
  busy_[slot] = traffic_.Submit(this, slot, std::move(request), fates);
  return busy_[slot];
}

void ConnectLane::Step() {
  if (traffic_.stopping()) return;
  if (!client_.valid() && !busy_[kConnect] && !busy_[kGreet] &&
      traffic_.engine().Now() >= next_client_) {
    StartClient();
  }
  if (!server_.valid() && !busy_[kAccept] && !busy_[kHear] && !busy_[kClose]) {
    TrySubmit(kAccept, Request::Accept(listener_),
              kMayBeStopped | kMayBeDropped);
  }
}

void ConnectLane::StartClient() {
  next_client_ = traffic_.engine().Now() + kBetweenClients;
  client_ = AdoptFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Buffer address = traffic_.Take(address_.size());
  std::memcpy(address.data(), address_.data(), address_.size());
  if (!TrySubmit(kConnect, Request::Connect(client_, std::move(address)),
                 kMayBeStopped | kMayBeDropped)) {
    client_.Reset();
  }
}

void ConnectLane::EndClient() { client_.Reset(); }

void ConnectLane::OnEnd(int slot, Result&& result) {
  busy_[slot] = false;
  if (traffic_.stopping()) return;
  switch (slot) {
    case kConnect:
      OnConnected(result.outcome);
      break;
    case kGreet:
      // The server may have given up on this connection.
      EndClient();
      break;
    case kAccept:
      OnAccepted(std::move(result));
      break;
    case kHear:
      OnHeard(result);
      break;
    case kClose:
      if (!result.outcome.ok()) {
        traffic_.Complain(this,
                          absl::StrCat("closing: ", ToString(result.outcome)));
      }
      break;
    default:
      break;
  }
}

void ConnectLane::OnConnected(const Outcome& outcome) {
  if (outcome.kind == OutcomeKind::kError) {
    traffic_.Complain(this, absl::StrCat("connecting: ", ToString(outcome)));
  }
  if (!outcome.ok()) {
    EndClient();
    return;
  }
  Buffer greeting = traffic_.Take(kGreeting);
  Fill(greeting.bytes(), salt_, 0);
  if (!TrySubmit(kGreet, Request::Send(client_, std::move(greeting)),
                 kMayBeStopped | kMayBeDropped)) {
    EndClient();
  }
}

void ConnectLane::OnAccepted(Result&& result) {
  if (result.outcome.kind == OutcomeKind::kError &&
      result.outcome.error != Error::kConnectionAborted) {
    traffic_.Complain(this,
                      absl::StrCat("accepting: ", ToString(result.outcome)));
  }
  if (!result.outcome.ok()) return;
  server_ = std::move(result.handle);
  if (!TrySubmit(kHear, Request::Receive(server_, traffic_.Take(kGreeting)),
                 kMayBeStopped | kMayBeDropped)) {
    EndServer();
  }
}

void ConnectLane::OnHeard(const Result& result) {
  const uint64_t bytes = result.outcome.bytes;
  if (bytes > result.buffer.size() ||
      !Matches(result.buffer.bytes().first(bytes), salt_, 0)) {
    traffic_.Complain(
        this, absl::StrCat("heard something else: ", ToString(result.outcome)));
  }
  if (result.outcome.kind == OutcomeKind::kError &&
      result.outcome.error != Error::kConnectionReset) {
    traffic_.Complain(this,
                      absl::StrCat("hearing: ", ToString(result.outcome)));
  }
  if (result.outcome.ok()) ++greetings_;
  EndServer();
}

void ConnectLane::EndServer() {
  if (server_.unique() &&
      traffic_.engine().capabilities().Has(Opcode::kClose)) {
    TrySubmit(kClose, Request::Close(std::move(server_)), kRuns);
  }
  server_.Reset();
}

void ConnectLane::OnDropped(int slot) {
  busy_[slot] = false;
  if (slot == kConnect || slot == kGreet) EndClient();
  if (slot == kHear) server_.Reset();
}

}  // namespace wharf::soak
