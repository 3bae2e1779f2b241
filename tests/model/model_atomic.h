// The state of the WakeGate model, and the atomic whose accesses are its steps.

#ifndef WHARF_TESTS_MODEL_MODEL_ATOMIC_H_
#define WHARF_TESTS_MODEL_MODEL_ATOMIC_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <type_traits>

namespace wharf::model {

constexpr int kMaxThreads = 4;  // the loop and three producers
constexpr int kMaxAccesses = 8;
constexpr int kMaxItems = 8;

// What a thread has to remember between its steps. In the middle of a gate
// method that is what its accesses have returned so far: the method is run from
// its beginning each time, with those answers, up to its next access.
struct Thread {
  uint64_t seen = 0;
  std::array<uint64_t, kMaxAccesses> answers = {};
  uint8_t answer_count = 0;
  uint8_t at = 0;
  uint8_t items_left = 0;
  uint8_t cell = 0;
  uint8_t saw_closed = 0;
  std::array<uint8_t, 3> padding = {};
};

// All there is in the model at one time.
struct State {
  uint64_t word = 0;  // the gate's
  std::array<Thread, kMaxThreads> threads = {};
  std::array<uint8_t, kMaxItems> filled = {};  // the queue
  uint8_t head = 0;
  uint8_t tail = 0;
  uint8_t woken = 0;  // the port: a Wake not yet consumed by a sleep
  uint8_t closed = 0;
  uint8_t producers_left = 0;
  uint8_t spurious_left = 0;
  uint8_t armed = 0;  // between Arm and Disarm
  uint8_t wakes_when_armed = 0;

  friend bool operator==(const State& a, const State& b) {
    return std::memcmp(&a, &b, sizeof(State)) == 0;
  }
};
static_assert(std::has_unique_object_representations_v<State>);

// For tables of states.
struct HashOfState {
  std::size_t operator()(const State& state) const {
    std::array<uint64_t, sizeof(State) / 8> words;
    std::memcpy(words.data(), &state, sizeof(State));
    uint64_t hash = 0;
    for (uint64_t word : words) {
      hash = (hash ^ word) * 0x9e3779b97f4a7c15;
      hash ^= hash >> 29;
    }
    return static_cast<std::size_t>(hash);
  }
};
static_assert(sizeof(State) % 8 == 0);

// The thread that takes a step now, and what it may still do.
struct Step {
  uint64_t* word;
  Thread* thread;
  int replayed = 0;
  bool taken = false;
};
inline Step* current_step = nullptr;

// Thrown out of a gate method at its next access.
struct Pause {};

// A stand-in for std::atomic: each access is one step, and at most one is taken
// in a run of a gate method; the earlier ones are replayed, the next one
// pauses.
template <class T>
class ModelAtomic {
 public:
  constexpr explicit(false) ModelAtomic(T) {}

  T load(std::memory_order) const {
    return Access([](T value) { return value; });
  }
  T fetch_add(T operand, std::memory_order) {
    return Access([=](T value) { return value + operand; });
  }
  T fetch_or(T operand, std::memory_order) {
    return Access([=](T value) { return value | operand; });
  }
  T fetch_and(T operand, std::memory_order) {
    return Access([=](T value) { return value & operand; });
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order,
                               std::memory_order) {
    const T wanted = expected;
    expected =
        Access([=](T value) { return value == wanted ? desired : value; });
    return expected == wanted;
  }

 private:
  template <class Change>
  static T Access(Change change) {
    Step& step = *current_step;
    Thread& thread = *step.thread;
    if (step.replayed < thread.answer_count) {
      return thread.answers[static_cast<std::size_t>(step.replayed++)];
    }
    if (step.taken) throw Pause();
    if (thread.answer_count == kMaxAccesses) std::abort();
    step.taken = true;
    const T before = *step.word;
    *step.word = change(before);
    thread.answers[thread.answer_count++] = before;
    ++step.replayed;
    return before;
  }
};

}  // namespace wharf::model

#endif  // WHARF_TESTS_MODEL_MODEL_ATOMIC_H_
