#pragma once

#include <initializer_list>
#include <string_view>

#include "conformance/codec/steps.h"
#include "spec/wire/node.h"

// What cases about nodes share: running the vectors of nodes.json and nodes-invalid.json. What is
// named is each whose name contains one of the texts.
namespace doublecheck::conformance {

using Names = std::initializer_list<std::string_view>;

// The node that a vector gives to an encoder.
wire::Node input_node(const Json& vector);

// The frames of these vectors are read as their nodes.
void read_group(harness::CodecBench& bench, std::string_view group);
void read_named(harness::CodecBench& bench, std::string_view group, Names names);

// Their nodes are written as their frames.
void write_group(harness::CodecBench& bench, std::string_view group);
void write_named(harness::CodecBench& bench, std::string_view group, Names names);
// Of the group `confusable`, where every value is a string.
void write_confusable(harness::CodecBench& bench, Names names);

// Of a category of invalid frames: those that everybody reads; those that everybody refuses, after
// one that is read; those that may be read or refused, after which the codec still reads.
void read_accepted(harness::CodecBench& bench, std::string_view category);
void refuse_category(harness::CodecBench& bench, std::string_view category, Names names = {""});
void survive_category(harness::CodecBench& bench, std::string_view category);

// A stanza of any shape, its text contents as bytes.
wire::Node random_node(RandomSource& random);

}  // namespace doublecheck::conformance
