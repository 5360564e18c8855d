#pragma once

#include <nlohmann/json_fwd.hpp>

#include "spec/base/result.h"
#include "spec/wire/node.h"

// The JSON form of stanzas, which keeps the types of their values:
//
//   {"tag": "iq",
//    "attrs": {"id": "p1", "to": {"jid": "s.whatsapp.net"}},
//    "content": null | "text" | {"bytes": "<base64>"} | {"jid": "15550001111@s.whatsapp.net"} | [
//    <stanza>, … ]}
//
// `attrs` and `content` may be left out. A text is a string on the wire, which a library may refuse
// where it expects bytes.
namespace doublecheck::server {

nlohmann::ordered_json node_to_json(const wire::Node& node);

// What the result cannot be encoded for, an empty tag for example, is an error here. Recursive: the
// depth of `json` is bounded by parse_json.
Result<wire::Node> node_from_json(const nlohmann::ordered_json& json);

}  // namespace doublecheck::server
