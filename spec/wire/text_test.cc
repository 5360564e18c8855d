#include "spec/wire/text.h"

#include <gtest/gtest.h>

namespace doublecheck::wire {
namespace {

// The sizes around the one that is still held in place.
const std::size_t kSizes[] = {0, 1, 22, 23, 24, 25, 1000};

std::string sample(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text.push_back(static_cast<char>('a' + i % 26));
  return text;
}

TEST(Text, OwnsWhatItIsMadeFrom) {
  for (const std::size_t size : kSizes) {
    std::string source = sample(size);
    const Text text(source);
    source.assign(size, '!');
    EXPECT_EQ(text.view(), sample(size));
    EXPECT_EQ(text.size(), size);
    EXPECT_EQ(text.empty(), size == 0);
  }
}

TEST(Text, BorrowsWithoutCopying) {
  for (const std::size_t size : kSizes) {
    const std::string source = sample(size);
    const Text text = Text::borrow(source);
    EXPECT_EQ(text.view().data(), source.data());
    EXPECT_EQ(text.view(), source);
  }
}

TEST(Text, ACopyOfABorrowedTextOwns) {
  for (const std::size_t size : kSizes) {
    std::string source = sample(size);
    const Text borrowed = Text::borrow(source);
    const Text copy = borrowed;
    Text assigned = "something else that is longer than in place";
    assigned = borrowed;
    source.assign(size, '!');
    EXPECT_EQ(copy, sample(size));
    EXPECT_EQ(assigned, sample(size));
  }
}

TEST(Text, AMoveKeepsWhatItWas) {
  for (const std::size_t size : kSizes) {
    const std::string source = sample(size);
    Text borrowed = Text::borrow(source);
    const Text moved = std::move(borrowed);
    EXPECT_EQ(moved.view().data(), source.data());

    Text owned(source);
    Text target = "something else that is longer than in place";
    target = std::move(owned);
    EXPECT_EQ(target, source);
    EXPECT_NE(target.view().data(), source.data());
  }
}

TEST(Text, AssigningToItselfChangesNothing) {
  for (const std::size_t size : kSizes) {
    Text text(sample(size));
    Text& same = text;
    text = same;
    EXPECT_EQ(text, sample(size));
    text = std::move(same);
    EXPECT_EQ(text, sample(size));
  }
}

TEST(Text, AMovedFromTextCanBeUsedAgain) {
  Text text(sample(1000));
  const Text moved = std::move(text);
  text = "again";
  EXPECT_EQ(text, "again");
  EXPECT_EQ(moved.size(), 1000U);
}

TEST(Text, ComparesByContents) {
  const std::string source = "receipt";
  EXPECT_EQ(Text(source), Text::borrow(source));
  EXPECT_EQ(Text("receipt"), std::string_view("receipt"));
  EXPECT_NE(Text("receipt"), Text("receipts"));
  EXPECT_NE(Text("receipt"), "receipT");
  EXPECT_EQ(Text(), "");
}

TEST(Text, KeepsZeroBytes) {
  const std::string source("a\0b", 3);
  EXPECT_EQ(Text(source).size(), 3U);
  EXPECT_EQ(Text(source), std::string_view(source));
}

TEST(Blob, OwnsAndBorrowsLikeText) {
  for (const std::size_t size : kSizes) {
    Bytes source(size, 0xfe);
    const Blob borrowed = Blob::borrow(source);
    const Blob owned(source);
    EXPECT_EQ(borrowed, owned);
    EXPECT_EQ(borrowed.view().data(), source.data());
    source.assign(size, 0x01);
    EXPECT_EQ(to_bytes(owned.view()), Bytes(size, 0xfe));
  }
}

}  // namespace
}  // namespace doublecheck::wire
