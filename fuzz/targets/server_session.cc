#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/support/companion.h"
#include "fuzz/support/input.h"
#include "fuzz/support/node_maker.h"
#include "fuzz/support/require.h"
#include "fuzz/support/server_world.h"
#include "fuzz/support/target.h"
#include "reference/server/admin_json.h"
#include "reference/server/fault_kind.h"
#include "spec/wire/node_text.h"

// The whole reference server after login. Alice and Bob are logged in and do what the input says, a
// stranger without an account does as well, an administrator interferes, time passes. Carol is
// logged in, too, and does nothing but look on: at the end she is still there and answered
// (NODE-62). What else must hold is in server_world.h.
//
// Input: operations, each a byte that chooses it and what that one reads; see `Session`. The seeds
// are written in the same form by make_seeds.py.

namespace doublecheck::fuzz {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxOperations = 64;

// The numbers are those of the seeds.
constexpr auto kGroupQueries = std::to_array<std::string_view>({
    R"(<iq type="set" xmlns="w:g2" to=jid:"@g.us"><create subject="s"><participant jid=""/></create></iq>)",
    R"(<iq type="get" xmlns="w:g2" to=""><query request="interactive"/></iq>)",
    R"(<iq type="set" xmlns="w:g2" to=""><add><participant jid=""/><participant jid=""/></add></iq>)",
    R"(<iq type="set" xmlns="w:g2" to=""><remove><participant jid=""/></remove></iq>)",
    R"(<iq type="set" xmlns="w:g2" to=""><promote><participant jid=""/></promote></iq>)",
    R"(<iq type="set" xmlns="w:g2" to=jid:"@g.us"><leave><group id="1"/></leave></iq>)",
    R"(<iq type="set" xmlns="w:g2" to=""><announcement/></iq>)",
    R"(<iq type="get" xmlns="w:g2" to=""><invite/></iq>)",
    R"(<message to="" type="text"><participants><to jid=""><enc v="2" type="pkmsg">hex:00</enc></to></participants><enc v="2" type="skmsg">hex:01</enc></message>)",
    R"(<receipt to="" participant="" type="read"/>)",
});
constexpr auto kAccountQueries = std::to_array<std::string_view>({
    R"(<iq type="set" xmlns="w:profile:picture"><picture type="image">hex:00</picture></iq>)",
    R"(<iq type="get" xmlns="w:profile:picture" target=""><picture type="preview" query="url"/></iq>)",
    R"(<iq type="set" xmlns="privacy"><tokens><token jid="" t="1750000000" type="trusted_contact"/></tokens></iq>)",
    R"(<iq type="set" xmlns="blocklist"><item jid="" action="block"/></iq>)",
    R"(<iq type="get" xmlns="usync"><usync sid="1" mode="query" context="interactive"><query><devices version="2"/><picture/><status/></query><list><user jid=""/></list></usync></iq>)",
    R"(<presence type="available" name="n"/>)",
    R"(<presence type="subscribe" to=""/>)",
    R"(<chatstate to=""><composing/></chatstate>)",
    R"(<message to="" type="text"><participants><to jid=""><enc v="2" type="msg">hex:00</enc></to></participants><tctoken>hex:0000</tctoken></message>)",
    R"(<receipt to="" type="server-error"><rmr jid="" from_me="true"/></receipt>)",
});

class Session {
 public:
  explicit Session(Input input) : input_(input) {
    // The numbers of the published vectors, so that what real clients say is said to somebody.
    log_in_first(alice_, "15550000001", "100000000000001");
    log_in_first(bob_, "15550000002", "100000000000002");
    log_in_first(carol_, "15550000003", "100000000000003");
    jids_.insert(jids_.end(), {wire::Jid::of_server(),
                               {"", "g.us"},
                               {"1", "g.us"},
                               {"status", "broadcast"},
                               {"1", "hosted", 99},
                               {"1", "interop", 1, 1},
                               wire::Jid::of_user("15550009999"),
                               wire::Jid::of_user(alice_.jid->user, 255)});
  }

  void run() {
    for (std::size_t i = 0; i < kMaxOperations && !input_.at_end(); ++i) operate();
    require(carol_.connection.has_value(), "whoever does nothing is not disconnected");
    require(world_.answers_ping(carol_), "whoever does nothing is answered");
    world_.require_consistent();
  }

 private:
  void log_in_first(Companion& companion, std::string phone_number, std::string lid) {
    report(world_.admin(server::CreateAccount{.name = companion.push_name,
                                              .phone_number = std::move(phone_number),
                                              .lid = std::move(lid),
                                              .settings = {}}));
    world_.pair(companion);
    world_.log_in(companion);
    require(companion.received("success") != nullptr, "a paired companion can log in");
    world_.send(companion, companion.activation());
    jids_.insert(jids_.end(), {*companion.jid, companion.jid->account(), *companion.lid,
                               companion.lid->account()});
  }

  // The numbers are those of the seeds: append, never reorder.
  void operate() {
    switch (input_.below(19)) {
      case 0:
        return plaintext();
      case 1:
        return made_stanza();
      case 2:
        return raw_bytes();
      case 3:
        return unsealed_frame();
      case 4:
        return world_.advance(seconds(input_.u8()));
      case 5:
        return world_.close(anybody());
      case 6:
        return log_in_again();
      case 7:
        return well_formed([](Companion& companion) { return companion.activation(); });
      case 8:
        return upload_prekeys();
      case 9:
        return message();
      case 10:
        return settle();
      case 11:
        return administer();
      case 12:
        return introduce_stranger();
      case 13:
        return pair_stranger();
      case 14:
        return well_formed([](Companion& companion) { return companion.ping(); });
      case 16:
        return query(kGroupQueries);
      case 17:
        return query(kAccountQueries);
      case 18:
        return ask_for_fault();
      default:
        return world_.haunt(input_.u8() % (world_.last_connection() + 2), input_.short_bytes());
    }
  }

  // A stanza of a table, with its ids, and the JIDs of accounts, devices and groups in the places
  // that have one.
  template <typename Table>
  void query(const Table& table) {
    Companion& companion = anybody();
    wire::Node stanza = wire::parse_node(input_.one_of(table)).value();
    stanza.set("id", wire::Text("q" + std::to_string(++queries_)));
    std::vector<wire::Jid> jids = jids_;
    for (const auto& [id, group] : world_.server().state().groups.all())
      jids.push_back(group.jid());
    name_somebody(stanza, jids);
    world_.send(companion, stanza);
  }

  void name_somebody(wire::Node& node, const std::vector<wire::Jid>& jids) {
    for (const std::string_view name : {"to", "jid", "target"}) {
      if (node.has(name)) node.set(name, input_.one_of(jids));
    }
    if (auto* children = std::get_if<std::vector<wire::Node>>(&node.content)) {
      for (wire::Node& child : *children) name_somebody(child, jids);
    }
  }

  void ask_for_fault() {
    const auto kinds = server::fault_kinds();
    const server::FaultKind& kind = kinds[input_.below(kinds.size())];
    server::AddFault command{.fault = {.where = std::string(kind.where),
                                       .name = std::string(kind.name),
                                       .count = 1 + input_.below(3)},
                             .account = {}};
    // What the server sends can no longer be opened after these.
    if (std::holds_alternative<server::FrameFault>(kind.how)) return;
    // Never to Carol.
    const bool anonymous = std::holds_alternative<server::HandshakeFault>(kind.how) ||
                           std::holds_alternative<server::PairFault>(kind.how);
    if (!anonymous) {
      command.account = alice_.push_name;
      command.fault.device = 1;
    }
    if (!kind.parameter.empty()) command.fault.parameters[std::string(kind.parameter)] = 3;
    server::Config config = world_.server().state().config;
    config.strictness = server::Strictness::kHostile;
    report(world_.admin(server::SetConfig{config}));
    report(world_.admin(command));
    report(world_.admin(server::ListFaults{}));
  }

  Companion& anybody() {
    Companion* const choices[] = {&alice_, &bob_, &stranger_};
    return *input_.one_of(choices);
  }

  template <typename Stanza>
  void well_formed(Stanza stanza) {
    Companion& companion = anybody();
    world_.send(companion, stanza(companion));
  }

  // Whatever it is, properly sealed.
  void plaintext() {
    Companion& companion = anybody();
    world_.send_plaintext(companion, input_.bytes());
  }

  void made_stanza() {
    Companion& companion = anybody();
    const std::vector<wire::Node> received(companion.inbox.begin(), companion.inbox.end());
    world_.send(companion, make_node(input_, {.jids = jids_, .received = received}));
  }

  void raw_bytes() {
    Companion& companion = anybody();
    world_.send_bytes(companion, input_.bytes());
  }

  // A frame with its length in front that nobody has sealed.
  void unsealed_frame() {
    Companion& companion = anybody();
    const ByteView payload = input_.bytes();
    const auto size = static_cast<std::uint16_t>(payload.size());
    const std::uint8_t length[] = {0, static_cast<std::uint8_t>(size >> 8),
                                   static_cast<std::uint8_t>(size & 0xff)};
    world_.send_bytes(companion, concat({length, payload}));
  }

  void log_in_again() {
    Companion& companion = anybody();
    world_.log_in(companion, input_.flag());
  }

  void upload_prekeys() {
    Companion& companion = anybody();
    world_.send(companion, companion.prekey_upload(input_.below(8), world_.random()));
  }

  void message() {
    Companion& companion = anybody();
    const wire::Jid to = input_.one_of(jids_);
    const wire::Jid device = input_.one_of(jids_);
    world_.send(companion, companion.message_to(to, device, input_.short_bytes()));
  }

  // An ack for something that the companion was sent.
  void settle() {
    Companion& companion = anybody();
    if (companion.inbox.empty()) return;
    const wire::Node& received = companion.inbox[input_.below(companion.inbox.size())];
    wire::Node ack{.tag = "ack"};
    ack.set("class", received.tag);
    if (const wire::Value* id = received.attribute("id")) ack.set("id", *id);
    world_.send(companion, ack);
  }

  // Opens a connection for the stranger: bytes only, or a handshake with a payload of the input's
  // choice, or a registration.
  void introduce_stranger() {
    switch (input_.below(3)) {
      case 0:
        return world_.open(stranger_);
      case 1:
        return world_.connect(stranger_, to_bytes(input_.bytes()));
      default:
        stranger_.jid.reset();
        return world_.connect(stranger_, stranger_.payload(world_.random()));
    }
  }

  // The phone scans the QR code that the stranger shows, and the stranger may answer.
  void pair_stranger() {
    static constexpr server::PairFault kFaults[] = {
        server::PairFault::kNone,           server::PairFault::kWrongHmac,
        server::PairFault::kWrongSignature, server::PairFault::kOtherAccountKey,
        server::PairFault::kMissingDevice,  server::PairFault::kWrongKeyIndex};
    const server::PairFault fault = input_.one_of(kFaults);
    const bool into_alices_account = input_.flag();
    const auto qr = stranger_.qr_text();
    if (!qr) return;
    report(world_.admin(server::ScanQr{
        .text = *qr,
        .account = into_alices_account ? std::optional(alice_.push_name) : std::nullopt,
        .fault = fault}));
    if (stranger_.inbox.empty()) return;
    const wire::Node newest = stranger_.inbox.back();
    if (const auto answer = stranger_.accept_pair_success(newest, world_.context())) {
      world_.send(stranger_, *answer);
    }
  }

  // Everything that does not, by its meaning, end Carol's connection.
  void administer() {
    const std::string account = input_.flag() ? alice_.push_name : bob_.push_name;
    switch (input_.below(16)) {
      case 0:
        return report(world_.admin(server::CreateAccount{.name = text(),
                                                         .phone_number = optional_text(),
                                                         .lid = optional_text(),
                                                         .settings = {}}));
      case 1:
        return report(world_.admin(server::GetAccount{account}));
      case 2:
        return change(account);
      case 3:
        return report(world_.admin(server::DeleteAccount{account}));
      case 4:
        return report(world_.admin(server::ListDevices{account}));
      case 5:
        return report(world_.admin(server::UnlinkDevice{account, input_.u8()}));
      case 6:
        return disconnect(account);
      case 7:
        return report(world_.admin(
            server::SendStanza{account, 1, make_node(input_, {.jids = jids_, .received = {}})}));
      case 8:
        return configure();
      case 9:
        return report(world_.admin(server::AdvanceTime{seconds(input_.u16())}));
      case 10:
        return report(world_.admin(
            server::GetTrace{input_.flag() ? std::optional(account) : std::nullopt, input_.u8()}));
      case 11:
        return report(world_.admin(server::WriteAsPhone{
            account, bob_.push_name, payload::Message::of_text(text()), optional_text()}));
      case 12:
        return report(world_.admin(server::ListPhoneMessages{account}));
      case 13:
        return report(world_.admin(server::ReplacePhone{account}));
      case 14:
        return report(world_.admin(server::CreateGroup{{.subject = text(),
                                                        .members = {account, carol_.push_name},
                                                        .admins = {carol_.push_name},
                                                        .by_lid = input_.flag(),
                                                        .switches = {}}}));
      default:
        if (input_.flag()) return report(world_.admin(server::RotateNoiseKey{}));
        return report(world_.admin(server::GetState{}));
    }
  }

  void change(const std::string& account) {
    server::AccountSettings settings;
    settings.props = {{text(), text()}};
    settings.contact_policy = server::ContactPolicy{input_.flag(), input_.flag(), input_.flag()};
    if (input_.flag())
      settings.salt = server::FirstContactSalt{to_bytes(input_.short_bytes()), input_.flag()};
    report(world_.admin(server::ChangeAccount{account, settings}));
  }

  void disconnect(const std::string& account) {
    static constexpr server::DisconnectHow kHow[] = {server::DisconnectHow::kClose,
                                                     server::DisconnectHow::kReset,
                                                     server::DisconnectHow::kStreamError};
    const server::DisconnectHow how = input_.one_of(kHow);
    report(world_.admin(server::DisconnectDevice{account, 1, how, text()}));
  }

  void configure() {
    server::Config config = world_.server().state().config;
    config.first_device = input_.u8();
    config.strictness = input_.flag() ? server::Strictness::kLenient : server::Strictness::kStrict;
    config.noise_ik = input_.flag();
    config.certificate_validity =
        input_.flag() ? server::CertificateValidity::kExpired : server::CertificateValidity::kValid;
    config.first_reference_ttl = seconds(input_.u8());
    config.next_reference_ttl = seconds(input_.u8());
    config.phone_shares_keys = input_.flag();
    report(world_.admin(server::SetConfig{config}));
  }

  // Whatever an administrator is told can be told as JSON.
  static void report(const server::AdminReply& reply) {
    const server::AdminResponse response = server::encode_admin(reply);
    require(!response.body.empty(), "an administrator is answered");
  }

  std::string text() { return to_text(input_.short_bytes()); }
  std::optional<std::string> optional_text() {
    if (!input_.flag()) return std::nullopt;
    return text();
  }

  Input input_;
  ServerWorld world_;
  Companion alice_ = Companion::generate("alice", world_.random());
  Companion bob_ = Companion::generate("bob", world_.random());
  Companion carol_ = Companion::generate("carol", world_.random());
  Companion stranger_ = Companion::generate("stranger", world_.random());
  std::vector<wire::Jid> jids_;
  std::uint64_t queries_ = 0;
};

}  // namespace
}  // namespace doublecheck::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  doublecheck::fuzz::Session(doublecheck::fuzz::Input({data, size})).run();
  return 0;
}
