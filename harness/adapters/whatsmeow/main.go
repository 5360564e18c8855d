// Drives whatsmeow, unmodified, for the suite; the contract is harness/iut/README.md. This file speaks with the suite,
// session.go with the library. A panic that the library leaves unhandled ends this process, as it would end an
// application: the suite sees it.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"sync"

	"go.mau.fi/whatsmeow/types"
)

const protocolVersion = 1

var capabilities = []string{
	"websocket", "websocket_tls", "trust_root", "push_name", "keepalive", "qr_pairing", "code_pairing", "logout",
	"send_text", "receive_text", "receipts", "mark_read", "presence", "groups", "presence_of_others", "reconnects",
}

var errUnsupported = errors.New("unsupported")

// A command, with the fields of all of them.
type command struct {
	id   int
	name string

	Protocol                                       int
	URL, Phone, Text, Type, Subject, Action, State string
	To, Chat, Sender, Group, User                  types.JID
	IDs                                            []string
	Participants                                   []types.JID
	TrustRootHex                                   string `json:"trust_root_hex"`
	StateDir                                       string `json:"state_dir"`
	PushName                                       string `json:"push_name"`
	ConnectTimeoutMS                               uint32 `json:"connect_timeout_ms"`
	KeepaliveMS                                    uint32 `json:"keepalive_ms"`
	InsecureTLS                                    bool   `json:"insecure_tls"`
	MessageID                                      string `json:"message_id"`
}

// Without an id it is not a command; with an id and an error it is one that cannot be understood.
func parse(line []byte) (c command, err error) {
	var parts map[string]json.RawMessage
	if err = json.Unmarshal(line, &parts); err != nil {
		return c, err
	}
	var id int
	if json.Unmarshal(parts["id"], &id) != nil || id < 1 || len(parts) != 2 {
		return c, errors.New("an id and one command are needed")
	}
	delete(parts, "id")
	for c.name = range parts {
		err = json.Unmarshal(parts[c.name], &c)
	}
	c.id = id
	return c, err
}

func (c command) answer(result fields, err error) {
	if err != nil {
		emit("failed", fields{"id": c.id, "reason": err.Error(), "unsupported": errors.Is(err, errUnsupported)})
		return
	}
	done := fields{"id": c.id}
	maps.Copy(done, result)
	emit("done", done)
}

type fields map[string]any

// stdout belongs to the events; whoever else prints there prints to stderr.
var (
	output     = os.Stdout
	outputLock sync.Mutex
)

func emit(event string, about fields) {
	line, err := json.Marshal(map[string]fields{event: about})
	if err != nil {
		panic(err) // whatever is told has a JSON form
	}
	outputLock.Lock()
	defer outputLock.Unlock()
	output.Write(append(line, '\n'))
}

func hello(c command) error {
	if c.Protocol != protocolVersion {
		return fmt.Errorf("only protocol %d is spoken", protocolVersion)
	}
	ready := fields{"protocol": protocolVersion, "library": "whatsmeow", "capabilities": capabilities}
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if module.Path == "go.mau.fi/whatsmeow" {
			ready["version"] = module.Version
		}
	}
	emit("ready", ready)
	return nil
}

func (a *adapter) execute(c command, texts chan<- func()) {
	s := a.session
	switch c.name {
	case "hello":
		c.answer(nil, hello(c))
	case "configure":
		c.answer(nil, a.configure(c))
	case "connect":
		err := a.begin()
		c.answer(nil, err)
		if err == nil {
			go a.session.connect()
		}
	case "exit":
		c.answer(nil, a.container.Close())
		os.Exit(0)
	case "disconnect", "pair_code", "logout", "send_text", "mark_read", "send_presence",
		"create_group", "update_group", "leave_group", "subscribe_presence", "send_chat_state":
		switch {
		case s == nil && c.name == "disconnect":
			c.answer(nil, nil)
		case s == nil:
			c.answer(nil, errors.New("not connected"))
		case c.name == "send_text": // in the order that was asked for: the library sends one at a time
			texts <- func() { c.answer(s.run(c)) }
		default: // not waited for: a later command may end what this one waits for
			go func() { c.answer(s.run(c)) }()
		}
	default:
		c.answer(nil, fmt.Errorf("%w: no command %s", errUnsupported, c.name))
	}
}

func main() {
	os.Stdout = os.Stderr
	var a adapter
	texts := make(chan func(), 1024)
	go func() {
		for send := range texts {
			send()
		}
	}()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		switch c, err := parse(lines.Bytes()); {
		case c.id == 0:
			emit("error", fields{"what": "not a command: " + err.Error()})
		case err != nil:
			c.answer(nil, err)
		default:
			a.execute(c, texts)
		}
	}
	a.container.Close()
}
