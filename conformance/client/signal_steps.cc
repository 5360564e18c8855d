#include "conformance/client/signal_steps.h"

#include <algorithm>
#include <utility>

#include "conformance/client/steps.h"
#include "reference/client/prekey_nodes.h"
#include "spec/payload/padding.h"
#include "spec/signal/sender_key_message.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

namespace doublecheck::harness {
namespace {

using namespace wire::literals;

std::vector<wire::Node>& children_of(wire::Node& node) {
  if (!std::holds_alternative<std::vector<wire::Node>>(node.content))
    node.content = std::vector<wire::Node>{};
  return std::get<std::vector<wire::Node>>(node.content);
}

wire::Node blob(std::string_view tag, ByteView content) {
  return {.tag = tag, .attributes = {}, .content = wire::Blob(content)};
}

wire::Node enc_node(std::string_view type, ByteView content) {
  wire::Node enc = blob("enc", content);
  enc.set("v", "2");
  enc.set("type", wire::Text(type));
  return enc;
}

Bytes big_endian(std::uint32_t value, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[size - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i));
  return bytes;
}

wire::Node prekey(std::string_view tag, std::uint32_t id, const PublicKey& key) {
  wire::Node node{.tag = tag, .attributes = {}, .content = {}};
  children_of(node) = {blob("id", big_endian(id, 3)), blob("value", key)};
  return node;
}

}  // namespace

Matcher confirmation_of(const std::string& id) {
  return stanza("receipt", {{"id", id}}) && Matcher{"that confirms it", [](const wire::Node& node) {
                                                      const auto type = node.text("type");
                                                      return type != "retry" && type != "read" &&
                                                             type != "read-self";
                                                    }};
}

void give_time(ClientBench& bench, Duration duration) {
  bench.barrier();
  bench.driver().run_until([&] { return bench.client().ended().has_value(); }, duration);
}

wire::Node& child_at(wire::Node& node, std::initializer_list<std::string_view> tags) {
  wire::Node* found = &node;
  for (const std::string_view tag : tags) {
    const auto next = std::ranges::find_if(
        children_of(*found), [&](const wire::Node& child) { return child.tag == tag; });
    if (next == children_of(*found).end()) {
      fail_case("there is <" + std::string(tag) + ">", std::string(tag), wire::print_node(node));
    }
    found = &*next;
  }
  return *found;
}

void flip(wire::Node& element, std::size_t byte) {
  Bytes bytes = to_bytes(element.bytes().value_or(ByteView{}));
  if (byte >= bytes.size()) inconclusive("there is no such byte to change");
  bytes[byte] ^= 0x01;
  element.content = wire::Blob(ByteView(bytes));
}

void edit_bundle(ClientBench& bench, const DeviceNames& contact,
                 const std::function<void(wire::Node& user)>& change) {
  bench.script().edit([names = contact, change](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.tag != "iq" || stanza.text("type") != "result" || stanza.child("list") == nullptr)
        continue;
      for (wire::Node& user : children_of(child_at(stanza, {"list"}))) {
        if (user.tag == "user" && names.is(user.jid("jid"))) change(user);
      }
    }
  });
}

Bytes with_identity(ByteView document,
                    const std::function<void(pairing::SignedDeviceIdentity&)>& change) {
  auto identity = pairing::decode_signed_device_identity(document);
  if (!identity) inconclusive("the device identity cannot be decoded");
  change(*identity);
  return pairing::encode_signed_device_identity(*identity);
}

wire::Node retry_of(const ScriptedContact& contact, const std::string& id, int count) {
  wire::Node receipt = retry_receipt(id, count, contact.jid);
  child_at(receipt, {"registration"}).content =
      wire::Blob(ByteView(big_endian(contact.device.local.registration_id, 4)));
  return receipt;
}

signal::PrekeyBundle bundle_in(const wire::Node& receipt) {
  const wire::Node* keys = receipt.child("keys");
  check(keys != nullptr, "the retry receipt has keys", wire::print_node(receipt));
  auto published = client::read_published_keys(*keys, receipt);
  check(published.has_value(), "the keys are complete",
        published ? std::string() : published.error().to_string());
  return published->bundle;
}

wire::Node with_keys(wire::Node receipt, const signal::PrekeyBundle& bundle,
                     const std::optional<Bytes>& device_identity) {
  wire::Node keys{.tag = "keys", .attributes = {}, .content = {}};
  std::vector<wire::Node>& children = children_of(keys);
  children = {blob("type", Bytes{5}), blob("identity", bundle.identity_key)};
  if (bundle.one_time_prekey)
    children.push_back(prekey("key", bundle.one_time_prekey->id, bundle.one_time_prekey->key));
  wire::Node signed_prekey = prekey("skey", bundle.signed_prekey.id, bundle.signed_prekey.key);
  children_of(signed_prekey).push_back(blob("signature", bundle.signed_prekey.signature));
  children.push_back(std::move(signed_prekey));
  if (device_identity) children.push_back(blob("device-identity", *device_identity));
  children_of(receipt).push_back(std::move(keys));
  return receipt;
}

Conversation::Conversation(ClientBench& bench) : bench_(bench) {
  bench_.need("send_text");
  bench_.come_online();
}

ScriptedContact& Conversation::take_over(Contact& contact) {
  bench_.run(*contact.client, client::Disconnect{});
  contacts_.push_back(
      std::make_unique<ScriptedContact>(contact, SignalDevice(contact.client->credentials())));
  return *contacts_.back();
}

void Conversation::acquaint(ScriptedContact& contact) {
  precondition("the client and a contact hear from each other", [&] {
    expect_read(say(contact, "hello"));
    expect_text(to(contact, "welcome"), contact, "welcome");
  });
}

ScriptedContact& Conversation::friend_of_the_client(const std::string& name) {
  ScriptedContact& contact = join(name);
  acquaint(contact);
  return contact;
}

const server::Device& Conversation::device_of_client() {
  const wire::Jid own = bench_.own_device().jid;
  const server::Account* account =
      bench_.server().state().directory.look_up(std::string(own.user.view()));
  const auto device = account == nullptr ? std::map<std::uint16_t, server::Device>::const_iterator{}
                                         : account->devices.find(own.device);
  if (account == nullptr || device == account->devices.end())
    inconclusive("the server does not know the client's device");
  return device->second;
}

signal::PrekeyBundle Conversation::bundle_without_one_time_prekey() {
  const server::KeyDirectory& keys = device_of_client().keys;
  return {.registration_id = keys.registration_id,
          .identity_key = keys.identity,
          .signed_prekey = {keys.signed_prekey.id, keys.signed_prekey.value, keys.signature},
          .one_time_prekey = {}};
}

signal::PrekeyBundle Conversation::take_bundle() {
  signal::PrekeyBundle bundle = bundle_without_one_time_prekey();
  // The server hands them out from the front; and when the last one has been used, a client may
  // give its id to another.
  const auto& published = device_of_client().keys.one_time;
  const std::size_t index = published.size() / 2 + taken_prekeys_++;
  if (index + 1 >= published.size()) inconclusive("the client has published too few prekeys");
  const server::PublicPrekey& taken = published[index];
  bundle.one_time_prekey = signal::PrekeyBundle::OneTime{taken.id, taken.value};
  return bundle;
}

void Conversation::start_session(ScriptedContact& author, const signal::PrekeyBundle& bundle) {
  const auto started = author.device.start_session(bundle, bench_.random());
  if (!started) inconclusive("no session with the client: " + started.error().to_string());
}

signal::Encrypted Conversation::write(ScriptedContact& author, const payload::Message& message) {
  if (author.device.sessions.current() == nullptr) start_session(author, take_bundle());
  auto written = author.device.write(message, bench_.random());
  if (!written) inconclusive("a contact cannot write: " + written.error().to_string());
  return *std::move(written);
}

signal::Encrypted Conversation::write(ScriptedContact& author, const std::string& text) {
  return write(author, payload::Message::of_text(text));
}

std::string Conversation::new_id() { return "3EB0DC" + std::to_string(100'000 + next_id_++); }

wire::Node Conversation::delivered(const ScriptedContact& author, const signal::Encrypted& message,
                                   const DeliveryOptions& options) {
  wire::Node node = R"(<message type="text" addressing_mode="pn"/>)"_node;
  node.set("id", wire::Text(options.id));
  node.set("from", author.jid);
  node.set("sender_lid", author.lid.account());
  node.set("t", wire::Text(std::to_string(bench_.driver().now().wall.seconds())));
  node.set("notify", "A contact");
  children_of(node).push_back(enc_node(signal::to_string(message.type), message.bytes));
  const std::optional<Bytes>& document =
      options.device_identity ? options.device_identity : author.device.device_identity;
  if (message.type == signal::MessageType::kPrekey && document && !document->empty())
    children_of(node).push_back(blob("device-identity", *document));
  return node;
}

std::string Conversation::deliver(const ScriptedContact& author, const signal::Encrypted& message,
                                  const DeliveryOptions& options) {
  DeliveryOptions chosen = options;
  if (chosen.id.empty()) chosen.id = new_id();
  bench_.send(delivered(author, message, chosen));
  return chosen.id;
}

void Conversation::expect_read(const std::string& id) {
  const wire::Node answer = bench_.expect(stanza("receipt", {{"id", id}}));
  check(answer.text("type") != "retry", "the message is read", wire::print_node(answer));
}

wire::Node Conversation::expect_asked_again(const std::string& id) {
  return bench_.expect(retry_for(id));
}

wire::Node Conversation::expect_unreadable(const std::string& id) {
  wire::Node asked = expect_asked_again(id);
  expect_not_read(id);
  return asked;
}

void Conversation::expect_not_read(const std::string& id) {
  give_time(bench_);
  bench_.expect_none(confirmation_of(id));
  bench_.expect_alive();
}

std::vector<std::string> Conversation::texts_shown() {
  give_time(bench_);
  std::vector<std::string> texts;
  for (const client::Event& event : bench_.client().events()) {
    if (const auto* message = std::get_if<client::MessageReceived>(&event))
      texts.push_back(message->text);
  }
  return texts;
}

wire::Node Conversation::to(const ScriptedContact& contact, const std::string& text) {
  bench_.client().command(client::SendText{.to = contact.user(), .text = text});
  return bench_.expect(chat_message());
}

std::optional<wire::Node> Conversation::attempt_to(const ScriptedContact& contact,
                                                   const std::string& text) {
  const client::CommandId command =
      bench_.client().command(client::SendText{.to = contact.user(), .text = text});
  bench_.driver().run_until(
      [&] {
        return bench_.count(chat_message()) > 0 || bench_.client().ended() ||
               std::ranges::any_of(bench_.client().events(), [&](const client::Event& event) {
                 return is_answer(event, command);
               });
      },
      seconds(20));
  bench_.expect_alive();
  if (bench_.count(chat_message()) == 0) return std::nullopt;
  return bench_.expect(chat_message());
}

const wire::Node& Conversation::enc_for(const wire::Node& message, const ScriptedContact& contact) {
  const wire::Node* found = ciphertext_for(message, contact);
  check(found != nullptr, "there is a ciphertext for the device", wire::print_node(message));
  return *found;
}

payload::Message Conversation::read(const wire::Node& message, ScriptedContact& contact) {
  auto content = contact.device.read(enc_for(message, contact), bench_.random());
  check(content.has_value(), "the device can read what the client writes",
        content ? std::string() : content.error().to_string());
  return *std::move(content);
}

void Conversation::expect_text(const wire::Node& message, ScriptedContact& contact,
                               const std::string& text) {
  const payload::Message content = read(message, contact);
  check(content.text() == text, "the device reads the text", content.text().value_or("no text"));
}

ScriptedGroup::ScriptedGroup(Conversation& at) : talk(at) {
  ClientBench& bench = talk.bench();
  bench.need("groups");
  Contact& maker = bench.contact("bob");
  Contact& member = bench.contact("carol");
  const client::CommandDone made =
      bench.run(*maker.client,
                client::CreateGroup{"A group", {bench.own_device().jid.account(), member.user()}});
  if (!made.group) inconclusive("the group cannot be made");
  jid = *made.group;
  precondition("the client hears of the group", [&] {
    bench.expect(stanza("ack", {{"class", "notification"}, {"type", "w:gp2"}}));
  });
  bob = &talk.take_over(maker);
  carol = &talk.take_over(member);
}

signal::Encrypted ScriptedGroup::distribution(ScriptedContact& author,
                                              const signal::OwnSenderKey& key,
                                              const std::string& group_id) {
  payload::Message message;
  message.sender_key_distribution = payload::SenderKeyDistribution{
      .group_id = group_id,
      .message = signal::encode_sender_key_distribution_message(key.distribution())};
  return talk.write(author, message);
}

Bytes ScriptedGroup::write(signal::OwnSenderKey& key, const std::string& text) {
  RandomSource& random = talk.bench().random();
  auto written =
      key.encrypt(payload::pad(payload::encode_message(payload::Message::of_text(text)), random),
                  {.now = {}, .random = random, .guard = {}});
  if (!written) inconclusive("a member cannot write: " + written.error().to_string());
  return *std::move(written);
}

std::string ScriptedGroup::deliver(const ScriptedContact& author,
                                   const std::optional<signal::Encrypted>& pairwise,
                                   const std::optional<Bytes>& shared) {
  wire::Node node = pairwise ? talk.delivered(author, *pairwise) : R"(<message type="text"/>)"_node;
  const std::string id = talk.new_id();
  node.set("id", wire::Text(id));
  node.set("from", jid);
  node.set("participant", author.lid);
  node.set("participant_pn", author.user());
  node.set("addressing_mode", "lid");
  node.set("t", wire::Text(std::to_string(talk.bench().driver().now().wall.seconds())));
  node.remove("sender_lid");
  if (shared) {
    std::vector<wire::Node>& children = children_of(node);
    children.insert(children.begin() + (pairwise ? 1 : 0), enc_node("skmsg", *shared));
  }
  talk.bench().send(node);
  return id;
}

void ScriptedGroup::introduce(ScriptedContact& author, signal::OwnSenderKey& key) {
  precondition("a member gives a key, and is read", [&] {
    const signal::Encrypted pairwise = distribution(author, key, jid.to_string());
    talk.expect_read(deliver(author, pairwise, write(key, "hello, everybody")));
  });
}

}  // namespace doublecheck::harness
