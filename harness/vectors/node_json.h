#pragma once

#include "harness/vectors/vector.h"
#include "spec/wire/node.h"

// Nodes in JSON, in the form that the notes of corpus/vectors/nodes.json explain.
namespace doublecheck::corpus {

// Throws for what is none.
wire::Node node_of(const Json& json);
wire::Jid jid_of(const Json& json);

Json to_json(const wire::Node& node);
Json to_json(const wire::Jid& jid);

// From the form of stanzas.json: a value with @ in it is a JID.
Json node_of_stanza(const Json& stanza);

}  // namespace doublecheck::corpus
