// LineEcho: a server that sends every line back. What any server has to get
// right is in it: connections come and go, lines arrive in pieces, clients are
// slow, silent, rude or gone.
//
//   LineEcho server(engine, listener, {});
//   server.Start();
//   engine.RunUntilIdle();

#ifndef WHARF_EXAMPLES_LINE_ECHO_LINE_ECHO_H_
#define WHARF_EXAMPLES_LINE_ECHO_LINE_ECHO_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/handle.h"
#include "engine/task.h"
#include "engine/time.h"

namespace wharf::examples {

// The limits of a server; every one is enforced.
struct LineEchoOptions {
  // Connections that are served at once; more wait in the listener's queue.
  uint32_t max_connections = 64;
  // The longest line, its end included. A longer one is answered with
  // LineEcho::kTooLong, and the connection closed.
  std::size_t max_line_bytes = 1024;
  // A connection that sends nothing for so long, or takes nothing, is closed;
  // the former with LineEcho::kTooSlow.
  Duration idle = std::chrono::seconds(30);
  // How long a connection that the server closes may take to go.
  Duration linger = std::chrono::seconds(1);
  // Before the next try when a connection could not be accepted.
  Duration accept_pause = std::chrono::milliseconds(10);
};

// One server on one listening socket. Belongs to the engine's loop thread.
// Destroying it drops all connections; so does Engine::Shutdown, which has to
// come first if the engine goes before the server.
class LineEcho {
 public:
  using Options = LineEchoOptions;

  // What is said before the server closes a connection.
  static constexpr std::string_view kTooLong = "! the line is too long\n";
  static constexpr std::string_view kTooSlow = "! nothing came for too long\n";

  LineEcho(Engine& engine, Handle listener, const LineEchoOptions& options)
      : engine_(engine), listener_(std::move(listener)), options_(options) {}
  LineEcho(const LineEcho&) = delete;
  LineEcho& operator=(const LineEcho&) = delete;

  // Begins to accept. Once. The engine needs room for two requests for each of
  // max_connections.
  void Start();

  // Connections at the moment, and ever.
  uint32_t connections() const { return connections_; }
  uint64_t accepted() const { return accepted_; }

 private:
  // Accepts and serves one connection after the other, until the engine ends.
  Task<> Serve();
  Task<> Talk(Handle socket);
  // Says why, and closes so that the client can hear it.
  Task<> Dismiss(Handle socket, std::string_view why);

  Engine& engine_;
  const Handle listener_;
  const LineEchoOptions options_;
  uint32_t connections_ = 0;
  uint64_t accepted_ = 0;
  std::vector<Task<>> servers_;  // One for each connection there may be.
};

}  // namespace wharf::examples

#endif  // WHARF_EXAMPLES_LINE_ECHO_LINE_ECHO_H_
