#include "reference/server/stanzas.h"

namespace doublecheck::server {

std::optional<wire::Jid> lenient_jid(const wire::Node& node, std::string_view name) {
  if (const wire::Jid* jid = node.jid(name)) return *jid;
  const auto text = node.text(name);
  if (!text) return std::nullopt;
  auto parsed = wire::parse_jid(*text);
  if (!parsed) return std::nullopt;
  return std::move(*parsed);
}

}  // namespace doublecheck::server
