#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/iut/client_under_test.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/pairing/code.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Pairing by a code: what the companion shows and says, and which words of the phone it may not
// believe.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

constexpr const char* kPhone = "15550007777";

constexpr std::string_view kWrappedCompanionKey =
    "link_code_pairing_wrapped_companion_ephemeral_pub";
constexpr std::string_view kWrappedPrimaryKey = "link_code_pairing_wrapped_primary_ephemeral_pub";
constexpr std::string_view kWrappedBundle = "link_code_pairing_wrapped_key_bundle";

Matcher stage_of_code_pairing(std::string_view name) {
  return {std::string(name), [name = std::string(name)](const wire::Node& node) {
            const wire::Node* registration = node.child("link_code_companion_reg");
            return node.tag == "iq" && registration != nullptr &&
                   registration->text("stage") == name;
          }};
}

Matcher companion_hello() { return stage_of_code_pairing("companion_hello"); }
Matcher companion_finish() { return stage_of_code_pairing("companion_finish"); }

// What a child of a stage holds; nothing when it is not there.
std::optional<Bytes> content_of(const wire::Node& stage, std::string_view tag) {
  const wire::Node* registration = stage.child("link_code_companion_reg");
  const wire::Node* child = registration == nullptr ? nullptr : registration->child(tag);
  const auto bytes = child == nullptr ? std::nullopt : child->bytes();
  return bytes ? std::optional(to_bytes(*bytes)) : std::nullopt;
}

void check_content(const wire::Node& stage, std::string_view tag, std::optional<std::size_t> size) {
  const auto content = content_of(stage, tag);
  check(content && !content->empty() && (!size || content->size() == *size),
        "there is " + std::string(tag) + (size ? " of " + std::to_string(*size) + " bytes" : ""),
        content ? std::to_string(content->size()) + " bytes" : "none");
}

// The client asks for a code, and shows it.
struct Request {
  std::string code;
  wire::Node hello;
};

Request request_code(ClientBench& bench) {
  bench.client().command(client::PairCode{.phone = kPhone});
  const auto shown =
      wait_for<client::PairingCodeShown>(bench.driver(), bench.client(), seconds(30));
  if (!shown)
    inconclusive("the client shows no code; " + bench.client().ended().value_or("it runs"));
  return {.code = shown->code, .hello = precondition("the client asks for a code", [&] {
                                 return bench.expect(companion_hello());
                               })};
}

// The user types the code into the phone, which says hello.
void enter_code(ClientBench& bench, const std::string& code) {
  const auto reply = bench.admin(server::EnterCode{.phone_number = kPhone, .code = code});
  if (!reply) inconclusive("the code cannot be entered: " + reply.error().message);
}

// A code is asked for and entered, and the client answers the phone, which refuses: the client may
// ask for another code.
struct Finished {
  Request request;
  wire::Node finish;
};

Finished finish_once(ClientBench& bench) {
  bench.script().hide(companion_finish());
  Request request = request_code(bench);
  enter_code(bench, request.code);
  wire::Node finish = precondition("the client answers the phone",
                                   [&] { return bench.expect(companion_finish()); });
  wire::Node refusal = R"(<iq from=jid:"@s.whatsapp.net" type="error">
                            <error code="400" text="bad-request"/></iq>)"_node;
  if (const wire::Value* id = finish.attribute("id")) refusal.set("id", *id);
  bench.send(refusal);
  return {.request = std::move(request), .finish = std::move(finish)};
}

// Changes the primary hello on its way.
void edit_primary_hello(ClientBench& bench, const std::function<void(wire::Node&)>& change) {
  bench.script().edit([change](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.text("type") != "link_code_companion_reg") continue;
      auto& children = std::get<std::vector<wire::Node>>(stanza.content);
      for (wire::Node& child : std::get<std::vector<wire::Node>>(children.front().content))
        change(child);
    }
  });
}

void expect_no_finish(ClientBench& bench, std::string_view sentence) {
  const auto answers = [&] { return bench.count(companion_finish()) > 0; };
  bench.driver().run_until([&] { return answers() || bench.client().ended(); }, seconds(3));
  bench.expect_alive();
  check(!answers(), sentence, "companion_finish");
}

// A primary hello with something wrong is not answered, and one without is.
void refuses_primary_hello(ClientBench& bench, const std::function<void(wire::Node&)>& change) {
  bench.show_qr();
  finish_once(bench);
  const Request request = request_code(bench);
  edit_primary_hello(bench, change);
  enter_code(bench, request.code);
  expect_no_finish(bench, "a primary hello with something wrong is not answered");
}

void resize(wire::Node& child, std::string_view tag, std::size_t size) {
  if (child.tag != tag) return;
  Bytes bytes = to_bytes(child.bytes().value_or(ByteView{}));
  bytes.resize(size);
  child.content = wire::Blob(ByteView(bytes));
}

Bytes part(const Bytes& bytes, std::size_t from, std::size_t count) {
  if (bytes.size() < from + count) inconclusive("what is wrapped is too short");
  return to_bytes(ByteView(bytes).subspan(from, count));
}

}  // namespace

CLIENT_CASE(pairing, code_is_of_the_alphabet,
            "A pairing code is eight characters of the alphabet without 0, I, O and U",
            .checks = {Rule::CODE_01}, .capabilities = {"code_pairing"}) {
  bench.show_qr();
  const std::string code = request_code(bench).code;
  check(code.size() == 8, "the code has eight characters", code);
  // Written out: the client must not bring the alphabet that it is judged by.
  check(code.find_first_not_of("123456789ABCDEFGHJKLMNPQRSTVWXYZ") == std::string::npos,
        "all are of the alphabet", code);
}

CLIENT_CASE(
    pairing, code_companion_hello_is_complete,
    "companion_hello holds a wrapped key of 80 bytes, the Noise key, the platform and a nonce",
    .checks = {Rule::CODE_02}, .capabilities = {"code_pairing"}) {
  bench.show_qr();
  const wire::Node hello = request_code(bench).hello;
  check_content(hello, kWrappedCompanionKey, pairing::kWrappedKeySize);
  check_content(hello, "companion_server_auth_key_pub", 32);
  check_content(hello, "companion_platform_id", {});
  check_content(hello, "companion_platform_display", {});
  check_content(hello, "link_code_pairing_nonce", {});
}

CLIENT_CASE(pairing, code_phone_opens_what_the_companion_wraps,
            "A companion whose code is typed into the phone is paired",
            .checks = {Rule::CODE_02, Rule::CODE_09}, .capabilities = {"code_pairing"}) {
  bench.show_qr();
  bench.client().command(client::PairCode{.phone = kPhone});
  bench.expect(companion_hello());
  const auto shown =
      wait_for<client::PairingCodeShown>(bench.driver(), bench.client(), seconds(30));
  check(shown.has_value(), "a code that the server grants is shown");
  enter_code(bench, shown->code);
  bench.expect(companion_finish());
  // The phone signs the companion's identity once it has opened the bundle.
  bench.expect({"pair-device-sign",
                [](const wire::Node& node) { return node.child("pair-device-sign") != nullptr; }});
}

CLIENT_CASE(pairing, code_bundle_is_of_its_size,
            "The key bundle in companion_finish is 156 bytes long, and the phone can open it",
            .checks = {Rule::CODE_09}, .capabilities = {"code_pairing"}) {
  bench.show_qr();
  // What the server says to companion_finish. The script may outlive the case.
  struct Answer {
    std::string id;
    std::string type;
  };
  const auto answer = std::make_shared<Answer>();
  bench.script().edit([answer](std::vector<wire::Node>& stanzas) {
    for (const wire::Node& stanza : stanzas) {
      const bool answers = stanza.tag == "iq" && stanza.text("type") != "set";
      if (answers && !answer->id.empty() && stanza.text("id") == answer->id)
        answer->type = stanza.text("type").value_or("");
    }
  });
  const Request request = request_code(bench);
  // The id has to be known before the server answers.
  bench.script().hide({"companion_finish, looked at", [answer](const wire::Node& node) {
                         if (companion_finish().matches(node))
                           answer->id = node.text("id").value_or("");
                         return false;
                       }});
  enter_code(bench, request.code);
  const wire::Node finish = precondition("the client answers the phone",
                                         [&] { return bench.expect(companion_finish()); });
  check_content(finish, kWrappedBundle, pairing::kWrappedBundleSize);
  check_content(finish, "companion_identity_public", 32);
  bench.driver().run_until([&] { return !answer->type.empty(); }, seconds(10));
  check(answer->type == "result", "the phone opens the bundle", answer->type);
}

CLIENT_CASE(pairing, no_code_after_an_error,
            "A code for which the server gives an error is not shown", .checks = {Rule::CODE_05},
            .capabilities = {"code_pairing"}) {
  bench.show_qr();
  precondition("a code that is granted is shown", [&] { request_code(bench); });
  bench.script().edit([](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.tag != "iq" || stanza.child("link_code_companion_reg") == nullptr) continue;
      stanza.set("type", "error");
      stanza.content = std::vector<wire::Node>{R"(<error code="400" text="bad-request"/>)"_node};
    }
  });
  bench.client().command(client::PairCode{.phone = kPhone});
  precondition("the client asks for a second code", [&] { bench.expect(companion_hello()); });
  const auto shown = wait_for<client::PairingCodeShown>(bench.driver(), bench.client(), seconds(5));
  check(!shown, "no code is shown after error 400", shown ? shown->code : std::string());
  bench.expect_alive();
}

CLIENT_CASE(pairing, code_hello_with_a_foreign_reference_is_refused,
            "A primary hello with another reference than the client was given is not answered",
            .checks = {Rule::CODE_06}, .capabilities = {"code_pairing"}) {
  refuses_primary_hello(bench, [](wire::Node& child) {
    if (child.tag == "link_code_pairing_ref")
      child.content = wire::Blob(as_bytes("another reference"));
  });
}

CLIENT_CASE(pairing, code_hello_without_a_reference_is_refused,
            "A primary hello with an empty reference is not answered", .checks = {Rule::CODE_06},
            .capabilities = {"code_pairing"}) {
  refuses_primary_hello(bench,
                        [](wire::Node& child) { resize(child, "link_code_pairing_ref", 0); });
}

CLIENT_CASE(pairing, code_hello_out_of_the_blue_is_ignored,
            "A primary hello is not answered by a client that has asked for no code",
            .checks = {Rule::CODE_07}, .capabilities = {"code_pairing"}) {
  bench.show_qr();
  const KeyPair ephemeral = KeyPair::generate(bench.random());
  const KeyPair identity = KeyPair::generate(bench.random());
  wire::Node hello =
      R"(<notification from=jid:"@s.whatsapp.net" id="n-1" t="1750000000"
                       type="link_code_companion_reg">
           <link_code_companion_reg stage="primary_hello"/></notification>)"_node;
  const auto bytes_child = [](std::string_view tag, ByteView bytes) {
    return wire::Node{.tag = wire::Text(tag), .attributes = {}, .content = wire::Blob(bytes)};
  };
  const Bytes wrapped =
      pairing::wrap_ephemeral_key("ABCD1234", ephemeral.public_key, bench.random());
  std::get<std::vector<wire::Node>>(hello.content).front().content =
      std::vector<wire::Node>{bytes_child(kWrappedPrimaryKey, wrapped),
                              bytes_child("primary_identity_pub", identity.public_key),
                              bytes_child("link_code_pairing_ref", as_bytes("a reference"))};
  bench.send(hello);
  expect_no_finish(bench, "a primary hello that nobody has asked for is not answered");
  precondition("one that was asked for is answered", [&] { finish_once(bench); });
}

CLIENT_CASE(pairing, code_hello_with_a_short_key_is_refused,
            "A primary hello whose wrapped key is 79 bytes long is not answered",
            .checks = {Rule::CODE_08}, .capabilities = {"code_pairing"}) {
  refuses_primary_hello(bench, [](wire::Node& child) { resize(child, kWrappedPrimaryKey, 79); });
}

CLIENT_CASE(pairing, code_hello_with_an_empty_key_is_refused,
            "A primary hello whose wrapped key is empty is not answered", .checks = {Rule::CODE_08},
            .capabilities = {"code_pairing"}) {
  refuses_primary_hello(bench, [](wire::Node& child) { resize(child, kWrappedPrimaryKey, 0); });
}

CLIENT_CASE(pairing, code_hello_with_a_short_identity_is_refused,
            "A primary hello whose identity key is 31 bytes long is not answered",
            .checks = {Rule::CODE_08}, .capabilities = {"code_pairing"}) {
  refuses_primary_hello(bench,
                        [](wire::Node& child) { resize(child, "primary_identity_pub", 31); });
}

CLIENT_CASE(pairing, code_hello_with_a_long_identity_is_refused,
            "A primary hello whose identity key is 33 bytes long is not answered",
            .checks = {Rule::CODE_08}, .capabilities = {"code_pairing"}) {
  refuses_primary_hello(bench,
                        [](wire::Node& child) { resize(child, "primary_identity_pub", 33); });
}

CLIENT_CASE(pairing, code_uses_nothing_twice,
            "Two code pairings of a client have no code, salt, nonce or key in common",
            .checks = {Rule::CODE_11}, .capabilities = {"code_pairing"}) {
  bench.show_qr();
  const Finished first = finish_once(bench);
  const Finished second = finish_once(bench);
  const auto differ = [&](auto of, std::string_view sentence) {
    check(of(first) != of(second), sentence, "the same twice");
  };
  const auto wrapped_key = [](const Finished& of) {
    return content_of(of.request.hello, kWrappedCompanionKey).value_or(Bytes{});
  };
  const auto bundle = [](const Finished& of) {
    return content_of(of.finish, kWrappedBundle).value_or(Bytes{});
  };
  differ([](const Finished& of) { return of.request.code; }, "the codes differ");
  differ([&](const Finished& of) { return part(wrapped_key(of), 0, 32); },
         "the salts of the wrapped keys differ");
  differ([&](const Finished& of) { return part(wrapped_key(of), 32, 16); },
         "the initialisation vectors of the wrapped keys differ");
  differ(
      [&](const Finished& of) {
        const auto key = pairing::unwrap_ephemeral_key(of.request.code, wrapped_key(of));
        if (!key) inconclusive("the wrapped key cannot be opened");
        return *key;
      },
      "the ephemeral keys differ");
  differ([&](const Finished& of) { return part(bundle(of), 0, 32); },
         "the salts of the bundles differ");
  differ([&](const Finished& of) { return part(bundle(of), 32, 12); },
         "the initialisation vectors of the bundles differ");
}

CLIENT_CASE(pairing, code_primary_hello_is_acknowledged,
            "The primary hello is acknowledged as a notification, once", .checks = {Rule::CODE_12},
            .capabilities = {"code_pairing"}) {
  bench.show_qr();
  const auto id = std::make_shared<std::string>();
  bench.script().edit([id](std::vector<wire::Node>& stanzas) {
    for (const wire::Node& stanza : stanzas) {
      if (stanza.text("type") == "link_code_companion_reg") *id = stanza.text("id").value_or("");
    }
  });
  // The server would end the connection as soon as the client is paired.
  bench.script().hide({"pair-device-sign", [](const wire::Node& node) {
                         return node.child("pair-device-sign") != nullptr;
                       }});
  enter_code(bench, request_code(bench).code);
  precondition("the client answers the phone", [&] { bench.expect(companion_finish()); });
  const Matcher ack = stanza("ack", {{"class", "notification"}, {"id", *id}});
  bench.expect(ack);
  bench.driver().run_until([&] { return bench.count(ack) > 0; }, seconds(1));
  bench.expect_none(ack);
}

}  // namespace doublecheck::harness
