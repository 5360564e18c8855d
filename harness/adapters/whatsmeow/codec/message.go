package main

import "google.golang.org/protobuf/encoding/protowire"

// A message of protobuf by the numbers of its fields: there are so few that code need not be generated for them.
type message map[protowire.Number][]value

type value struct {
	bytes  []byte
	number uint64
}

func parse(bytes []byte) (message, error) {
	fields := message{}
	for len(bytes) > 0 {
		number, kind, size := protowire.ConsumeTag(bytes)
		if size < 0 {
			return nil, protowire.ParseError(size)
		}
		bytes = bytes[size:]
		var one value
		switch kind {
		case protowire.VarintType:
			one.number, size = protowire.ConsumeVarint(bytes)
		case protowire.BytesType:
			one.bytes, size = protowire.ConsumeBytes(bytes)
		default:
			size = protowire.ConsumeFieldValue(number, kind, bytes)
		}
		if size < 0 {
			return nil, protowire.ParseError(size)
		}
		bytes = bytes[size:]
		fields[number] = append(fields[number], one)
	}
	return fields, nil
}

func (fields message) has(number protowire.Number) bool { return len(fields[number]) > 0 }

// Absent fields read as their defaults.
func (fields message) last(number protowire.Number) value {
	if !fields.has(number) {
		return value{}
	}
	return fields[number][len(fields[number])-1]
}

func (fields message) bytes(number protowire.Number) []byte  { return fields.last(number).bytes }
func (fields message) number(number protowire.Number) uint64 { return fields.last(number).number }

func (fields message) message(number protowire.Number) (message, bool) {
	if !fields.has(number) {
		return nil, false
	}
	parsed, err := parse(fields.bytes(number))
	return parsed, err == nil
}

func (fields message) messages(number protowire.Number) ([]message, error) {
	var all []message
	for _, one := range fields[number] {
		parsed, err := parse(one.bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, parsed)
	}
	return all, nil
}

func writeBytes(out []byte, number protowire.Number, bytes []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(out, number, protowire.BytesType), bytes)
}

func writeNumber(out []byte, number protowire.Number, value uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(out, number, protowire.VarintType), value)
}

func writeBool(out []byte, number protowire.Number, value bool) []byte {
	return writeNumber(out, number, protowire.EncodeBool(value))
}
