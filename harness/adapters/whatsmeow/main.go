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
	"os"
	"runtime/debug"
	"sync"
)

const protocolVersion = 1

var capabilities = []string{
	"websocket", "websocket_tls", "trust_root", "push_name", "keepalive", "qr_pairing", "code_pairing", "logout",
	"send_text", "receive_text", "receipts", "mark_read", "presence", "reconnects",
}

// What a session does on command; it returns the id of the message that it has sent, if any.
var sessionCommands = map[string]func(*session, command) (string, error){
	"disconnect":    (*session).disconnect,
	"pair_code":     (*session).pairCode,
	"logout":        (*session).logout,
	"send_text":     (*session).sendText,
	"mark_read":     (*session).markRead,
	"send_presence": (*session).sendPresence,
}

var errUnsupported = errors.New("unsupported")

// A command, with the fields of all of them.
type command struct {
	id   int
	name string

	Protocol                                 int
	URL, Phone, To, Text, Chat, Sender, Type string
	IDs                                      []string
	TrustRootHex                             string `json:"trust_root_hex"`
	StateDir                                 string `json:"state_dir"`
	PushName                                 string `json:"push_name"`
	ConnectTimeoutMS                         uint32 `json:"connect_timeout_ms"`
	KeepaliveMS                              uint32 `json:"keepalive_ms"`
	InsecureTLS                              bool   `json:"insecure_tls"`
	MessageID                                string `json:"message_id"`
}

func parse(line []byte) (c command, err error) {
	var parts map[string]json.RawMessage
	if err = json.Unmarshal(line, &parts); err != nil {
		return c, err
	}
	if json.Unmarshal(parts["id"], &c.id) != nil || c.id < 1 || len(parts) != 2 {
		return c, errors.New("an id and one command are needed")
	}
	delete(parts, "id")
	for c.name = range parts {
		err = json.Unmarshal(parts[c.name], &c)
	}
	return c, err
}

func (c command) answer(messageID string, err error) {
	if err != nil {
		emit("failed", fields{"id": c.id, "reason": err.Error(), "unsupported": errors.Is(err, errUnsupported)})
	} else {
		emit("done", fields{"id": c.id, "message_id": messageID})
	}
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
		panic(err) // strings, numbers and booleans have a JSON form
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
	run, ofSession := sessionCommands[c.name]
	s := a.session
	switch {
	case c.name == "hello":
		c.answer("", hello(c))
	case c.name == "configure":
		c.answer("", a.configure(c))
	case c.name == "connect":
		err := a.begin()
		c.answer("", err)
		if err == nil {
			go a.session.connect()
		}
	case c.name == "exit":
		c.answer("", a.container.Close())
		os.Exit(0)
	case !ofSession:
		c.answer("", fmt.Errorf("%w: no command %s", errUnsupported, c.name))
	case s == nil && c.name == "disconnect":
		c.answer("", nil)
	case s == nil:
		c.answer("", errors.New("not connected"))
	case c.name == "send_text": // in the order that was asked for: the library sends one at a time
		texts <- func() { c.answer(run(s, c)) }
	default: // not waited for: a later command may end what this one waits for
		go func() { c.answer(run(s, c)) }()
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
		if c, err := parse(lines.Bytes()); err != nil {
			emit("error", fields{"what": "not a command: " + err.Error()})
		} else {
			a.execute(c, texts)
		}
	}
	a.container.Close()
}
