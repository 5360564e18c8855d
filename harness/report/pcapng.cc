#include "harness/report/pcapng.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "harness/report/text.h"
#include "spec/base/writer.h"

namespace doublecheck::report {
namespace {

// Block types and options.
constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kNameResolution = 4;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrderMagic = 0x1A2B3C4D;
constexpr std::uint16_t kEndOfOptions = 0;
constexpr std::uint16_t kComment = 1;
constexpr std::uint16_t kUserApplication = 4;  // of a section
constexpr std::uint16_t kInterfaceName = 2;
constexpr std::uint16_t kIpv4Record = 1;  // of name resolution

constexpr std::uint16_t kLinkTypeIpv4 = 228;
constexpr std::size_t kIpv4HeaderSize = 20;
constexpr std::size_t kTcpHeaderSize = 20;
constexpr std::uint8_t kTcpProtocol = 6;
constexpr std::uint8_t kPush = 0x08;
constexpr std::uint8_t kAcknowledge = 0x10;
constexpr double kTicksPerSecond = 1e6;  // of a time stamp, where nothing else is said

// Below the 65,535 octets of an IPv4 packet and of an option.
constexpr std::size_t kMaxCarried = 60'000;

// 192.0.2.0/24 is for documentation: the implementation under test is its first host, and the
// endpoints of the transcript are those after it.
constexpr std::uint32_t kDocumentationNet = 0xC0000200;
constexpr std::uint32_t kUnderTest = kDocumentationNet + 1;
constexpr std::uint32_t kFirstEndpoint = kDocumentationNet + 2;
constexpr std::uint32_t kMaxEndpoints = 250;
constexpr std::uint16_t kPortUnderTest = 40'443;  // no known protocol
constexpr std::uint16_t kFirstPort = 40'000;

// ---- Blocks: everything is big-endian, which the magic says, and padded to four octets.

void pad(Writer& writer, std::size_t size) {
  for (; size % 4 != 0; ++size) writer.u8(0);
}

void put_option(Writer& writer, std::uint16_t code, std::string_view value) {
  writer.u16(code);
  writer.u16(static_cast<std::uint16_t>(value.size()));
  writer.bytes(as_bytes(value));
  pad(writer, value.size());
}

void put_block(Writer& out, std::uint32_t type, ByteView body) {
  constexpr std::size_t kFrame = 12;
  const auto length = static_cast<std::uint32_t>(body.size() + kFrame);
  out.u32(type);
  out.u32(length);
  out.bytes(body);
  out.u32(length);
}

std::string carried(std::string_view text) { return clipped(visible(text), kMaxCarried); }

Bytes section_header(const CaseResult& result, std::string_view suite_version) {
  Writer body;
  body.u32(kByteOrderMagic);
  body.u16(1);
  body.u16(0);
  body.u32(0xFFFFFFFF);  // of unknown length, in 64 bits
  body.u32(0xFFFFFFFF);
  std::string comment = fmt::format("{}: {}", result.id, to_string(result.verdict));
  if (!result.message.empty()) comment += "\n" + result.message;
  if (!result.expected.empty()) comment += "\nexpected: " + result.expected;
  if (!result.actual.empty()) comment += "\nreceived: " + result.actual;
  put_option(body, kComment, carried(comment));
  put_option(body, kUserApplication, carried(fmt::format("doublecheck {}", suite_version)));
  put_option(body, kEndOfOptions, {});
  return body.take();
}

Bytes interface_description() {
  Writer body;
  body.u16(kLinkTypeIpv4);
  body.u16(0);
  body.u32(0);  // packets are never cut
  put_option(body, kInterfaceName, "transcript");
  put_option(body, kComment, "decoded stanzas in packets that are made up");
  put_option(body, kEndOfOptions, {});
  return body.take();
}

// ---- Packets

// The Internet checksum (RFC 1071), of data that is continued.
std::uint32_t summed(ByteView data, std::uint32_t sum = 0) {
  for (std::size_t i = 0; i < data.size(); ++i)
    sum += static_cast<std::uint32_t>(data[i]) << (i % 2 == 0 ? 8 : 0);
  return sum;
}

std::uint16_t folded(std::uint32_t sum) {
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

struct Side {
  std::uint32_t address;
  std::uint16_t port;
  std::uint32_t sent = 1;  // octets, as sequence numbers count them
};

struct Connection {
  Side suite;
  Side under_test;
};

Bytes ipv4_header(const Side& from, const Side& to, std::size_t payload_size) {
  const auto make = [&](std::uint16_t checksum) {
    Writer header;
    header.u8(0x45);
    header.u8(0);
    header.u16(static_cast<std::uint16_t>(kIpv4HeaderSize + payload_size));
    header.u32(0x00004000);  // never in fragments
    header.u8(64);
    header.u8(kTcpProtocol);
    header.u16(checksum);
    header.u32(from.address);
    header.u32(to.address);
    return header.take();
  };
  return make(folded(summed(make(0))));
}

Bytes tcp_segment(const Side& from, const Side& to, std::string_view data) {
  const auto make = [&](std::uint16_t checksum) {
    Writer segment;
    segment.u16(from.port);
    segment.u16(to.port);
    segment.u32(from.sent);
    segment.u32(to.sent);
    segment.u8(kTcpHeaderSize / 4 << 4);
    segment.u8(data.empty() ? kAcknowledge : kAcknowledge | kPush);
    segment.u16(0xFFFF);
    segment.u16(checksum);
    segment.u16(0);
    segment.bytes(as_bytes(data));
    return segment.take();
  };
  Writer pseudo_header;
  pseudo_header.u32(from.address);
  pseudo_header.u32(to.address);
  pseudo_header.u16(kTcpProtocol);
  pseudo_header.u16(static_cast<std::uint16_t>(kTcpHeaderSize + data.size()));
  return make(folded(summed(make(0), summed(pseudo_header.written()))));
}

Bytes packet(const Side& from, const Side& to, std::string_view data) {
  const Bytes segment = tcp_segment(from, to, data);
  Bytes packet = ipv4_header(from, to, segment.size());
  packet.insert(packet.end(), segment.begin(), segment.end());
  return packet;
}

Bytes enhanced_packet(double seconds, ByteView packet, std::string_view comment) {
  Writer body;
  body.u32(0);  // of the only interface
  const double since = std::isfinite(seconds) ? std::clamp(seconds, 0.0, 1e9) : 0.0;
  const auto ticks = static_cast<std::uint64_t>(std::llround(since * kTicksPerSecond));
  body.u32(static_cast<std::uint32_t>(ticks >> 32));
  body.u32(static_cast<std::uint32_t>(ticks));
  body.u32(static_cast<std::uint32_t>(packet.size()));
  body.u32(static_cast<std::uint32_t>(packet.size()));
  body.bytes(packet);
  pad(body, packet.size());
  put_option(body, kComment, comment);
  put_option(body, kEndOfOptions, {});
  return body.take();
}

// The connections of a transcript, by endpoint.
class Endpoints {
 public:
  explicit Endpoints(const std::vector<TranscriptLine>& transcript) {
    for (const TranscriptLine& line : transcript) {
      if (connections_.size() >= kMaxEndpoints || connections_.contains(line.endpoint)) continue;
      const auto number = static_cast<std::uint32_t>(connections_.size());
      connections_.emplace(
          line.endpoint,
          Connection{.suite = {.address = kFirstEndpoint + number,
                               .port = static_cast<std::uint16_t>(kFirstPort + number)},
                     .under_test = {.address = kUnderTest, .port = kPortUnderTest}});
    }
  }

  // The last of too many shares its connection with those that came too late.
  Connection& of(const std::string& endpoint) {
    const auto found = connections_.find(endpoint);
    return found == connections_.end() ? connections_.rbegin()->second : found->second;
  }

  Bytes names() const {
    Writer body;
    put_name(body, kUnderTest, "under-test");
    for (const auto& [endpoint, connection] : connections_)
      put_name(body, connection.suite.address, endpoint);
    body.u32(0);
    return body.take();
  }

 private:
  static void put_name(Writer& body, std::uint32_t address, std::string_view name) {
    Writer record;
    record.u32(address);
    record.bytes(as_bytes(clipped(visible(name), 64)));
    record.u8(0);
    body.u16(kIpv4Record);
    body.u16(static_cast<std::uint16_t>(record.written().size()));
    body.bytes(record.written());
    pad(body, record.written().size());
  }

  std::map<std::string, Connection> connections_;
};

}  // namespace

Bytes to_pcapng(const CaseResult& result, std::string_view suite_version) {
  Writer out;
  put_block(out, kSectionHeader, section_header(result, suite_version));
  put_block(out, kInterfaceDescription, interface_description());
  Endpoints endpoints(result.transcript);
  put_block(out, kNameResolution, endpoints.names());
  for (const TranscriptLine& line : result.transcript) {
    Connection& connection = endpoints.of(line.endpoint);
    const bool received = line.direction == "received";
    Side& from = received ? connection.under_test : connection.suite;
    Side& to = received ? connection.suite : connection.under_test;
    const std::string data = line.direction.empty() ? std::string() : carried(line.text) + "\n";
    const std::string comment =
        carried(fmt::format("{} {} {}: {}", line.endpoint, line.direction, line.kind, line.text));
    put_block(out, kEnhancedPacket, enhanced_packet(line.seconds, packet(from, to, data), comment));
    from.sent += static_cast<std::uint32_t>(data.size());
  }
  return out.take();
}

}  // namespace doublecheck::report
