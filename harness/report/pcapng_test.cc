#include "harness/report/pcapng.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "harness/report/sample_run.h"
#include "harness/report/text.h"

// Reads captures with code of its own.
namespace doublecheck::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::uint32_t number_at(ByteView bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << 8 | bytes[at + i];
  return number;
}

std::string text_at(ByteView bytes, std::size_t at, std::size_t size) {
  const ByteView part = bytes.subspan(at, size);
  return {part.begin(), part.end()};
}

struct Block {
  std::uint32_t type;
  ByteView body;
};

std::vector<Block> blocks_of(ByteView file) {
  std::vector<Block> blocks;
  while (!file.empty()) {
    const std::uint32_t length = number_at(file, 4, 4);
    EXPECT_EQ(length % 4, 0U);
    EXPECT_GE(file.size(), length);
    EXPECT_EQ(number_at(file, length - 4, 4), length);
    blocks.push_back({number_at(file, 0, 4), file.subspan(8, length - 12)});
    file = file.subspan(length);
  }
  return blocks;
}

std::vector<std::string> comments(ByteView options) {
  std::vector<std::string> found;
  for (std::size_t at = 0; number_at(options, at, 2) != 0;) {
    const std::uint32_t size = number_at(options, at + 2, 2);
    if (number_at(options, at, 2) == 1) found.push_back(text_at(options, at + 4, size));
    at += 4 + (size + 3) / 4 * 4;
  }
  return found;
}

// One's complement sum of 16-bit words; of what carries a right checksum it is all ones.
std::uint32_t checked(ByteView bytes, std::uint32_t sum = 0) {
  for (std::size_t i = 0; i < bytes.size(); i += 2)
    sum += i + 1 < bytes.size() ? number_at(bytes, i, 2) : number_at(bytes, i, 1) << 8;
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return sum;
}

struct Packet {
  double seconds;
  std::uint32_t source, destination, sequence, acknowledged;
  std::string data;
  std::string comment;
};

Packet parse_packet(ByteView body) {
  const std::uint32_t size = number_at(body, 12, 4);
  EXPECT_EQ(number_at(body, 16, 4), size);
  const ByteView ip = body.subspan(20, size);
  EXPECT_EQ(ip[0], 0x45);
  EXPECT_EQ(number_at(ip, 2, 2), size);
  EXPECT_EQ(checked(ip.first(20)), 0xFFFFU);
  const ByteView tcp = ip.subspan(20);
  const std::uint32_t pseudo =
      checked(ip.subspan(12, 8)) + 6 + static_cast<std::uint32_t>(tcp.size());
  EXPECT_EQ(checked(tcp, pseudo), 0xFFFFU);
  const std::vector<std::string> told = comments(body.subspan(20 + (size + 3) / 4 * 4));
  EXPECT_EQ(told.size(), 1U);
  const std::uint64_t ticks = std::uint64_t{number_at(body, 4, 4)} << 32 | number_at(body, 8, 4);
  return {static_cast<double>(ticks) / 1e6,
          number_at(ip, 12, 4),
          number_at(ip, 16, 4),
          number_at(tcp, 4, 4),
          number_at(tcp, 8, 4),
          text_at(tcp, 20, tcp.size() - 20),
          told.at(0)};
}

std::vector<Packet> packets_of(ByteView file) {
  std::vector<Packet> packets;
  for (const Block& block : blocks_of(file)) {
    if (block.type == 6) packets.push_back(parse_packet(block.body));
  }
  return packets;
}

TEST(PcapngTest, ASectionSaysWhatItIsOf) {
  const Bytes file = to_pcapng(sample_case(Verdict::kFail), "0.1.0");
  const std::vector<Block> blocks = blocks_of(file);
  ASSERT_GE(blocks.size(), 3U);
  EXPECT_EQ(blocks[0].type, 0x0A0D0D0AU);
  EXPECT_EQ(number_at(blocks[0].body, 0, 4), 0x1A2B3C4DU);
  EXPECT_EQ(number_at(blocks[0].body, 4, 2), 1U);
  EXPECT_THAT(comments(blocks[0].body.subspan(16)),
              ElementsAre("server/keepalive/ping_is_answered_fail: fail\nno answer within 10 s\n"
                          "expected: <iq id=\"p1\" type=\"result\"/>\nreceived: nothing"));
  EXPECT_EQ(blocks[1].type, 1U);
  EXPECT_EQ(number_at(blocks[1].body, 0, 2), 228U);
}

TEST(PcapngTest, ALineIsAPacket) {
  CaseResult result = sample_case(Verdict::kFail);
  result.transcript = {{0.25, "alice", "sent", "stanza", "<a/>"},
                       {0.5, "alice", "received", "stanza", "<bb/>"},
                       {0.5, "bob", "sent", "stanza", "<c/>"},
                       {4000.75, "alice", "sent", "stanza", "<d/>"},
                       {5000, "case", "", "note", "no match"}};
  const Bytes file = to_pcapng(result, "0.1.0");
  const std::vector<Packet> packets = packets_of(file);
  ASSERT_EQ(packets.size(), 5U);
  EXPECT_EQ(packets[0].data, "<a/>\n");
  EXPECT_EQ(packets[0].comment, "alice sent stanza: <a/>");
  EXPECT_EQ(packets[0].seconds, 0.25);
  EXPECT_EQ(packets[1].source, packets[0].destination);
  EXPECT_EQ(packets[1].destination, packets[0].source);
  EXPECT_EQ(packets[1].acknowledged, packets[0].sequence + 5);
  EXPECT_NE(packets[2].source, packets[0].source);
  EXPECT_EQ(packets[3].sequence, packets[0].sequence + 5);
  EXPECT_EQ(packets[3].acknowledged, packets[1].sequence + 6);
  EXPECT_EQ(packets[3].seconds, 4000.75);
  EXPECT_EQ(packets[4].data, "");
  EXPECT_EQ(packets[4].comment, "case  note: no match");
}

TEST(PcapngTest, NothingThatAPeerSaysBreaksIt) {
  CaseResult result = hostile_run().cases.front();
  for (int i = 0; i < 300; ++i) {
    result.transcript.push_back(
        {std::numeric_limits<double>::infinity(), std::to_string(i), "sent", "stanza", "x"});
  }
  result.transcript.push_back({-1, "alice", "received", "stanza", std::string(200'000, 'x')});
  const Bytes file = to_pcapng(result, kHostileText);
  const std::vector<Packet> packets = packets_of(file);
  ASSERT_EQ(packets.size(), 302U);
  EXPECT_EQ(packets[0].data, visible(kHostileText) + "\n");
  EXPECT_THAT(packets.back().data, HasSubstr("more octets"));
  EXPECT_EQ(packets.back().seconds, 0);
}

TEST(PcapngTest, WithoutATranscriptThereIsNoPacket) {
  CaseResult result = sample_case(Verdict::kFail);
  result.transcript.clear();
  EXPECT_THAT(packets_of(to_pcapng(result, "0.1.0")), IsEmpty());
}

}  // namespace
}  // namespace doublecheck::report
