// Command codec is whatsmeow, unmodified, as a codec: those of its functions of bytes that it exports, behind
// harness/iut/codec.proto; the contract is in harness/iut/README.md.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime/debug"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/kdf"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/hkdfutil"
	"go.mau.fi/whatsmeow/util/keys"
)

// Numbers of fields of Request and Response.
const (
	describe      = 1
	encodePayload = 4
	decodePayload = 5
	publicKey     = 6
	agree         = 7
	verify        = 9
	deriveKey     = 31
	refused       = 100
	unsupported   = 101
)

// errUnsupported is what the library cannot do at all.
type errUnsupported struct{ reason string }

func (err errUnsupported) Error() string { return err.reason }

type operation struct {
	name string
	run  func(request message) (answer []byte, err error)
}

var operations = map[int]operation{
	encodePayload: {"encode_payload", func(request message) ([]byte, error) {
		elements, err := elementsOf(request.bytes(1))
		if err != nil {
			return nil, err
		}
		node, _, err := readNode(elements)
		if err != nil {
			return nil, err
		}
		payload, err := waBinary.Marshal(node)
		return writeBytes(nil, 1, payload), err
	}},
	decodePayload: {"decode_payload", func(request message) ([]byte, error) {
		unpacked, err := waBinary.Unpack(request.bytes(1))
		if err != nil {
			return nil, err
		}
		node, err := waBinary.Unmarshal(unpacked)
		if err != nil {
			return nil, err
		}
		return writeNode(nil, *node)
	}},
	publicKey: {"public_key", func(request message) ([]byte, error) {
		key, err := keyOf(request.bytes(1))
		if err != nil {
			return nil, err
		}
		return writeBytes(nil, 1, keys.NewKeyPairFromPrivateKey(key).Pub[:]), nil
	}},
	agree: {"agree", func(request message) ([]byte, error) {
		own, ownErr := keyOf(request.bytes(1))
		peer, peerErr := keyOf(request.bytes(2))
		if err := errors.Join(ownErr, peerErr); err != nil {
			return nil, err
		}
		secret := kdf.CalculateSharedSecret(peer, own)
		return writeBytes(nil, 1, secret[:]), nil
	}},
	verify: {"verify", func(request message) ([]byte, error) {
		key, err := keyOf(request.bytes(1))
		if err != nil {
			return nil, err
		}
		// The library's callers check the length; its function takes an array.
		signature := request.bytes(3)
		if len(signature) != 64 {
			return nil, errUnsupported{"signatures of another length have no type"}
		}
		valid := ecc.VerifySignature(ecc.NewDjbECPublicKey(key), request.bytes(2), [64]byte(signature))
		return writeBool(nil, 1, valid), nil
	}},
	deriveKey: {"derive_key", func(request message) ([]byte, error) {
		size := request.number(4)
		if size > math.MaxUint8 {
			return nil, errUnsupported{"the size is a byte"}
		}
		key := hkdfutil.SHA256(request.bytes(1), request.bytes(2), request.bytes(3), uint8(size))
		return writeBytes(nil, 1, key), nil
	}},
}

func keyOf(bytes []byte) ([32]byte, error) {
	if len(bytes) != 32 {
		return [32]byte{}, fmt.Errorf("a key of %d bytes", len(bytes))
	}
	return [32]byte(bytes), nil
}

// The version of the library that is linked in.
func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "go.mau.fi/whatsmeow" {
			return module.Version
		}
	}
	return ""
}

func description() []byte {
	var out []byte
	out = writeBytes(out, 1, []byte("whatsmeow"))
	out = writeBytes(out, 2, []byte(version()))
	for _, one := range operations {
		out = writeBytes(out, 3, []byte(one.name))
	}
	return out
}

func respond(bytes []byte) ([]byte, error) {
	request, err := parse(bytes)
	if err != nil {
		return nil, err
	}
	for number := range request {
		if number == describe {
			return writeBytes(nil, describe, description()), nil
		}
		one, known := operations[int(number)]
		if !known {
			break
		}
		given, err := parse(request.bytes(number))
		if err != nil {
			return nil, err
		}
		answer, err := one.run(given)
		var cannot errUnsupported
		if errors.As(err, &cannot) {
			return writeBytes(nil, unsupported, writeBytes(nil, 1, []byte(cannot.reason))), nil
		}
		if err != nil {
			return writeBytes(nil, refused, writeBytes(nil, 1, []byte(err.Error()))), nil
		}
		return writeBytes(nil, number, answer), nil
	}
	return writeBytes(nil, unsupported, nil), nil
}

// A JID of the protocol as the library's.
func readJID(jid message) types.JID {
	return types.JID{
		User: string(jid.bytes(1)), Server: string(jid.bytes(2)),
		Device: uint16(jid.number(3)), Integrator: uint16(jid.number(4)),
	}
}

func writeJID(jid types.JID) []byte {
	out := writeBytes(nil, 1, []byte(jid.User))
	out = writeBytes(out, 2, []byte(jid.Server))
	out = writeNumber(out, 3, uint64(jid.Device))
	return writeNumber(out, 4, uint64(jid.Integrator))
}

func elementsOf(node []byte) ([]message, error) {
	parsed, err := parse(node)
	if err != nil {
		return nil, err
	}
	return parsed.messages(1)
}

// The node that begins with the first of the elements, and what is left of these.
func readNode(elements []message) (waBinary.Node, []message, error) {
	if len(elements) == 0 {
		return waBinary.Node{}, nil, errors.New("no such element")
	}
	element, rest := elements[0], elements[1:]
	node := waBinary.Node{Tag: string(element.bytes(1)), Attrs: waBinary.Attrs{}}
	attributes, err := element.messages(2)
	if err != nil {
		return node, nil, err
	}
	if len(attributes) > 1 {
		return node, nil, errUnsupported{"the library writes attributes in any order"}
	}
	for _, attribute := range attributes {
		if jid, found := attribute.message(3); found {
			node.Attrs[string(attribute.bytes(1))] = readJID(jid)
		} else {
			node.Attrs[string(attribute.bytes(1))] = string(attribute.bytes(2))
		}
	}
	switch {
	case element.has(3):
		node.Content = string(element.bytes(3))
	case element.has(4):
		node.Content = element.bytes(4)
	case element.has(5):
		jid, _ := element.message(5)
		node.Content = readJID(jid)
	case element.has(6):
		children := []waBinary.Node{}
		for i := uint64(0); i < element.number(6); i++ {
			var child waBinary.Node
			if child, rest, err = readNode(rest); err != nil {
				return node, nil, err
			}
			children = append(children, child)
		}
		node.Content = children
	}
	return node, rest, nil
}

func writeNode(out []byte, node waBinary.Node) ([]byte, error) {
	element := writeBytes(nil, 1, []byte(node.Tag))
	for name, value := range node.Attrs {
		attribute := writeBytes(nil, 1, []byte(name))
		switch value := value.(type) {
		case string:
			attribute = writeBytes(attribute, 2, []byte(value))
		case types.JID:
			attribute = writeBytes(attribute, 3, writeJID(value))
		default:
			return nil, fmt.Errorf("an attribute that is a %T", value)
		}
		element = writeBytes(element, 2, attribute)
	}
	var children []waBinary.Node
	switch content := node.Content.(type) {
	case nil:
	case string:
		element = writeBytes(element, 3, []byte(content))
	case []byte:
		element = writeBytes(element, 4, content)
	case types.JID:
		element = writeBytes(element, 5, writeJID(content))
	case []waBinary.Node:
		children = content
		element = writeNumber(element, 6, uint64(len(children)))
	default:
		return nil, fmt.Errorf("content that is a %T", content)
	}
	out = writeBytes(out, 1, element)
	for _, child := range children {
		var err error
		if out, err = writeNode(out, child); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func serve(input io.Reader, output io.Writer) error {
	var length [4]byte
	for {
		if _, err := io.ReadFull(input, length[:]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		request := make([]byte, binary.BigEndian.Uint32(length[:]))
		if _, err := io.ReadFull(input, request); err != nil {
			return err
		}
		response, err := respond(request)
		if err != nil {
			return err
		}
		binary.BigEndian.PutUint32(length[:], uint32(len(response)))
		if _, err := output.Write(append(length[:], response...)); err != nil {
			return err
		}
	}
}

func main() {
	if err := serve(bufio.NewReader(os.Stdin), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
