#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "spec/base/bytes.h"

// Strings and byte strings that are either owned or borrowed. Decoding borrows from the decoded
// frame, so it copies nothing; whatever is copied from a decoded value owns its contents and may be
// kept for as long as one likes.
namespace doublecheck::wire {

// 24 bytes, whatever it holds. Short contents are owned in place: telephone numbers, times and most
// message ids travel packed, so that a decoder has nothing to borrow, and would otherwise cost an
// allocation each.
template <typename Owned, typename View>
class OwnedOrBorrowed {
 public:
  OwnedOrBorrowed() = default;
  OwnedOrBorrowed(const Owned& owned)
      : OwnedOrBorrowed(View(owned)) {}      // NOLINT(google-explicit-constructor)
  OwnedOrBorrowed(View view) { own(view); }  // NOLINT(google-explicit-constructor)
  OwnedOrBorrowed(const char* text)          // NOLINT(google-explicit-constructor)
    requires std::is_same_v<Owned, std::string>
      : OwnedOrBorrowed(View(text)) {}

  // Refers to `view` without copying; the caller keeps what it refers to alive.
  static OwnedOrBorrowed borrow(View view) {
    OwnedOrBorrowed borrowed;
    borrowed.assign_borrowed(view);
    return borrowed;
  }
  // The same into a value that is there already, for decoders: a move in between would cost as much
  // as the rest.
  void assign_borrowed(View view) {
    release();
    refer_to(view.data(), view.size(), kBorrowed);
  }

  // A copy owns; a move keeps what it was.
  OwnedOrBorrowed(const OwnedOrBorrowed& other) : OwnedOrBorrowed(other.view()) {}
  OwnedOrBorrowed& operator=(const OwnedOrBorrowed& other) {
    if (this != &other) *this = OwnedOrBorrowed(other);
    return *this;
  }
  OwnedOrBorrowed(OwnedOrBorrowed&& other) noexcept { take(other); }
  OwnedOrBorrowed& operator=(OwnedOrBorrowed&& other) noexcept {
    if (this != &other) {
      release();
      take(other);
    }
    return *this;
  }
  ~OwnedOrBorrowed() { release(); }

  // Valid until this value is moved, changed or destroyed, as of a std::string.
  View view() const {
    if (kind() <= kCapacity) return View(storage_, kind());
    return View(address(), load<std::size_t>(sizeof(const Element*)));
  }
  operator View() const { return view(); }  // NOLINT(google-explicit-constructor)

  std::size_t size() const { return view().size(); }
  bool empty() const { return size() == 0; }

  friend bool operator==(const OwnedOrBorrowed& left, const OwnedOrBorrowed& right) {
    return left == right.view();
  }
  friend bool operator==(const OwnedOrBorrowed& left, View right) {
    return equal(as_octets(left.view()), as_octets(right));
  }
  friend bool operator==(const OwnedOrBorrowed& left, const Owned& right) {
    return left == View(right);
  }
  friend bool operator==(const OwnedOrBorrowed& left, const char* right)
    requires std::is_same_v<Owned, std::string>
  {
    return left == View(right);
  }

 private:
  using Element = std::remove_const_t<typename View::value_type>;
  static_assert(sizeof(Element) == 1);

  // Contents in place are at the front of `storage_`; of others, their address and size are. The
  // last byte is the size of contents in place, or one of these.
  static constexpr std::size_t kCapacity = 23;
  static constexpr std::uint8_t kBorrowed = 0xfe;
  static constexpr std::uint8_t kAllocated = 0xff;

  static ByteView as_octets(std::string_view text) { return as_bytes(text); }
  static ByteView as_octets(ByteView bytes) { return bytes; }

  std::uint8_t kind() const { return static_cast<std::uint8_t>(storage_[kCapacity]); }
  void set_kind(std::uint8_t kind) { storage_[kCapacity] = static_cast<Element>(kind); }

  const Element* address() const { return load<const Element*>(0); }

  void refer_to(const Element* data, std::size_t size, std::uint8_t kind) {
    store(0, data);
    store(sizeof data, size);
    set_kind(kind);
  }

  void own(View view) {
    if (view.size() <= kCapacity) {
      if (!view.empty()) std::memcpy(storage_, view.data(), view.size());
      set_kind(static_cast<std::uint8_t>(view.size()));
    } else {
      auto* const data = new Element[view.size()];
      std::memcpy(data, view.data(), view.size());
      refer_to(data, view.size(), kAllocated);
    }
  }

  void take(OwnedOrBorrowed& other) noexcept {
    std::memcpy(storage_, other.storage_, sizeof storage_);
    other.set_kind(0);
  }

  void release() noexcept {
    if (kind() == kAllocated) delete[] address();
  }

  template <typename Word>
  Word load(std::size_t at) const {
    Word word;
    std::memcpy(&word, storage_ + at, sizeof word);
    return word;
  }
  template <typename Word>
  void store(std::size_t at, Word word) {
    std::memcpy(storage_ + at, &word, sizeof word);
  }

  alignas(std::uint64_t) Element storage_[kCapacity + 1] = {};
};

using Text = OwnedOrBorrowed<std::string, std::string_view>;
using Blob = OwnedOrBorrowed<Bytes, ByteView>;
static_assert(sizeof(Text) == 24 && sizeof(Blob) == 24);

}  // namespace doublecheck::wire
