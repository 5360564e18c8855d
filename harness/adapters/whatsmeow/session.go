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
	a.log = waLog.Stdout("whatsmeow", cmp.Or(os.Getenv("WHATSMEOW_LOG_LEVEL"), "warn"), false)
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
	case *events.Presence:
		lastSeen := max(0, event.LastSeen.Unix()) // negative: not told
		emit("presence", fields{"user": event.From, "available": !event.Unavailable, "last_seen": lastSeen})
	case *events.ChatPresence:
		state := string(event.State)
		if event.Media == types.ChatPresenceMediaAudio {
			state = "recording"
		}
		emit("chat_state", fields{"chat": event.Chat, "sender": event.Sender, "state": state})
	case *events.JoinedGroup:
		var members []types.JID
		for _, member := range event.Participants {
			members = append(members, member.JID)
		}
		groupChanged(event.JID, "create", event.Sender, members)
	case *events.GroupInfo:
		s.onGroup(event)
	}
}

func (s *session) onMessage(info types.MessageInfo, message *waE2E.Message) {
	text, alt := message.Conversation, info.SenderAlt
	if extended := message.ExtendedTextMessage; extended != nil {
		text = extended.Text
	}
	if info.IsFromMe || info.IsGroup {
		alt = info.RecipientAlt // in a group there is none
	}
	if text != nil {
		emit("message", fields{
			"chat": info.Chat, "sender": info.Sender, "id": info.ID, "text": text, "push_name": info.PushName,
			"from_me": info.IsFromMe, "offline": s.missed.Load(), "chat_alt": alt.ToNonAD(),
		})
	}
}

func (s *session) onGroup(e *events.GroupInfo) {
	changed := func(happened bool, change string, participants ...types.JID) {
		if happened {
			groupChanged(e.JID, change, e.Sender, participants)
		}
	}
	changed(len(e.Join) > 0, "add", e.Join...)
	changed(len(e.Leave) > 0, "remove", e.Leave...)
	changed(len(e.Promote) > 0, "promote", e.Promote...)
	changed(len(e.Demote) > 0, "demote", e.Demote...)
	changed(e.Name != nil, "subject")
	changed(e.Topic != nil, "description")
	changed(e.Announce != nil && e.Announce.IsAnnounce, "announcement")
	changed(e.Announce != nil && !e.Announce.IsAnnounce, "not_announcement")
	changed(e.Locked != nil && e.Locked.IsLocked, "locked")
	changed(e.Locked != nil && !e.Locked.IsLocked, "unlocked")
	changed(e.Ephemeral != nil && e.Ephemeral.IsEphemeral, "ephemeral")
	changed(e.Ephemeral != nil && !e.Ephemeral.IsEphemeral, "not_ephemeral")
	changed(e.MembershipApprovalMode != nil, "membership_approval_mode")
	changed(e.NewInviteLink != nil, "invite")
	changed(e.Link != nil, "link")
	changed(e.Unlink != nil, "unlink")
	changed(e.Suspended, "suspended")
	changed(e.Unsuspended, "unsuspended")
	changed(e.Delete != nil, "delete")
	for _, other := range e.UnknownChanges {
		changed(true, other.Tag)
	}
}

func groupChanged(group types.JID, change string, actor *types.JID, participants []types.JID) {
	emit("group_changed", fields{
		"group": group, "change": change, "actor": cmp.Or(actor, &types.EmptyJID),
		"participants": append([]types.JID{}, participants...), // not null
	})
}

// Does what the command says; the result goes into `done`.
func (s *session) run(c command) (fields, error) {
	ctx := context.Background()
	switch c.name {
	case "disconnect":
		s.stopQR()
		s.client.Disconnect()
		s.closed(0, "disconnected by command", false)
	case "pair_code":
		code, err := s.client.PairPhone(ctx, c.Phone, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
		if err == nil {
			emit("pairing_code", fields{"code": strings.ReplaceAll(code, "-", "")})
		}
		return nil, err
	case "logout":
		err := s.client.Logout(ctx)
		if err == nil {
			s.closed(0, "logged out", false)
		}
		return nil, err
	case "send_text":
		message := &waE2E.Message{Conversation: &c.Text}
		sent, err := s.client.SendMessage(ctx, c.To, message, whatsmeow.SendRequestExtra{ID: c.MessageID})
		if errors.Is(err, whatsmeow.ErrServerReturnedError) {
			emit("rejected", fields{"chat": c.To, "id": sent.ID, "reason": err.Error()})
		}
		return fields{"message_id": sent.ID}, err
	case "mark_read":
		return nil, s.client.MarkRead(ctx, c.IDs, time.Now(), c.Chat, c.Sender)
	case "send_presence":
		return nil, s.client.SendPresence(ctx, types.Presence(c.Type))
	case "create_group":
		made, err := s.client.CreateGroup(ctx, whatsmeow.ReqCreateGroup{Name: c.Subject, Participants: c.Participants})
		if err != nil {
			return nil, err
		}
		return fields{"group": made.JID}, nil
	case "update_group":
		action := whatsmeow.ParticipantChange(c.Action)
		answers, err := s.client.UpdateGroupParticipants(ctx, c.Group, c.Participants, action)
		for _, answer := range answers {
			if answer.Error != 0 {
				err = fmt.Errorf("%s was refused: %d", answer.JID, answer.Error)
			}
		}
		return nil, err
	case "leave_group":
		return nil, s.client.LeaveGroup(ctx, c.Group)
	case "subscribe_presence":
		return nil, s.client.SubscribePresence(ctx, c.User)
	case "send_chat_state":
		state, media := types.ChatPresence(c.State), types.ChatPresenceMediaText
		if state == "recording" {
			state, media = types.ChatPresenceComposing, types.ChatPresenceMediaAudio
		}
		return nil, s.client.SendChatPresence(ctx, c.Chat, state, media)
	}
	return nil, nil
}
