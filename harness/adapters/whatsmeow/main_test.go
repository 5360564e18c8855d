// The adapter by itself: what it answers, and what it does when nobody answers it. Loopback only.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	runAsAdapter  = "DOUBLECHECK_TEST_AS_ADAPTER"
	webSocketGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" // RFC 6455
)

const (
	user  = "15550001112@s.whatsapp.net"
	group = "120363000000000001@g.us"
)

// Commands that need a connection.
var onAConnection = []struct {
	name  string
	about fields
}{
	{"pair_code", fields{"phone": "15550001111"}},
	{"logout", nil},
	{"send_text", fields{"to": user, "text": "hello"}},
	{"send_text", fields{"to": group, "text": "hello"}},
	{"mark_read", fields{"chat": group, "sender": user, "ids": []string{"1"}}},
	{"send_presence", fields{"type": "available"}},
	{"create_group", fields{"subject": "friends", "participants": []string{user}}},
	{"update_group", fields{"group": group, "action": "add", "participants": []string{user}}},
	{"leave_group", fields{"group": group}},
	{"subscribe_presence", fields{"user": user}},
	{"send_chat_state", fields{"chat": user, "state": "composing"}},
}

func TestMain(m *testing.M) {
	if os.Getenv(runAsAdapter) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A running adapter: lines in, events out. It does not outlive its test.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	events *bufio.Scanner
	lastID int
}

type event map[string]map[string]any

func start(t *testing.T) *process {
	p := &process{t: t, cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), runAsAdapter+"=1", "WHATSMEOW_LOG_LEVEL=error")
	p.cmd.Stderr = os.Stderr
	p.stdin, _ = p.cmd.StdinPipe()
	stdout, _ := p.cmd.StdoutPipe()
	p.events = bufio.NewScanner(stdout)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.AfterFunc(30*time.Second, func() { p.cmd.Process.Kill() })
	t.Cleanup(func() {
		deadline.Stop()
		p.cmd.Process.Kill()
		p.cmd.Wait()
	})
	return p
}

func (p *process) write(line string) { io.WriteString(p.stdin, line+"\n") }

func (p *process) send(name string, about fields) int {
	p.lastID++
	line, _ := json.Marshal(map[string]any{"id": p.lastID, name: about})
	p.write(string(line))
	return p.lastID
}

// The next event. Whatever else is on stdout fails the test here.
func (p *process) next() event {
	p.t.Helper()
	if !p.events.Scan() {
		p.t.Fatal("the adapter ended")
	}
	var e event
	if err := json.Unmarshal(p.events.Bytes(), &e); err != nil || len(e) != 1 {
		p.t.Fatalf("no event: %s", p.events.Text())
	}
	return e
}

// Sends a command and returns its answer, which must be the next event, and whether it is `done`.
func (p *process) ask(name string, about fields) (answer map[string]any, done bool) {
	p.t.Helper()
	id := p.send(name, about)
	e := p.next()
	answer, done = e["done"]
	if !done {
		answer = e["failed"]
	}
	if answer == nil || answer["id"] != float64(id) {
		p.t.Fatalf("%s was answered by %v", name, e)
	}
	return answer, done
}

func (p *process) refuses(name string, about fields, unsupported bool) {
	p.t.Helper()
	if answer, done := p.ask(name, about); done || answer["unsupported"] != unsupported {
		p.t.Errorf("%s was answered by %v", name, answer)
	}
}

func (p *process) does(name string, about fields) {
	p.t.Helper()
	if answer, done := p.ask(name, about); !done {
		p.t.Fatalf("%s was answered by %v", name, answer)
	}
}

func (p *process) closes() map[string]any {
	p.t.Helper()
	e := p.next()
	if e["closed"] == nil || e["closed"]["will_reconnect"] != false {
		p.t.Fatalf("not closed for good: %v", e)
	}
	return e["closed"]
}

func (p *process) exits() {
	p.t.Helper()
	if err := p.cmd.Wait(); err != nil {
		p.t.Error(err)
	}
}

func settings(t *testing.T, url string) fields {
	return fields{"url": url, "trust_root_hex": strings.Repeat("01", 32), "state_dir": t.TempDir(), "push_name": "alice"}
}

func listen(t *testing.T) (net.Listener, string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener, fmt.Sprintf("ws://%s/ws/chat", listener.Addr())
}

func TestHelloIsAnsweredByReadyAndDone(t *testing.T) {
	p := start(t)
	p.send("hello", fields{"protocol": 1})
	ready := p.next()["ready"]
	if ready["protocol"] != 1.0 || ready["library"] != "whatsmeow" {
		t.Errorf("%v", ready)
	}
	for _, name := range []string{"qr_pairing", "groups", "presence_of_others"} {
		if !slices.Contains(ready["capabilities"].([]any), any(name)) {
			t.Errorf("no %s in %v", name, ready)
		}
	}
	if done := p.next()["done"]; done["id"] != 1.0 {
		t.Errorf("%v", done)
	}
	p.stdin.Close()
	p.exits()
}

func TestAnotherProtocolVersionIsRefused(t *testing.T) {
	start(t).refuses("hello", fields{"protocol": 2}, false)
}

func TestAMalformedLineIsReportedAndTheAdapterGoesOn(t *testing.T) {
	p := start(t)
	for _, line := range []string{
		`{`, `hello`, `[]`, `5`, `null`, `{}`, `{"id":1}`, `{"hello":{"protocol":1}}`, `{"id":0,"exit":{}}`,
		`{"id":"1","exit":{}}`, `{"id":1,"exit":{},"connect":{}}`,
	} {
		p.write(line)
		if e := p.next(); e["error"]["what"] == nil {
			t.Errorf("%s was answered by %v", line, e)
		}
	}
	p.write("")
	p.does("disconnect", nil)
}

func TestWhatTheLibraryCannotDoIsUnsupported(t *testing.T) {
	p := start(t)
	p.refuses("advance_clock", nil, true)
	p.refuses("no_such_command", nil, true)
	p.refuses("configure", settings(t, "tcp://127.0.0.1:1"), true)
	withTimeout := settings(t, "ws://127.0.0.1:1/ws/chat")
	withTimeout["connect_timeout_ms"] = 1000
	p.refuses("configure", withTimeout, true)
}

func TestCommandsThatComeTooEarlyFail(t *testing.T) {
	p := start(t)
	p.refuses("connect", nil, false)
	for _, c := range onAConnection {
		p.refuses(c.name, c.about, false)
	}
	p.does("disconnect", nil)
}

func TestCommandsAfterTheEndOfTheConnectionFail(t *testing.T) {
	listener, url := listen(t)
	listener.Close()
	p := start(t)
	p.does("configure", settings(t, url))
	p.does("connect", nil)
	p.closes()
	for _, c := range onAConnection {
		if c.name == "create_group" || c.name == "subscribe_presence" {
			continue // before a pairing the library panics
		}
		p.refuses(c.name, c.about, false)
		p.refuses(c.name, nil, false)
	}
}

func TestArgumentsThatCannotBeUsedFail(t *testing.T) {
	p := start(t)
	for _, about := range []fields{
		{"group": 5}, {"chat": "1.2.3@s.whatsapp.net"}, {"user": "1:x@s.whatsapp.net"}, {"participants": "none"},
		{"participants": []string{user, "1:2:3@lid"}},
	} {
		for _, c := range onAConnection {
			if answer, done := p.ask(c.name, about); done || answer["reason"] == "not connected" {
				t.Errorf("%s %v was answered by %v", c.name, about, answer)
			}
		}
	}
}

func TestAConfigurationThatCannotBeUsedFails(t *testing.T) {
	p := start(t)
	for name, value := range map[string]any{"state_dir": "", "trust_root_hex": "0102"} {
		wrong := settings(t, "ws://127.0.0.1:1/ws/chat")
		wrong[name] = value
		p.refuses("configure", wrong, false)
	}
	p.refuses("connect", nil, false)
	p.does("configure", settings(t, "ws://127.0.0.1:1/ws/chat"))
}

func TestAClosedPortIsReportedAsClosedEachTime(t *testing.T) {
	listener, url := listen(t)
	listener.Close()
	p := start(t)
	p.does("configure", settings(t, url))
	for range 2 {
		p.does("connect", nil)
		if reason := p.closes()["reason"].(string); !strings.Contains(reason, "connection refused") {
			t.Error(reason)
		}
	}
}

func TestTheConfiguredServerIsSpokenToAndItsHangingUpIsReported(t *testing.T) {
	listener, url := listen(t)
	p := start(t)
	p.does("configure", settings(t, url))
	p.does("connect", nil)
	connection, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	stream := bufio.NewReader(connection)
	request, err := http.ReadRequest(stream)
	if err != nil || request.URL.Path != "/ws/chat" || request.Host != listener.Addr().String() {
		t.Fatal(err, request)
	}
	accept := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + webSocketGUID))
	fmt.Fprintf(connection, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(accept[:]))

	// A masked binary frame of fewer than 126 bytes: 2 bytes of header, then 4 of mask.
	frame := make([]byte, 10)
	if _, err := io.ReadFull(stream, frame); err != nil {
		t.Fatal(err)
	}
	intro := frame[6:]
	for i := range intro {
		intro[i] ^= frame[2+i]
	}
	if !bytes.Equal(intro, []byte{0x57, 0x41, 0x06, 0x03}) {
		t.Errorf("% x", intro)
	}
	p.refuses("connect", nil, false)
	connection.Close()
	p.closes() // when the library's handshake times out, after 20 s
}

func TestExitIsAnsweredAndEndsTheProcess(t *testing.T) {
	p := start(t)
	p.does("configure", settings(t, "ws://127.0.0.1:1/ws/chat"))
	p.does("exit", nil)
	p.exits()
}

func TestTheEndOfInputEndsTheProcess(t *testing.T) {
	p := start(t)
	p.stdin.Close()
	p.exits()
}
