#include "harness/actor/peer.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "harness/suite/verdict.h"
#include "spec/base/text_encoding.h"
#include "spec/base/writer.h"
#include "spec/pairing/device_identity.h"
#include "spec/pairing/qr.h"
#include "spec/wire/frame.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_text.h"

namespace doublecheck::harness {
namespace {

constexpr std::size_t kMaxHandshakeFrame = std::size_t{1} << 20;

wire::Node element(std::string_view tag, std::vector<wire::Attribute> attributes = {},
                   wire::Content content = {}) {
  return {.tag = tag, .attributes = std::move(attributes), .content = std::move(content)};
}

}  // namespace

// One connection. The handlers of its link do nothing once the peer has dropped it.
class Peer::Wire {
 public:
  std::unique_ptr<Link> link;
  bool open = true;
};

Peer::Peer(std::string name, Credentials credentials, ServerUnderTest& server, RandomSource& random,
           Transcript& transcript)
    : name_(std::move(name)),
      credentials_(std::move(credentials)),
      server_(server),
      random_(random),
      transcript_(transcript) {}

Peer::~Peer() = default;

Context Peer::context() { return {.now = server_.driver().now(), .random = random_, .guard = {}}; }

void Peer::open() {
  wire_.reset();
  inbox_.clear();
  handshake_frames_.clear();
  pieces_.clear();
  authenticated_.reset();
  close_reason_.clear();
  failure_.reset();
  stream_.reset();
  piece_size_ = 0;
  exchange_.emplace(Exchange::Judged::kServer, violations_);
  wire_ = std::make_shared<Wire>();
  const std::weak_ptr<Wire> connection = wire_;
  wire_->link = server_.connect({.on_bytes =
                                     [this, connection](ByteView bytes) {
                                       const auto held = connection.lock();
                                       if (!held || !held->open) return;
                                       pieces_.push_back(to_bytes(bytes));
                                       if (stream_) take_output(stream_->receive(bytes, context()));
                                     },
                                 .on_closed =
                                     [this, connection](std::string reason) {
                                       const auto held = connection.lock();
                                       if (!held || !held->open) return;
                                       held->open = false;
                                       transcript_.add(name_, "", "closed", reason);
                                       close_reason_ = std::move(reason);
                                     }});
  transcript_.add(name_, "", "opened", "connection opened");
}

void Peer::start_connecting(ConnectOptions options) {
  open();
  noise::ClientHandshakeConfig handshake;
  handshake.static_key = credentials_.noise_key;
  handshake.trust_root = {server_.trust_root()};
  handshake.faults = std::move(options.faults);
  if (options.resume) {
    handshake.ticket = credentials_.ticket;
    handshake.registered = true;
  }
  if (options.encoded_payload) {
    handshake.payload = std::move(*options.encoded_payload);
  } else if (options.payload) {
    handshake.payload = noise::encode_client_payload(*options.payload);
  } else if (credentials_.paired) {
    handshake.payload = noise::encode_client_payload(credentials_.login_payload());
  } else {
    handshake.payload = noise::encode_client_payload(credentials_.registration_payload(random_));
  }
  piece_size_ = options.piece_size;
  behind_finish_ = std::move(options.behind_finish);
  stream_.emplace(std::move(handshake), std::move(options.routing_info), kMaxHandshakeFrame);
  take_output(stream_->start(context()));
}

void Peer::connect(ConnectOptions options) {
  start_connecting(std::move(options));
  const bool done = server_.driver().run_until(
      [this] { return is_established() || failure_ || !is_open(); }, seconds(10));
  if (failure_) fail_case("the handshake succeeds", "a ServerHello that convinces", *failure_);
  if (!done || !is_established()) {
    fail_case("the handshake succeeds", "a ServerHello",
              done ? "the connection was closed" : "nothing within 10 s");
  }
}

void Peer::close() {
  if (!is_open()) return;
  wire_->open = false;
  wire_->link->close();
  transcript_.add(name_, "", "closed", "closed by this end");
}

void Peer::reset() {
  if (!is_open()) return;
  wire_->open = false;
  wire_->link->reset();
  transcript_.add(name_, "", "closed", "reset by this end");
}

bool Peer::is_open() const { return wire_ && wire_->open; }
bool Peer::is_established() const { return stream_ && stream_->established(); }

void Peer::take_output(session::ClientStream::Output output) {
  if (behind_finish_ && is_established() && !output.frames.empty()) {
    transcript_.add(name_, "sent", "stanza", wire::print_node(*behind_finish_));
    append(output.frames.back(), seal(*std::exchange(behind_finish_, std::nullopt)));
  }
  for (const Bytes& frame : output.frames) send_pieces(frame);
  for (session::ClientStreamEvent& event : output.events) {
    if (auto* handshake = std::get_if<session::HandshakeReceived>(&event)) {
      transcript_.add(name_, "received", "handshake",
                      std::to_string(handshake->payload.size()) + " bytes");
      handshake_frames_.push_back(std::move(handshake->payload));
    } else if (auto* sent = std::get_if<session::HandshakeSent>(&event)) {
      transcript_.add(name_, "sent", "handshake", std::to_string(sent->payload.size()) + " bytes");
    } else if (auto* authenticated = std::get_if<session::ServerAuthenticated>(&event)) {
      credentials_.ticket = authenticated->ticket;
      authenticated_ = std::move(*authenticated);
    } else if (auto* received = std::get_if<session::PlaintextReceived>(&event)) {
      auto stanza = wire::Stanza::decode(received->plaintext);
      if (!stanza) {
        failure_ = "an undecodable stanza: " + stanza.error().to_string();
        transcript_.add(name_, "received", "stanza",
                        *failure_ + "; hex " + to_hex(received->plaintext));
        continue;
      }
      transcript_.add(name_, "received", "stanza", wire::print_node(stanza->root()));
      exchange_->said(stanza->root());
      inbox_.push_back(stanza->root());
    }
  }
  if (output.failure) {
    failure_ = output.failure->error.to_string();
    transcript_.add(name_, "", "note", "gave up: " + *failure_);
  }
}

void Peer::send_pieces(ByteView bytes) {
  const std::size_t size = piece_size_ == 0 ? std::max<std::size_t>(bytes.size(), 1) : piece_size_;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    wire_->link->send(bytes.subspan(at, std::min(size, bytes.size() - at)));
  }
}

void Peer::send(const wire::Node& stanza) {
  if (!is_open())
    fail_case("the connection is open when a stanza is sent", "an open connection", close_reason_);
  transcript_.add(name_, "sent", "stanza", wire::print_node(stanza));
  send_pieces(seal(stanza));
}

void Peer::send_plaintext(ByteView plaintext) {
  if (!is_open())
    fail_case("the connection is open when a frame is sent", "an open connection", close_reason_);
  transcript_.add(
      name_, "sent", "stanza",
      "plaintext hex " + to_hex(plaintext.first(std::min<std::size_t>(plaintext.size(), 256))));
  send_pieces(seal_plaintext(plaintext));
}

void Peer::send_frame(ByteView payload) {
  Writer frame;
  frame.u24(static_cast<std::uint32_t>(payload.size()));
  frame.bytes(payload);
  send_bytes(frame.written());
}

void Peer::send_bytes(ByteView bytes) {
  if (!is_open())
    fail_case("the connection is open when bytes are sent", "an open connection", close_reason_);
  transcript_.add(name_, "sent", "bytes",
                  std::to_string(bytes.size()) +
                      " bytes: " + to_hex(bytes.first(std::min<std::size_t>(bytes.size(), 64))));
  wire_->link->send(bytes);
}

Bytes Peer::seal(const wire::Node& stanza) {
  auto plaintext = wire::encode_payload(stanza);
  if (!plaintext)
    inconclusive("the case made a stanza that cannot be encoded: " + plaintext.error().to_string());
  return seal_plaintext(*plaintext);
}

Bytes Peer::seal_plaintext(ByteView plaintext) {
  if (!is_established()) inconclusive("the case sends before its handshake is over");
  auto frame = stream_->seal(plaintext);
  if (!frame)
    inconclusive("the case made a frame that cannot be sealed: " + frame.error().to_string());
  if (const auto stanza = wire::Stanza::decode(to_bytes(plaintext)))
    exchange_->told(stanza->root());
  return std::move(*frame);
}

std::string Peer::new_id() { return name_ + "-" + std::to_string(next_id_++); }

std::string Peer::describe_inbox() const {
  if (failure_) return *failure_;
  if (inbox_.empty())
    return is_open() ? "nothing" : "nothing; the connection is closed: " + close_reason_;
  std::string text;
  const std::size_t shown = std::min<std::size_t>(inbox_.size(), 5);
  for (std::size_t i = inbox_.size() - shown; i < inbox_.size(); ++i) {
    text += (text.empty() ? "" : "\n") + wire::print_node(inbox_[i]);
  }
  return text;
}

wire::Node Peer::expect(const Matcher& matcher, Duration within) {
  const auto found = [&] { return std::ranges::find_if(inbox_, matcher.matches); };
  const bool came = server_.driver().run_until(
      [&] {
        return found() != inbox_.end() || (!is_open() && found() == inbox_.end()) || failure_;
      },
      within);
  const auto position = found();
  if (!came || position == inbox_.end()) {
    fail_case("expected " + matcher.description, matcher.description, describe_inbox());
  }
  wire::Node node = std::move(*position);
  inbox_.erase(position);
  return node;
}

void Peer::expect_none(const Matcher& matcher) {
  const auto position = std::ranges::find_if(inbox_, matcher.matches);
  if (position != inbox_.end()) {
    fail_case("did not expect " + matcher.description, "no " + matcher.description,
              wire::print_node(*position));
  }
}

std::size_t Peer::count(const Matcher& matcher) const {
  return static_cast<std::size_t>(std::ranges::count_if(inbox_, matcher.matches));
}

void Peer::expect_closed(Duration within) {
  if (!server_.driver().run_until([this] { return !is_open(); }, within)) {
    fail_case("the server closes the connection", "a closed connection",
              "the connection is still open; " + describe_inbox());
  }
}

wire::Node Peer::ask(wire::Node iq, Duration within) {
  if (!iq.has("id")) iq.set("id", wire::Text(new_id()));
  if (!iq.has("to")) iq.set("to", wire::Jid::of_server());
  const std::string id(iq.text("id").value_or(""));
  send(iq);
  return expect(answer_to(id), within);
}

void Peer::barrier() { ask(element("iq", {{"type", "get"}, {"xmlns", "w:p"}})); }

std::string Peer::show_qr() {
  connect();
  const wire::Node pair_device = expect(query_with("pair-device"));
  wire::Node result = element("iq", {{"to", wire::Jid::of_server()}, {"type", "result"}});
  if (const wire::Value* id = pair_device.attribute("id")) result.set("id", *id);
  send(result);
  const wire::Node* reference = pair_device.children().front().child("ref");
  const auto text = reference == nullptr ? std::nullopt : reference->bytes();
  if (!text)
    fail_case("pair-device holds references", "<ref> with bytes", wire::print_node(pair_device));
  return pairing::format_qr({.ref = to_text(*text),
                             .noise_key = credentials_.noise_key.public_key,
                             .identity_key = credentials_.identity.public_key,
                             .adv_secret = credentials_.adv_secret,
                             .platform_id = "1",
                             .has_prefix = true});
}

void Peer::pair() {
  const std::string qr = show_qr();
  const auto scanned = server_.scan(qr);
  if (!scanned)
    fail_case("the phone can scan the QR code", "a paired device", scanned.error().to_string());
  send(answer_pair_success(expect(query_with("pair-success"))));
  expect(stanza("stream:error", {{"code", "515"}}));
  expect_closed();
}

wire::Node Peer::answer_pair_success(const wire::Node& success) {
  const wire::Node& body = success.children().front();
  const wire::Node* identity = body.child("device-identity");
  const wire::Node* device = body.child("device");
  if (identity == nullptr || device == nullptr || device->jid("jid") == nullptr ||
      device->jid("lid") == nullptr) {
    fail_case("pair-success is complete", "device-identity, and device with jid and lid",
              wire::print_node(success));
  }
  const auto accepted =
      pairing::accept_device_identity(identity->bytes().value_or(ByteView{}),
                                      credentials_.adv_secret, credentials_.identity, context());
  if (!accepted) {
    fail_case("the device identity of pair-success verifies", "a valid HMAC and account signature",
              std::string(pairing::error_text(accepted.error())));
  }
  credentials_.paired =
      Paired{.jid = *device->jid("jid"),
             .lid = *device->jid("lid"),
             .signed_identity = pairing::encode_signed_device_identity(accepted->signed_identity)};
  wire::Node sign = element("iq", {{"to", wire::Jid::of_server()}, {"type", "result"}});
  if (const wire::Value* id = success.attribute("id")) sign.set("id", *id);
  wire::Node content = element(
      "device-identity", {{"key-index", wire::Text(std::to_string(accepted->identity.key_index))}},
      wire::Blob(pairing::pair_device_sign_content(*accepted)));
  sign.content = std::vector<wire::Node>{
      element("pair-device-sign", {}, std::vector<wire::Node>{std::move(content)})};
  return sign;
}

wire::Node Peer::log_in(ConnectOptions options) {
  connect(std::move(options));
  return expect(stanza("success"));
}

void Peer::upload_prekeys(std::size_t count) {
  const auto bytes_element = [](std::string_view tag, const Bytes& content) {
    return element(tag, {}, wire::Blob(content));
  };
  const auto key = [&](std::string_view tag, std::uint32_t id, const PublicKey& value) {
    Writer writer;
    writer.u24(id);
    return element(tag, {},
                   std::vector<wire::Node>{bytes_element("id", writer.take()),
                                           bytes_element("value", to_bytes(value))});
  };
  std::vector<wire::Node> keys;
  for (std::size_t i = 0; i < count; ++i) {
    keys.push_back(
        key("key", static_cast<std::uint32_t>(next_id_++), KeyPair::generate(random_).public_key));
  }
  wire::Node signed_prekey =
      key("skey", credentials_.signed_prekey_id, credentials_.signed_prekey.public_key);
  std::vector<wire::Node> signed_children(signed_prekey.children().begin(),
                                          signed_prekey.children().end());
  signed_children.push_back(
      bytes_element("signature", to_bytes(credentials_.signed_prekey_signature)));
  signed_prekey.content = std::move(signed_children);
  Writer registration;
  registration.u32(credentials_.registration_id);
  const wire::Node answer = ask(element(
      "iq", {{"type", "set"}, {"xmlns", "encrypt"}},
      std::vector<wire::Node>{bytes_element("registration", registration.take()),
                              bytes_element("type", {0x05}),
                              bytes_element("identity", to_bytes(credentials_.identity.public_key)),
                              element("list", {}, std::move(keys)), std::move(signed_prekey)}));
  if (answer.text("type") != "result")
    fail_case("prekeys can be uploaded", "a result", wire::print_node(answer));
}

std::vector<wire::Node> Peer::activate() {
  const wire::Node answer = ask(element("iq", {{"type", "set"}, {"xmlns", "passive"}},
                                        std::vector<wire::Node>{element("active")}));
  if (answer.text("type") != "result")
    fail_case("a client can become active", "a result", wire::print_node(answer));
  expect(info("offline"));
  std::vector<wire::Node> queued;
  for (auto node = inbox_.begin(); node != inbox_.end();) {
    if (!node->has("offline")) {
      ++node;
      continue;
    }
    queued.push_back(std::move(*node));
    node = inbox_.erase(node);
  }
  return queued;
}

void Peer::come_online() {
  pair();
  log_in();
  upload_prekeys(10);
  activate();
  // A phone may write to its new companion at once. What it says is not what cases are about.
  barrier();
  for (const wire::Node& node : std::exchange(inbox_, {})) {
    if (node.tag == "message") settle(node);
  }
  barrier();
  inbox_.clear();
}

wire::Node Peer::message_to(const wire::Jid& to, const std::vector<wire::Jid>& devices,
                            std::string id) {
  if (id.empty()) {
    id = "3EB0" + to_hex(random_.bytes(9));
    std::ranges::transform(id, id.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  }
  std::vector<wire::Node> recipients;
  for (const wire::Jid& device : devices) {
    wire::Node encrypted =
        element("enc", {{"v", "2"}, {"type", "msg"}}, wire::Blob(random_.bytes(64)));
    recipients.push_back(
        element("to", {{"jid", device}}, std::vector<wire::Node>{std::move(encrypted)}));
  }
  return element("message", {{"id", wire::Text(id)}, {"to", to}, {"type", "text"}},
                 std::vector<wire::Node>{element("participants", {}, std::move(recipients))});
}

void Peer::settle(const wire::Node& message) {
  wire::Node receipt = element("receipt");
  if (const wire::Value* id = message.attribute("id")) receipt.set("id", *id);
  if (const wire::Value* from = message.attribute("from")) receipt.set("to", *from);
  send(receipt);
}

}  // namespace doublecheck::harness
