package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/socket"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite"
)

// The library asks for foreign keys. What it stores has to survive the process, not the machine.
const databaseOptions = "?_pragma=foreign_keys(1)&_pragma=busy_timeout(10000)" +
	"&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)"

var receiptTypes = map[types.ReceiptType]string{
	types.ReceiptTypeDelivered: "delivered",
	types.ReceiptTypeInactive:  "delivered", // to a device that has not announced itself as available
	types.ReceiptTypeRead:      "read",
	types.ReceiptTypePlayed:    "played",
}

// What `configure` sets, and the latest session.
type adapter struct {
	server    *url.URL
	tls       *tls.Config
	log       waLog.Logger
	container *sqlstore.Container
	session   *session
}

func (a *adapter) configure(c command) error {
	server, err := url.Parse(c.URL)
	if err != nil {
		return err
	}
	trustRoot, err := hex.DecodeString(c.TrustRootHex)
	switch {
	case server.Scheme != "ws" && server.Scheme != "wss":
		return fmt.Errorf("%w: no transport %q", errUnsupported, server.Scheme)
	case c.ConnectTimeoutMS != 0:
		return fmt.Errorf("%w: the time limit of the handshake is a constant", errUnsupported)
	case err != nil || len(trustRoot) != len(whatsmeow.WACertPubKey):
		return errors.New("trust_root_hex is not 64 hexadecimal digits")
	case c.StateDir == "":
		return errors.New("state_dir is missing")
	case a.session != nil:
		return errors.New("there has been a connection")
	}
	server.Scheme = strings.Replace(server.Scheme, "ws", "http", 1)
	a.server, a.tls = server, &tls.Config{InsecureSkipVerify: c.InsecureTLS}
	whatsmeow.WACertPubKey = [32]byte(trustRoot)
	if c.PushName != "" {
		store.BaseClientPayload.PushName = proto.String(c.PushName)
	}
	if c.KeepaliveMS != 0 {
		whatsmeow.KeepAliveIntervalMin = time.Duration(c.KeepaliveMS) * time.Millisecond
		whatsmeow.KeepAliveIntervalMax = whatsmeow.KeepAliveIntervalMin + time.Millisecond
	}
	level, err := zerolog.ParseLevel(cmp.Or(os.Getenv("WHATSMEOW_LOG_LEVEL"), "warn"))
	if err != nil {
		return err
	}
	a.log = waLog.Zerolog(zerolog.New(os.Stderr).Level(level).With().Timestamp().Logger())
	if err := os.MkdirAll(c.StateDir, 0o700); err != nil {
		return err
	}
	a.container.Close()
	database := filepath.Join(c.StateDir, "whatsmeow.db") + databaseOptions
	a.container, err = sqlstore.New(context.Background(), "sqlite", database, a.log)
	return err
}

// A client of the library, and the connection that it has.
type session struct {
	client    *whatsmeow.Client
	server    *url.URL
	transport http.Transport
	stopQR    context.CancelFunc
	stage     atomic.Int32 // of the connection
	restart   atomic.Int32 // the stream error that the library is about to answer with a new connection
	missed    atomic.Bool  // what comes now came while this device was away
}

const (
	closed  = iota
	begun   // by command
	dialled // by the library
)

// Readies a session to connect: the same from connection to connection, as in an application. But the library keeps
// nothing of a client without an account, so every attempt at a pairing has a session of its own.
func (a *adapter) begin() error {
	if a.container == nil {
		return errors.New("not configured")
	}
	if a.session != nil && !a.session.stage.CompareAndSwap(closed, begun) {
		return errors.New("connected already")
	}
	if a.session != nil && a.session.client.Store.ID != nil {
		return nil
	}
	device, err := a.container.GetFirstDevice(context.Background())
	if err != nil {
		return err
	}
	untilStopped, stopQR := context.WithCancel(context.Background())
	s := &session{client: whatsmeow.NewClient(device, a.log), server: a.server, stopQR: stopQR}
	s.stage.Store(begun)
	s.transport.TLSClientConfig = a.tls
	redirected := &http.Client{Transport: s}
	s.client.SetPreLoginHTTPClient(redirected)
	s.client.SetWebsocketHTTPClient(redirected)
	s.client.SetMediaHTTPClient(redirected)
	s.client.AddEventHandler(s.onEvent)
	s.client.AutoReconnectHook = func(err error) bool {
		s.closed(0, err.Error(), true)
		return true
	}
	a.session = s
	if device.ID != nil {
		return nil
	}
	codes, err := s.client.GetQRChannel(untilStopped)
	go s.show(codes)
	return err
}

func (s *session) connect() {
	if err := s.client.Connect(); err != nil && !errors.Is(err, whatsmeow.ErrAlreadyConnected) {
		s.closed(0, err.Error(), false)
	}
}

// RoundTrip redirects the request for a WebSocket, the only one that the library has to make.
func (s *session) RoundTrip(request *http.Request) (*http.Response, error) {
	if "ws"+strings.TrimPrefix(request.URL.String(), "http") != socket.URL {
		return nil, fmt.Errorf("%s is not the server that was configured", request.URL)
	}
	// The end of a connection that the library follows up with another is reported here: at times it tells nobody.
	if s.stage.Swap(dialled) == dialled {
		emit("closed", fields{"status": s.restart.Load(), "reason": "the library connects again", "will_reconnect": true})
	}
	s.restart.Store(0)
	s.missed.Store(false)
	request = request.Clone(request.Context())
	request.URL, request.Host = s.server, s.server.Host
	return s.transport.RoundTrip(request)
}

func (s *session) closed(status int, reason string, willReconnect bool) {
	if s.stage.Swap(closed) != closed {
		emit("closed", fields{"status": status, "reason": reason, "will_reconnect": willReconnect})
	}
}

func (s *session) show(codes <-chan whatsmeow.QRChannelItem) {
	for item := range codes {
		switch item.Event {
		case whatsmeow.QRChannelEventCode:
			emit("qr", fields{"text": item.Code})
		case whatsmeow.QRChannelTimeout.Event:
			s.closed(0, "no code was scanned in time", false)
		}
	}
}

func (s *session) onEvent(event any) {
	device := s.client.Store
	switch event := event.(type) {
	case *events.PairSuccess:
		s.restart.Store(515) // nothing else makes the library connect again now
		emit("paired", fields{"jid": event.ID, "lid": event.LID})
	case *events.PairError:
		s.closed(0, event.Error.Error(), false)
	case *events.Connected:
		emit("open", fields{"jid": device.GetJID(), "lid": device.GetLID()})
	case *events.Disconnected:
		if device.ID == nil { // else the library connects again
			s.closed(0, "disconnected", false)
		}
	case *events.LoggedOut:
		s.closed(int(event.Reason), event.PermanentDisconnectDescription(), false)
	case *events.ConnectFailure:
		s.closed(int(event.Reason), event.PermanentDisconnectDescription(), false)
	case events.PermanentDisconnect:
		s.closed(0, event.PermanentDisconnectDescription(), false)
	case *events.OfflineSyncPreview:
		s.missed.Store(true)
	case *events.OfflineSyncCompleted:
		s.missed.Store(false)
	case *events.Message:
		s.onMessage(event.Info, event.Message)
	case *events.UndecryptableMessage:
		emit("undecryptable", fields{"chat": event.Info.Chat, "sender": event.Info.Sender, "id": event.Info.ID})
	case *events.Receipt:
		kind, told := receiptTypes[event.Type]
		for _, id := range event.MessageIDs {
			if told && !event.IsFromMe {
				emit("receipt", fields{"chat": event.Chat, "id": id, "type": kind, "from": event.Sender})
			}
		}
	}
}

func (s *session) onMessage(info types.MessageInfo, message *waE2E.Message) {
	text, alt := message.Conversation, info.SenderAlt
	if extended := message.ExtendedTextMessage; extended != nil {
		text = extended.Text
	}
	if info.IsFromMe {
		alt = info.RecipientAlt
	}
	if text != nil {
		emit("message", fields{
			"chat": info.Chat, "sender": info.Sender, "id": info.ID, "text": text, "push_name": info.PushName,
			"from_me": info.IsFromMe, "offline": s.missed.Load(), "chat_alt": alt.ToNonAD(),
		})
	}
}

func (s *session) disconnect(command) (string, error) {
	s.stopQR()
	s.client.Disconnect()
	s.closed(0, "disconnected by command", false)
	return "", nil
}

func (s *session) pairCode(c command) (string, error) {
	code, err := s.client.PairPhone(context.Background(), c.Phone, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	if err == nil {
		emit("pairing_code", fields{"code": strings.ReplaceAll(code, "-", "")})
	}
	return "", err
}

func (s *session) logout(command) (string, error) {
	err := s.client.Logout(context.Background())
	if err == nil {
		s.closed(0, "logged out", false)
	}
	return "", err
}

func (s *session) sendText(c command) (string, error) {
	to, err := types.ParseJID(c.To)
	if err != nil {
		return "", err
	}
	message := &waE2E.Message{Conversation: &c.Text}
	sent, err := s.client.SendMessage(context.Background(), to, message, whatsmeow.SendRequestExtra{ID: c.MessageID})
	if errors.Is(err, whatsmeow.ErrServerReturnedError) {
		emit("rejected", fields{"chat": to, "id": sent.ID, "reason": err.Error()})
	}
	return sent.ID, err
}

func (s *session) markRead(c command) (string, error) {
	chat, err := types.ParseJID(c.Chat)
	if err != nil {
		return "", err
	}
	sender, err := types.ParseJID(c.Sender) // empty, if it is
	if err != nil {
		return "", err
	}
	return "", s.client.MarkRead(context.Background(), c.IDs, time.Now(), chat, sender)
}

func (s *session) sendPresence(c command) (string, error) {
	return "", s.client.SendPresence(context.Background(), types.Presence(c.Type))
}
