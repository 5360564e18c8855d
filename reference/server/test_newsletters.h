#pragma once

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "reference/server/iq.h"
#include "reference/server/messages.h"
#include "reference/server/test_state.h"
#include "spec/wire/node_literal.h"

// What tests of newsletters share.
namespace doublecheck::server {

using namespace wire::literals;

// alice is online, and owns a newsletter with one post that bob follows.
class NewsletterTest : public StateTest {
 protected:
  NewsletterTest() {
    for (const auto& [name, digits, lid] : {std::tuple{"alice", kAlice, "100000000000001"},
                                            std::tuple{"bob", kBob, "100000000000002"}}) {
      Account* account =
          *state_.directory.create({.name = name, .phone_number = digits, .lid = lid});
      account->devices[1].number = 1;
    }
    state_.directory.find_device({kAlice, 1})->connection = session_.id;
    session_.phase = LoggedInPhase{{kAlice, 1}, true, true};
    newsletter_ = add_newsletter("120363000000000001");
    newsletter_->followers[kAlice].role = NewsletterRole::kOwner;
    newsletter_->followers[kBob].role = NewsletterRole::kSubscriber;
    EXPECT_TRUE(newsletter_->history.add({.id = "ID", .author = kAlice}));
  }

  Newsletter* add_newsletter(std::string id) {
    Newsletter newsletter;
    newsletter.id = std::move(id);
    return *state_.newsletters.insert(std::move(newsletter));
  }
  std::string answer_of(wire::Node iq) {
    iq.set("id", "1");
    Turn turn(state_, context_);
    answer_iq(turn, session_, iq);
    const std::vector<Outgoing> outgoing = turn.take_outgoing();
    EXPECT_FALSE(outgoing.empty());
    const wire::Node& answer = outgoing.front().stanza.value();
    if (answer.text("type") == "error")
      return "iq " + std::string(answer.children().front().text("code").value_or(""));
    return wire::print_node(answer);
  }
  // "iq 400", or what the document of the answer tells of its error; "granted" without one. The
  // document is kept.
  std::string ask(const std::string& query_id, const std::string& variables,
                  std::size_t blanks = 0) {
    wire::Node query = R"(<query/>)"_node;
    query.set("query_id", wire::Text(query_id));
    const std::string content = R"({"variables":)" + variables + std::string(blanks, ' ') + "}";
    query.content = wire::Blob(as_bytes(content));
    wire::Node iq = R"(<iq id="1" xmlns="w:mex" type="get"/>)"_node;
    iq.content = std::vector<wire::Node>{query};
    Turn turn(state_, context_);
    answer_iq(turn, session_, iq);
    const std::vector<Outgoing> outgoing = turn.take_outgoing();
    const wire::Node& answer = outgoing.front().stanza.value();
    if (answer.text("type") == "error")
      return "iq " + std::string(answer.children().front().text("code").value_or(""));
    document_ = to_text(*answer.children().front().bytes());
    return document_.find("\"errors\"") == std::string::npos ? "granted" : document_;
  }
  bool tells(const std::string& part) const { return document_.find(part) != std::string::npos; }
  std::string create(const std::string& members) {
    return ask("25149874324715067", R"({"input":{"name":"A name")" + members + "}}");
  }
  std::string join(const std::string& id) {
    return ask("24404358912487870", R"({"newsletter_id":")" + id + R"(@newsletter"})");
  }
  static bool is_refused(const std::string& answer, const std::string& limit) {
    return answer.find(limit) != std::string::npos;
  }

  // The acknowledgement of a message of alice's.
  wire::Node send(wire::Node message) {
    message.set("id", wire::Text("ID-" + std::to_string(next_id_++)));
    message.set("to", newsletter_->jid());
    Turn turn(state_, context_);
    route_message(turn, session_, message);
    std::vector<Outgoing> outgoing = turn.take_outgoing();
    return std::move(outgoing.back().stanza.value());
  }
  wire::Node post(const Bytes& plaintext, const std::string& media_type = "") {
    wire::Node child = R"(<plaintext/>)"_node;
    child.content = wire::Blob(plaintext);
    if (!media_type.empty()) child.set("mediatype", wire::Text(media_type));
    wire::Node message = R"(<message type="text"/>)"_node;
    message.content = std::vector<wire::Node>{child};
    return message;
  }
  wire::Node reaction(const std::string& code) {
    wire::Node child = R"(<reaction/>)"_node;
    child.set("code", wire::Text(code));
    wire::Node message = R"(<message type="reaction" server_id="100"/>)"_node;
    message.content = std::vector<wire::Node>{child};
    return message;
  }

  static constexpr const char* kAlice = "15550001111";
  static constexpr const char* kBob = "15550001112";
  Newsletter* newsletter_ = nullptr;
  std::string document_;
  int next_id_ = 1;
};

}  // namespace doublecheck::server
