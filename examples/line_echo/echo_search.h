// The search for mistakes of an echo server: clients of all manners on a
// machine that fails, over seeds. A template, so that the same search is shown
// servers with planted bugs.

#ifndef WHARF_EXAMPLES_LINE_ECHO_ECHO_SEARCH_H_
#define WHARF_EXAMPLES_LINE_ECHO_ECHO_SEARCH_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/await.h"
#include "engine/engine.h"
#include "engine/task.h"
#include "examples/weather.h"
#include "sim/kernel/kernel.h"
#include "sim/random.h"

namespace wharf::examples {

// What a client is like.
enum class Manner {
  kPolite,    // Sends lines in pieces, ends its side, and reads to the end.
  kResets,    // The connection breaks somewhere in between.
  kVanishes,  // Closes somewhere in between, without reading what is there.
  kTooLong,   // Sends a line that is too long, all of it, and reads only then.
  kSilent,    // Connects and waits.
};
inline constexpr int kMannerCount = 5;

// One client. Outlives its engine, or is done.
class EchoClient {
 public:
  EchoClient(Engine& engine, sim::Kernel& kernel, Manner manner, uint64_t seed)
      : engine_(engine),
        kernel_(kernel),
        manner_(manner),
        random_(seed),
        socket_(kernel.Socket()) {
    if (manner == Manner::kSilent) return;
    // Who reads late must leave room for what the server says.
    const int lines = manner == Manner::kTooLong ? 1 : 6;
    for (int line = 0; line < lines; ++line) {
      const uint32_t length = random_.Below(30);
      text_.append(length, static_cast<char>('a' + random_.Below(26)));
      text_ += std::to_string(line) + "\n";
    }
    echo_ = text_;
    text_ += manner == Manner::kTooLong ? std::string(500, 'x') : "rest";
  }

  void Start() {
    writer_.emplace(Write());
    writer_->Start();
  }
  bool done() const {
    return writer_->done() && (!reader_.has_value() || reader_->done());
  }

  // Lines that came back.
  const std::string& received() const { return received_; }
  // True if what came back is a part of what was sent, from its beginning, and
  // what the server may say before it closes.
  bool IsPlausible(std::string_view too_long, std::string_view too_slow) const {
    const std::size_t end = received_.find('!');
    const std::string_view lines = std::string_view(received_).substr(0, end);
    if (!echo_.starts_with(lines)) return false;
    if (end == std::string::npos) return true;
    const std::string_view said = std::string_view(received_).substr(end);
    return too_slow.starts_with(said) ||
           (manner_ == Manner::kTooLong && too_long.starts_with(said));
  }
  // True if it was served as it should be when nothing goes wrong.
  bool IsServed(std::string_view too_long, std::string_view too_slow) const {
    if (manner_ == Manner::kSilent) return received_ == too_slow;
    if (manner_ == Manner::kPolite) return received_ == echo_;
    return received_ == echo_ + std::string(too_long);
  }

 private:
  Task<> Pause(Duration most) {
    const auto pause = Duration(
        random_.Below(static_cast<uint32_t>(most.count() / 1000)) * 1000);
    const auto slept =
        co_await Await(engine_, Request::Sleep(engine_.Now() + pause));
    static_cast<void>(slept);
  }

  Task<> Write() {
    bool connected = false;
    for (int attempt = 0; attempt < 5 && !connected; ++attempt) {
      // The kernel itself gives up after two minutes only.
      const auto result = co_await Await(
          engine_,
          Request::Connect(socket_, sim::Kernel::AddressOf("echo"))
              .WithDeadline(engine_.Now() + std::chrono::milliseconds(300)));
      if (!result.ok()) co_return;
      connected = result->outcome.ok();
      if (!connected) socket_ = kernel_.Socket();
    }
    if (!connected) co_return;
    const bool reads_late = manner_ == Manner::kTooLong;
    if (!reads_late) StartReading();
    const std::size_t end =
        manner_ == Manner::kResets || manner_ == Manner::kVanishes
            ? random_.Below(text_.size())
            : text_.size();
    for (std::size_t at = 0; at < end;) {
      const std::size_t size =
          std::min<std::size_t>(end - at, 1 + random_.Below(60));
      Buffer piece = Buffer::Allocate(size);
      std::memcpy(piece.data(), text_.data() + at, size);
      const auto sent =
          co_await Await(engine_, Request::Send(socket_, std::move(piece)));
      if (!sent.ok() || !sent->outcome.ok()) break;
      at += size;
      if (random_.Below(4) == 0) co_await Pause(std::chrono::milliseconds(9));
    }
    if (manner_ == Manner::kResets) {
      kernel_.Reset(socket_.native());
    } else if (manner_ == Manner::kVanishes) {
      reader_.reset();
      socket_.Reset();
    } else if (manner_ != Manner::kSilent) {
      kernel_.ShutdownWrite(socket_.native());
    }
    if (reads_late) StartReading();
  }

  void StartReading() {
    reader_.emplace(Read());
    reader_->Start();
  }

  Task<> Read() {
    while (true) {
      const auto got = co_await Await(
          engine_,
          Request::Receive(socket_, Buffer::Allocate(1 + random_.Below(50)),
                           {.extent = Extent::kSome}));
      if (!got.ok() || !got->outcome.ok()) break;
      received_.append(reinterpret_cast<const char*>(got->buffer.data()),
                       got->outcome.bytes);
    }
    // Writing has an end as well then.
    kernel_.ShutdownWrite(socket_.native());
  }

  Engine& engine_;
  sim::Kernel& kernel_;
  const Manner manner_;
  sim::Random random_;
  Handle socket_;
  std::string text_;  // What is sent, and of it what comes back.
  std::string echo_;
  std::string received_;
  std::optional<Task<>> writer_;
  std::optional<Task<>> reader_;
};

// How a server's life goes.
struct EchoConditions {
  sim::Personality personality = sim::Personality::kIoUring;
  std::string_view profile = "swarm";
};

// One server and its clients, which are on an engine of their own.
template <class Server>
class EchoLife {
 public:
  EchoLife(uint64_t seed, const EchoConditions& conditions)
      : random_(seed),
        weather_(seed, conditions.profile),
        kernel_({.chooser = &weather_, .stream_bytes = 64}),
        server_engine_(MakeEngine(conditions)),
        client_engine_(MakeEngine(conditions)),
        server_(std::make_unique<Server>(
            *server_engine_, *kernel_.Listen("echo"),
            typename Server::Options{
                .max_connections = kConnections,
                .max_line_bytes = 64,
                .idle = std::chrono::milliseconds(500),
                .linger = std::chrono::milliseconds(100)})) {}

  // Lives. Returns what was wrong, or "".
  std::string Go() {
    server_->Start();
    for (int i = 0; i < 6; ++i) {
      AddClient(static_cast<Manner>(random_.Below(kMannerCount)));
    }
    // Now and then the server has to go before its clients have.
    if (random_.Below(4) == 0) {
      for (uint32_t i = random_.Below(40); i > 0; --i) Turn();
    } else {
      WaitForClients();
      HaveFairWeather();
    }
    End();
    return complaint_;
  }

  uint64_t accepted() const { return accepted_; }
  uint64_t bytes() const { return bytes_; }

 private:
  static constexpr uint32_t kConnections = 3;
  static constexpr Duration kShortSleep = std::chrono::milliseconds(2);

  std::unique_ptr<Engine> MakeEngine(const EchoConditions& conditions) {
    return *Engine::Create(
        kernel_.OpenPort(
            {.personality = conditions.personality, .max_in_flight = 32}),
        {.in_flight_capacity = 32,
         .max_requests = 64,
         .max_remote_requests = 0});
  }

  void AddClient(Manner manner) {
    clients_.push_back(std::make_unique<EchoClient>(*client_engine_, kernel_,
                                                    manner, random_.Next()));
    clients_.back()->Start();
  }

  // Lets both engines have a turn. The longer nothing happens, the longer they
  // sleep: a connect that hangs takes two minutes, if its cancel comes too
  // late.
  void Turn() {
    const uint64_t before = kernel_.delivered();
    for (Engine* engine : {server_engine_.get(), client_engine_.get()}) {
      if (engine == server_engine_.get() && server_ == nullptr) continue;
      const absl::Status status =
          engine->Turn(Wait::Until(kernel_.Now() + sleep_));
      if (!status.ok()) Complain(std::string(status.message()));
    }
    const Duration longest = std::chrono::milliseconds(30);
    sleep_ = kernel_.delivered() > before ? kShortSleep
                                          : std::min(2 * sleep_, longest);
  }

  bool ClientsAreDone() const {
    for (const auto& client : clients_) {
      if (!client->done()) return false;
    }
    return true;
  }

  // Says what was wrong with the clients, and lets go of them.
  void WaitForClients() {
    for (int i = 0; i < 20000 && !ClientsAreDone(); ++i) Turn();
    if (!ClientsAreDone()) Complain("a client waits for ever");
    CheckClients(/*served=*/false);
  }

  void CheckClients(bool served) {
    for (const auto& client : clients_) {
      bytes_ += client->received().size();
      if (!client->IsPlausible(Server::kTooLong, Server::kTooSlow)) {
        Complain("a line came back wrong");
      } else if (served &&
                 !client->IsServed(Server::kTooLong, Server::kTooSlow)) {
        Complain("a client was not served: " + client->received());
      }
    }
    if (ClientsAreDone()) clients_.clear();
  }

  // Whatever has happened: nothing is left of it, and new clients are served.
  void HaveFairWeather() {
    weather_.SetFair(true);
    for (const Manner manner :
         {Manner::kPolite, Manner::kTooLong, Manner::kSilent}) {
      for (uint32_t i = 0; i < kConnections; ++i) AddClient(manner);
      uint32_t most = 0;
      for (int i = 0; i < 2000 && !ClientsAreDone(); ++i) {
        Turn();
        most = std::max(most, server_->connections());
      }
      if (!ClientsAreDone()) Complain("a client waits for ever");
      if (manner == Manner::kSilent && most < kConnections) {
        Complain("not all are served at once");
      }
      CheckClients(/*served=*/true);
      if (!complaint_.empty()) return;
    }
    for (int i = 0; i < 2000 && server_->connections() > 0; ++i) Turn();
    if (server_->connections() > 0) Complain("a connection is never closed");
    if (kernel_.OpenHandles().size() > 1) Complain("handles leak");
  }

  void End() {
    server_engine_->Shutdown({.cancel_first = true});
    if (server_->connections() > 0) Complain("a connection survives the end");
    accepted_ = server_->accepted();
    server_.reset();
    for (int i = 0; i < 20000 && !ClientsAreDone(); ++i) Turn();
    if (!ClientsAreDone()) Complain("a client outlives the server");
    CheckClients(/*served=*/false);
    const ShutdownReport report =
        client_engine_->Shutdown({.budget = Duration(0)});
    clients_.clear();
    kernel_.Settle();
    // What the kernel would not give back keeps its handle (guarantee G12).
    if (kernel_.OpenHandles().size() > report.quarantined) {
      Complain("handles leak at the end");
    }
    if (!kernel_.violations().empty()) {
      Complain(Describe(kernel_.violations()));
    }
  }

  void Complain(std::string what) {
    if (complaint_.empty()) complaint_ = std::move(what);
  }

  sim::Random random_;
  Weather weather_;
  sim::Kernel kernel_;
  std::unique_ptr<Engine> server_engine_;
  std::unique_ptr<Engine> client_engine_;
  std::unique_ptr<Server> server_;
  Duration sleep_ = kShortSleep;
  std::vector<std::unique_ptr<EchoClient>> clients_;
  uint64_t accepted_ = 0;
  uint64_t bytes_ = 0;
  std::string complaint_;
};

// What a search has seen.
struct EchoReport {
  // The first life that went wrong, and how; "" if none did.
  std::string complaint;
  uint64_t accepted = 0;
  uint64_t bytes = 0;
};

// Lives `seeds` lives.
template <class Server>
EchoReport SearchEcho(const EchoConditions& conditions, uint64_t seeds) {
  EchoReport report;
  for (uint64_t seed = 0; seed < seeds && report.complaint.empty(); ++seed) {
    EchoLife<Server> life(seed, conditions);
    const std::string complaint = life.Go();
    report.accepted += life.accepted();
    report.bytes += life.bytes();
    if (!complaint.empty()) {
      report.complaint = "seed " + std::to_string(seed) + ": " + complaint;
    }
  }
  return report;
}

}  // namespace wharf::examples

#endif  // WHARF_EXAMPLES_LINE_ECHO_ECHO_SEARCH_H_
