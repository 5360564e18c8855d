#include "harness/iut/codec_stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "harness/iut/codec.pb.h"
#include "harness/iut/codec_description.h"
#include "harness/iut/codec_node.h"
#include "harness/iut/codec_operations.h"
#include "harness/iut/in_process_codec.h"
#include "spec/base/random.h"
#include "spec/proto/access.h"
#include "spec/wire/node_text.h"

namespace doublecheck::harness {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    out = ends[0];
    in = ends[1];
  }
  ~Pipe() {
    ::close(out);
    close_in();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_in() {
    if (in >= 0) ::close(in);
    in = -1;
  }

  int out = -1;
  int in = -1;
};

TEST(CodecStream, GivesWhatWasWrittenAndThenNothing) {
  Pipe pipe;
  ASSERT_TRUE(write_codec_message(pipe.in, as_bytes("one")));
  ASSERT_TRUE(write_codec_message(pipe.in, {}));
  pipe.close_in();
  EXPECT_EQ(read_codec_message(pipe.out).value(), to_bytes("one"));
  EXPECT_EQ(read_codec_message(pipe.out).value(), Bytes{});
  EXPECT_EQ(read_codec_message(pipe.out).value(), std::nullopt);
}

TEST(CodecStream, RefusesWhatIsCutOffOrTooLong) {
  for (const Bytes& bytes :
       {Bytes{0, 0}, Bytes{0, 0, 0, 2, 'a'}, Bytes{4, 0, 0, 1}, Bytes{0xff, 0xff, 0xff, 0xff}}) {
    Pipe pipe;
    ASSERT_EQ(::write(pipe.in, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    pipe.close_in();
    EXPECT_FALSE(read_codec_message(pipe.out)) << bytes.size();
  }
}

TEST(InProcessCodec, SaysWhatItCanDo) {
  InProcessCodec codec(SeededRandom(1), {});
  const auto said = describe_codec(codec);
  ASSERT_TRUE(said) << said.error().to_string();
  EXPECT_EQ(said->operations.size(), codec_operations().size());
  for (const CodecOperation& operation : codec_operations())
    EXPECT_TRUE(said->operations.contains(operation.name)) << operation.name;
  EXPECT_FALSE(said->jids_are_text);
}

// Nothing at all in it, of every kind: refused or answered, by nothing worse.
TEST(InProcessCodec, SurvivesEmptyRequestsOfEveryKind) {
  InProcessCodec codec(SeededRandom(1), {});
  for (const CodecOperation& operation : codec_operations()) {
    Bytes request;
    unsigned key = static_cast<unsigned>(operation.number) << 3U | 2U;
    if (key >= 0x80) {
      request.push_back(static_cast<std::uint8_t>((key & 0x7fU) | 0x80U));
      key >>= 7U;
    }
    request.push_back(static_cast<std::uint8_t>(key));
    request.push_back(0);
    codec::Response response;
    ASSERT_TRUE(proto::parse(codec.answer(request).value(), response)) << operation.name;
    EXPECT_TRUE(response.has_refused() ||
                static_cast<int>(response.answer_case()) == operation.number)
        << operation.name;
  }
}

TEST(InProcessCodec, DoesNotKnowWhatIsNoRequest) {
  InProcessCodec codec(SeededRandom(1), {});
  for (const Bytes& request : {Bytes{}, Bytes{0xff}, Bytes{0xfa, 0x3e, 0x00}}) {
    codec::Response response;
    ASSERT_TRUE(proto::parse(codec.answer(request).value(), response));
    EXPECT_TRUE(response.has_unsupported());
  }
}

TEST(CodecNode, ComesBackAsItWas) {
  const auto node = wire::parse_node(
      R"(<iq id="p1" to=jid:"15550001111:2@lid"><a><b/><c>hex:00ff</c></a><d>text:"x"</d><e></e><f>jid:"@g.us"</f></iq>)");
  ASSERT_TRUE(node) << node.error().to_string();
  codec::Node written;
  write_node(*node, written);
  EXPECT_EQ(written.elements_size(), 7);
  const auto read = read_node(written);
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(*read, *node);
}

TEST(CodecNode, RefusesWhatIsNoTree) {
  codec::Node nothing;
  EXPECT_FALSE(read_node(nothing));

  codec::Node childless;
  childless.add_elements()->set_children(2);
  childless.add_elements()->set_tag("only");
  EXPECT_FALSE(read_node(childless));

  codec::Node two_roots;
  two_roots.add_elements()->set_tag("one");
  two_roots.add_elements()->set_tag("another");
  EXPECT_FALSE(read_node(two_roots));

  codec::Node deep;
  for (std::size_t i = 0; i < kMaxCodecNodeDepth + 1; ++i) deep.add_elements()->set_children(1);
  deep.add_elements()->set_tag("bottom");
  EXPECT_FALSE(read_node(deep));
}

}  // namespace
}  // namespace doublecheck::harness
