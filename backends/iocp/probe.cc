#include "backends/iocp/probe.h"

#include <memory>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "backends/iocp/port.h"

namespace wharf {
namespace {

// Why Windows has it not, and what does the same.
struct Missing {
  std::string_view why;
  std::string_view way_out;
};

Missing WhyMissing(Opcode opcode) {
  switch (opcode) {
    case Opcode::kPoll:
      return {"completion ports know no readiness",
              "receive, read or accept instead: they wait"};
    case Opcode::kAllocate:
      return {
          "Windows reserves space only by setting a size, which cuts off "
          "what is appended meanwhile",
          "write zeros"};
    default:
      return {"this port has no such operation", "use another backend"};
  }
}

struct FeatureRow {
  PortFeature feature;
  const char* name;
  const char* good_for;
  Missing missing;
};

constexpr FeatureRow kFeatures[] = {
    {kFeatureCancel, "cancel", "ends an operation that waits", {}},
    {kFeatureDurableWrite,
     "durable_write",
     "one operation for a durable write",
     {"durability belongs to the handle, not to a write",
      "nothing: the engine writes, then syncs"}},
    {kFeatureDataSync,
     "data_sync",
     "a sync without metadata",
     {"FlushFileBuffers writes both", "nothing: it is a full sync"}},
    {kFeaturePunchHole,
     "punch_hole",
     "gives space back",
     {"there is no kAllocate", "write zeros"}},
    {kFeatureCurrentPosition,
     "current_position",
     "transfers at the handle's own position",
     {"an overlapped file has none", "give an offset; pipes ignore it"}},
};

BackendFact Fact(std::string_view name, bool available,
                 std::string_view good_for, const Missing& missing) {
  return {.name = std::string(name),
          .available = available,
          .explanation = std::string(available ? good_for : missing.why),
          .way_out = std::string(available ? "" : missing.way_out)};
}

}  // namespace

BackendOffer ProbeIocp(IocpCalls& calls) {
  BackendOffer offer;
  offer.backend = BackendChoice::kIocp;
  absl::StatusOr<std::unique_ptr<IocpPort>> port = IocpPort::Open({}, calls);
  if (!port.ok()) {
    offer.explanation = std::string(port.status().message());
    offer.way_out =
        "do what the message says, or use the simulated port for tests";
    return offer;
  }
  offer.available = true;
  offer.explanation =
      absl::StrCat("completion ports work on Windows ", calls.SystemRelease());
  const PortCapabilities& has = (*port)->Capabilities();
  for (const FeatureRow& row : kFeatures) {
    offer.features.push_back(Fact(row.name, has.HasFeatures(row.feature),
                                  row.good_for, row.missing));
  }
  for (int i = 0; i < kOpcodeCount; ++i) {
    const auto opcode = static_cast<Opcode>(i);
    offer.operations.push_back(Fact(OpcodeName(opcode), has.Has(opcode),
                                    "an operation of Wharf's engine",
                                    WhyMissing(opcode)));
  }
  return offer;
}

}  // namespace wharf
