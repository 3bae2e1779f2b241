// The state of the WakeGate model, and the atomic whose accesses are its steps.
//
// Memory is as weak as acquire and release allow. Each thread has a view: which
// of the others' writes (filled cells, the closed flag) it is sure to see. The
// gate's word is the list of its values, each with the view that it hands over:
// a release adds the writer's view, and a read-modify-write keeps what the
// value before it carried (the release sequence). An acquire adds the value's
// view to the reader's. A load may take any value that is not older than the
// last one that its thread has taken; a read-modify-write takes the newest.

#ifndef WHARF_TESTS_MODEL_MODEL_ATOMIC_H_
#define WHARF_TESTS_MODEL_MODEL_ATOMIC_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <type_traits>

namespace wharf::model {

constexpr int kMaxThreads = 4;  // the loop and three producers
constexpr int kMaxAccesses = 8;
constexpr int kMaxItems = 8;
constexpr int kMaxValues = 14;  // of the word, that the loop may still load

// A set of writes: bit i is item i's, and the last one the closed flag.
using View = uint16_t;
constexpr View kClosedWrite = View{1} << kMaxItems;

// One value of the gate's word, and what it hands over.
struct Value {
  uint32_t word = 0;
  View view = 0;
  uint16_t padding = 0;
};

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
  // The gate's, oldest first. Those that the loop cannot load any more are
  // gone, so that the first one is the last that it has taken.
  std::array<Value, kMaxValues> values = {};
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

  uint8_t value_count = 1;
  uint8_t stale_left = 0;  // old values that the loop may still take
  std::array<View, kMaxThreads> views = {};
  // What each filled cell hands over.
  std::array<View, kMaxItems> fill_views = {};
  // What the producers that have left hand over to the next that leaves.
  View leaving = 0;
  std::array<uint8_t, 4> padding = {};

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
  State* state;
  int thread;
  // A load takes the value that is so many older than the newest. A step that
  // is no load, or has none so old, is not possible then.
  int age = 0;
  bool possible = true;
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

  T load(std::memory_order order) const {
    return Access(order, [](T) { return std::nullopt; });
  }
  T fetch_add(T operand, std::memory_order order) {
    return Access(order, [=](T value) { return value + operand; });
  }
  T fetch_or(T operand, std::memory_order order) {
    return Access(order, [=](T value) { return value | operand; });
  }
  T fetch_and(T operand, std::memory_order order) {
    return Access(order, [=](T value) { return value & operand; });
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order order,
                               std::memory_order) {
    const T wanted = expected;
    expected = Access(order, [=](T value) {
      return value == wanted ? std::optional<T>(desired) : std::nullopt;
    });
    return expected == wanted;
  }

 private:
  // `change` gives the new value, or nothing if nothing is written.
  template <class Change>
  static T Access(std::memory_order order, Change change) {
    constexpr bool kLoad =
        std::is_same_v<std::invoke_result_t<Change, T>, std::nullopt_t>;
    Step& step = *current_step;
    State& state = *step.state;
    Thread& thread = state.threads[static_cast<std::size_t>(step.thread)];
    if (step.replayed < thread.answer_count) {
      return thread.answers[static_cast<std::size_t>(step.replayed++)];
    }
    if (step.taken) throw Pause();
    if (thread.answer_count == kMaxAccesses) std::abort();
    step.taken = true;
    if (step.age > (kLoad ? state.value_count - 1 : 0)) step.possible = false;
    if (!step.possible) throw Pause();

    View& view = state.views[static_cast<std::size_t>(step.thread)];
    const int newest = state.value_count - 1;
    const int taken = newest - step.age;
    const Value before = state.values[static_cast<std::size_t>(taken)];
    if (Acquires(order)) view |= before.view;
    // The loop takes nothing older from now on. Nobody else loads.
    if (step.thread == 0) DropOlder(state, taken);
    const std::optional<T> after = change(before.word);
    if (after.has_value()) {
      const View handed = Releases(order) ? view : View{0};
      if (state.value_count == kMaxValues) std::abort();
      state.values[state.value_count++] = {
          static_cast<uint32_t>(*after),
          static_cast<View>(before.view | handed)};
      if (step.thread == 0) DropOlder(state, state.value_count - 1);
    }
    thread.answers[thread.answer_count++] = before.word;
    ++step.replayed;
    return before.word;
  }

  static bool Acquires(std::memory_order order) {
    return order == std::memory_order_acquire ||
           order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
  }
  static bool Releases(std::memory_order order) {
    return order == std::memory_order_release ||
           order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
  }
  static void DropOlder(State& state, int count) {
    const auto first = state.values.begin();
    std::copy(first + count, first + state.value_count, first);
    state.value_count = static_cast<uint8_t>(state.value_count - count);
    std::fill(first + state.value_count, state.values.end(), Value{});
  }
};

}  // namespace wharf::model

#endif  // WHARF_TESTS_MODEL_MODEL_ATOMIC_H_
