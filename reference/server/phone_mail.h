#pragma once

#include <string>

#include "reference/server/turn.h"
#include "spec/base/bytes.h"
#include "spec/payload/message.h"
#include "spec/wire/node.h"

// The mail of the simulated phones: with the companions of their accounts, and with others.
namespace doublecheck::server {

// After a companion's first login the phone sends, as configured, its app-state sync key and an
// initial history, as peer messages from the account's bare PN.
void greet_from_phone(Turn& turn, const DeviceAddress& companion);

// A message that is for the phone of an account, as a device would get it: the phone decrypts it
// and keeps what it says. A request for app-state keys from a companion of its own it answers. One
// that it cannot decrypt is counted and dropped.
void phone_receives(Turn& turn, const std::string& phone_number, const Party& sender,
                    const wire::Node& message);

// A fresh id for a message of a phone's.
std::string phone_message_id(Turn& turn);

// The phone of `from` writes to every companion of `to`, and gives its own a copy. Nobody checks
// whether it may.
void phone_writes(Turn& turn, Account& from, Account& to, const std::string& id,
                  const payload::Message& message);

// … to one device alone; and there any plaintext, for what no phone should send.
void phone_writes_to(Turn& turn, Account& from, Account& to, Device& device, const std::string& id,
                     const payload::Message& message);
void phone_writes_to(Turn& turn, Account& from, Account& to, Device& device, const std::string& id,
                     ByteView plaintext);

// A companion could not download something (ACCOUNT-20). The phone has no media, and says so.
void answer_media_retry(Turn& turn, const Party& companion, const wire::Node& receipt);

}  // namespace doublecheck::server
