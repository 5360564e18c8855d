#include "harness/sim/trace_digest.h"

#include <type_traits>

#include "spec/base/crypto.h"
#include "spec/base/text_encoding.h"
#include "spec/base/writer.h"

namespace doublecheck::harness::sim {
namespace {

// Every field with its length, so that no two records have the same bytes.
class Fields {
 public:
  void add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8)
      bytes_.push_back(static_cast<std::uint8_t>(number >> shift));
  }
  void add(ByteView bytes) {
    add(std::uint64_t{bytes.size()});
    append(bytes_, bytes);
  }
  void add(const std::string& text) { add(as_bytes(text)); }
  void add(trace::Direction direction) { add(static_cast<std::uint64_t>(direction)); }
  void add(const trace::ApplicationMessage& message) {
    add(message.sender);
    add(message.recipient);
    add(message.id);
    add(message.text);
  }
  ByteView bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

struct AddEvent {
  Fields& fields;

  void operator()(const trace::Opened& event) const { fields.add(event.carrier); }
  void operator()(const trace::Closed& event) const {
    fields.add(std::uint64_t{event.by_us});
    fields.add(event.reason);
  }
  void operator()(const trace::Wire& event) const {
    fields.add(event.direction);
    fields.add(ByteView(event.bytes));
  }
  void operator()(const trace::HandshakeFrame& event) const {
    fields.add(event.direction);
    fields.add(ByteView(event.payload));
  }
  void operator()(const trace::StanzaFrame& event) const {
    fields.add(event.direction);
    fields.add(ByteView(event.plaintext));
  }
  void operator()(const trace::Identified& event) const { fields.add(event.who); }
  void operator()(const trace::GuardDecision& event) const {
    fields.add(static_cast<std::uint64_t>(event.rule));
    fields.add(std::uint64_t{event.held});
  }
  void operator()(const trace::Intervention& event) const { fields.add(event.what); }
  void operator()(const trace::Remarked& event) const { fields.add(event.text); }
  void operator()(const trace::Joined& event) const { fields.add(event.user); }
  void operator()(const trace::Refused& event) const {
    fields.add(event.message);
    fields.add(event.reason);
  }
  void operator()(const trace::MembershipChanged& event) const {
    fields.add(event.group);
    fields.add(event.user);
    fields.add(std::uint64_t{event.is_member});
  }
  template <typename OfMessage>
  void operator()(const OfMessage& event) const {
    fields.add(event.message);
  }
};

}  // namespace

void TraceDigest::add(const trace::Record& record) {
  Fields fields;
  fields.add(ByteView(state_));
  fields.add(static_cast<std::uint64_t>(record.at.steady.since_start.count()));
  fields.add(static_cast<std::uint64_t>(record.at.wall.milliseconds()));
  fields.add(record.endpoint);
  fields.add(record.connection);
  fields.add(std::uint64_t{record.event.index()});
  std::visit(AddEvent{fields}, record.event);
  state_ = sha256(fields.bytes());
}

std::string TraceDigest::to_string() const { return to_hex(ByteView(state_).first(8)); }

}  // namespace doublecheck::harness::sim
