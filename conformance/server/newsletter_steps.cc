#include "conformance/server/newsletter_steps.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "harness/suite/verdict.h"
#include "spec/wire/node_text.h"

namespace doublecheck::harness {
namespace {

using nlohmann::json;

json parsed_document(std::string_view text) {
  json document = json::parse(text, nullptr, false);
  check(!document.is_discarded(), "the document is JSON", std::string(text));
  return document;
}

const json* member_at(const json& document, const std::string& path) {
  const json::json_pointer pointer(path);
  return document.contains(pointer) ? &document.at(pointer) : nullptr;
}

std::string mex_content(std::string_view variables) {
  return R"({"variables":)" + std::string(variables) + "}";
}

}  // namespace

wire::Node ask_mex(Peer& peer, std::string_view query_id, std::string_view content) {
  wire::Node query = element_of_bytes("query", as_bytes(content));
  if (!query_id.empty()) query.set("query_id", wire::Text(query_id));
  return peer.ask(element("iq", {{"type", "get"}, {"xmlns", "w:mex"}}, {std::move(query)}));
}

std::string mex_document(const wire::Node& answer) {
  check_result(answer);
  const wire::Node& result = descend(answer, {"result"});
  check(std::holds_alternative<wire::Blob>(result.content), "the content of <result> is bytes",
        wire::print_node(answer));
  return to_text(*result.bytes());
}

std::string grant(Peer& peer, const MexQuery& query, std::string_view variables) {
  const std::string text = mex_document(ask_mex(peer, query.id, mex_content(variables)));
  const json document = parsed_document(text);
  const json* errors = member_at(document, "/errors");
  check(errors == nullptr || errors->empty(), "the query is granted", text);
  const json* value = member_at(document, "/data/" + std::string(query.field));
  check(value != nullptr && !value->is_null(), "data has " + std::string(query.field), text);
  return value->dump();
}

void check_refused(Peer& peer, const MexQuery& query, std::string_view variables, int code) {
  const std::string text = mex_document(ask_mex(peer, query.id, mex_content(variables)));
  check(json_at(text, "/errors/0/extensions/error_code") == std::to_string(code),
        "the query is refused with error_code " + std::to_string(code), text);
  const std::string value = json_at(text, "/data/" + std::string(query.field));
  check(value.empty() || value == "null", "nothing is told", text);
}

std::string json_at(const std::string& json_text, const std::string& path) {
  const json document = parsed_document(json_text);
  const json* member = member_at(document, path);
  return member == nullptr ? std::string() : member->dump();
}

std::string json_text_at(const std::string& json_text, const std::string& path) {
  const json document = parsed_document(json_text);
  const json* member = member_at(document, path);
  check(member != nullptr && member->is_string(), "there is a text at " + path, json_text);
  return member->get<std::string>();
}

std::size_t json_size_at(const std::string& json_text, const std::string& path) {
  const json document = parsed_document(json_text);
  const json* member = member_at(document, path);
  check(member != nullptr && member->is_array(), "there is an array at " + path, json_text);
  return member->size();
}

std::string as_json(std::string_view text) { return json(text).dump(); }

std::string of_newsletter(const wire::Jid& newsletter, std::string_view others) {
  return R"({"newsletter_id":)" + as_json(newsletter.to_string()) + std::string(others) + "}";
}

wire::Jid make_newsletter(Peer& owner) {
  const std::string created =
      grant(owner, mex::kCreate, R"({"input":{"name":"A newsletter","description":"Of news"}})");
  const auto jid = wire::parse_jid(json_text_at(created, "/id"));
  check(jid && jid->server == wire::server_name::kNewsletter, "the id is a newsletter's JID",
        created);
  return *jid;
}

void follow(Peer& peer, const wire::Jid& newsletter) {
  grant(peer, mex::kJoin, of_newsletter(newsletter));
}

std::string look_at(Peer& peer, const wire::Jid& newsletter) {
  return grant(peer, mex::kMetadata,
               R"({"fetch_viewer_metadata":true,"input":{"type":"JID","view_role":"GUEST","key":)" +
                   as_json(newsletter.to_string()) + "}}");
}

std::string role_in(Peer& peer, const wire::Jid& newsletter) {
  return json_text_at(look_at(peer, newsletter), "/viewer_metadata/role");
}

wire::Node new_post(Peer& author, const wire::Jid& newsletter, std::string_view plaintext) {
  return element("message",
                 {{"id", wire::Text(author.new_id())}, {"to", newsletter}, {"type", "text"}},
                 {element_of_bytes("plaintext", as_bytes(plaintext))});
}

wire::Node change_of_post(const wire::Node& post, std::string_view edit,
                          std::string_view plaintext) {
  wire::Node changed = post;
  changed.set("edit", wire::Text(edit));
  changed.content = std::vector<wire::Node>{element_of_bytes("plaintext", as_bytes(plaintext))};
  return changed;
}

wire::Node send_post(Peer& from, const wire::Node& message) {
  from.send(message);
  return from.expect(ack_of("message", id_of(message)));
}

std::string accept_post(Peer& from, const wire::Node& message) {
  const wire::Node ack = send_post(from, message);
  check(!ack.has("error") && ack.number("server_id"), "it is accepted, with a server_id",
        wire::print_node(ack));
  return std::string(*ack.text("server_id"));
}

wire::Node new_reaction(Peer& from, const wire::Jid& newsletter, std::string_view server_id,
                        std::string_view code) {
  wire::Node reaction = element("reaction");
  wire::Node message = element("message", {{"id", wire::Text(from.new_id())},
                                           {"to", newsletter},
                                           {"type", "reaction"},
                                           {"server_id", wire::Text(server_id)}});
  if (code.empty()) {
    message.set("edit", "7");
  } else {
    reaction.set("code", wire::Text(code));
  }
  message.content = std::vector<wire::Node>{std::move(reaction)};
  return message;
}

std::vector<wire::Node> posts_of(Peer& peer, const wire::Jid& newsletter,
                                 std::vector<wire::Attribute> attributes) {
  const wire::Node answer =
      peer.ask(element("iq", {{"to", newsletter}, {"type", "get"}, {"xmlns", "newsletter"}},
                       {element("messages", std::move(attributes))}));
  check_result(answer);
  const wire::Node& messages = descend(answer, {"messages"});
  check(names(messages, "jid", newsletter) && messages.number("t"),
        "<messages> names the newsletter and the time", wire::print_node(answer));
  return {messages.children().begin(), messages.children().end()};
}

std::vector<std::string> server_ids(const std::vector<wire::Node>& posts) {
  std::vector<std::string> ids;
  for (const wire::Node& post : posts) ids.emplace_back(post.text("server_id").value_or(""));
  return ids;
}

std::string plaintext_of_post(const wire::Node& post) {
  const wire::Node& plaintext = descend(post, {"plaintext"});
  check(std::holds_alternative<wire::Blob>(plaintext.content), "the plaintext is bytes",
        wire::print_node(post));
  return to_text(*plaintext.bytes());
}

std::size_t count_of_reaction(const wire::Node& post, std::string_view code) {
  const wire::Node* reactions = post.child("reactions");
  if (reactions == nullptr) return 0;
  for (const wire::Node& reaction : reactions->children()) {
    if (reaction.text("code") != code) continue;
    const auto count = reaction.number("count");
    check(count.has_value(), "a reaction has a count", wire::print_node(post));
    return static_cast<std::size_t>(*count);
  }
  return 0;
}

Matcher from_newsletter(std::string_view tag, const wire::Jid& newsletter) {
  return {"<" + std::string(tag) + "> from " + newsletter.to_string(),
          [=, wanted = std::string(tag)](const wire::Node& node) {
            return node.tag == wanted && names(node, "from", newsletter);
          }};
}

}  // namespace doublecheck::harness
