#include "reference/server/queue.h"

#include <gtest/gtest.h>

#include "spec/wire/node_literal.h"

namespace doublecheck::server {
namespace {

using namespace wire::literals;

// Receipts for one message have one id: the type says which of them is settled, as far as it is
// told.
TEST(OfflineQueueTest, ReceiptsOfOneIdAreSettledByTheirType) {
  OfflineQueue queue;
  for (wire::Node stanza :
       {R"(<receipt id="1" type="retry"/>)"_node, R"(<receipt id="1"/>)"_node,
        R"(<receipt id="1" type="read"/>)"_node, R"(<message id="1" type="text"/>)"_node}) {
    (*queue.push(std::move(stanza)))->sent_on = 7;
  }
  EXPECT_TRUE(queue.settle(7, "receipt", "1"));
  EXPECT_TRUE(queue.settle(7, "receipt", "1", "read"));
  ASSERT_EQ(queue.size(), 2U);
  EXPECT_EQ(queue.stanzas().front().stanza.text("type"), "retry");
  EXPECT_TRUE(queue.settle(7, "message", "1")) << "of a message no ack tells the type";
  EXPECT_FALSE(queue.settle(8, "receipt", "1", "retry")) << "on another connection";
  EXPECT_TRUE(queue.settle(7, "receipt", "1", "of no such type"));
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace doublecheck::server
