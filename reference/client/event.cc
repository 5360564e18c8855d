#include "reference/client/event.h"

namespace doublecheck::client {

std::string_view to_string(ReceiptType type) {
  switch (type) {
    case ReceiptType::kServer:
      return "server";
    case ReceiptType::kDelivered:
      return "delivered";
    case ReceiptType::kRead:
      return "read";
    case ReceiptType::kPlayed:
      return "played";
  }
  return "unknown";
}

std::string_view to_string(Activity activity) {
  switch (activity) {
    case Activity::kComposing:
      return "composing";
    case Activity::kRecording:
      return "recording";
    case Activity::kPaused:
      return "paused";
  }
  return "unknown";
}

}  // namespace doublecheck::client
