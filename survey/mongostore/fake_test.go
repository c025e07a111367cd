package mongostore

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"
)

// greeting is the old form (OP_QUERY) in which the driver sends a connection's first hello.
const greeting = wiremessage.OpCode(2004)

// fake speaks just enough of the protocol to answer as a primary of a replica
// set does in situations that a server cannot be brought into at will.
type fake struct {
	answer func(received) bson.D
	uri    string
	schema int64  // version of the store
	leave  func() // nothing is answered any more, and no connection taken

	mu   sync.Mutex
	seen map[string][]received // by command
}

// received is one command that came in.
type received struct {
	command   string
	nth       int // 1 for the first of its name
	body      bson.Raw
	documents []bson.Raw // what an insert carries
}

// aboutSchema tells the two commands by which Open settles the schema's version.
func (r received) aboutSchema() bool {
	filter := r.body.Lookup("filter")
	if len(r.documents) > 0 {
		filter = r.documents[0].Lookup("q")
	}
	document, ok := filter.DocumentOK()
	if !ok {
		return false
	}
	id, _ := document.Lookup("_id").StringValueOK()
	return id == schemaKey
}

// serve starts a fake. It greets, and takes pings, indexes and the schema's version; what
// it replies to anything else is answer's, called for one command at a time; nil hangs up.
func serve(t *testing.T, answer func(received) bson.D) *fake {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{answer: answer, schema: schemaVersion, seen: map[string][]received{}}
	address := listener.Addr().String()
	f.uri = "mongodb://" + address + "/?replicaSet=rs"
	var running sync.WaitGroup
	var conns sync.Map
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Store(conn, nil)
			running.Go(func() {
				defer conn.Close()
				for f.exchange(conn, address) {
				}
			})
		}
	})
	f.leave = func() {
		listener.Close()
		conns.Range(func(conn, _ any) bool { conn.(net.Conn).Close(); return true })
		running.Wait()
	}
	t.Cleanup(f.leave)
	return f
}

// commands gives those of the name that were received.
func (f *fake) commands(name string) []received {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen[name]
}

func (f *fake) exchange(conn net.Conn, address string) bool {
	message := make([]byte, 4)
	if _, err := io.ReadFull(conn, message); err != nil {
		return false
	}
	message = append(message, make([]byte, binary.LittleEndian.Uint32(message)-4)...)
	if _, err := io.ReadFull(conn, message[4:]); err != nil {
		return false
	}
	_, request, _, opcode, rest, _ := wiremessage.ReadHeader(message)
	var r received
	if opcode == greeting { // flags, name of the collection, skip, limit, document
		name := bytes.IndexByte(rest[4:], 0)
		r.body = bson.Raw(rest[4+name+1+8:])
	} else {
		_, rest, _ = wiremessage.ReadMsgFlags(rest)
		for len(rest) > 0 {
			var kind wiremessage.SectionType
			kind, rest, _ = wiremessage.ReadMsgSectionType(rest)
			if kind == wiremessage.SingleDocument {
				document, after, _ := wiremessage.ReadMsgSectionSingleDocument(rest)
				r.body, rest = bson.Raw(document), after
				continue
			}
			_, sequence, after, _ := wiremessage.ReadMsgSectionDocumentSequence(rest)
			for _, d := range sequence {
				r.documents = append(r.documents, bson.Raw(d))
			}
			rest = after
		}
	}
	elements, err := r.body.Elements()
	if err != nil || len(elements) == 0 {
		return false
	}
	r.command = elements[0].Key()
	reply := f.reply(r, address)
	if reply == nil {
		return false
	}
	raw, err := bson.Marshal(reply)
	if err != nil {
		return false
	}
	var out []byte
	var start int32
	if opcode == greeting {
		start, out = wiremessage.AppendHeaderStart(nil, 1, request, wiremessage.OpReply)
		out = append(out, make([]byte, 4+8+4)...)      // flags, cursor, start
		out = binary.LittleEndian.AppendUint32(out, 1) // documents
	} else {
		start, out = wiremessage.AppendHeaderStart(nil, 1, request, wiremessage.OpMsg)
		out = wiremessage.AppendMsgFlags(out, 0)
		out = wiremessage.AppendMsgSectionType(out, wiremessage.SingleDocument)
	}
	out = append(out, raw...)
	binary.LittleEndian.PutUint32(out[start:], uint32(len(out)))
	_, err = conn.Write(out)
	return err == nil
}

func (f *fake) reply(r received, address string) bson.D {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.aboutSchema() {
		if r.command == "find" {
			return found(bson.A{bson.D{{Key: "_id", Value: schemaKey}, {Key: "version", Value: f.schema}}})
		}
		return ok(1)
	}
	r.nth = len(f.seen[r.command]) + 1
	f.seen[r.command] = append(f.seen[r.command], r)
	switch r.command {
	case "hello", "isMaster", "ismaster":
		return bson.D{{Key: "ok", Value: 1}, {Key: "isWritablePrimary", Value: true}, {Key: "ismaster", Value: true}, {Key: "helloOk", Value: true},
			{Key: "setName", Value: "rs"}, {Key: "setVersion", Value: 1}, {Key: "me", Value: address}, {Key: "primary", Value: address},
			{Key: "hosts", Value: bson.A{address}}, {Key: "maxWireVersion", Value: 21}, {Key: "minWireVersion", Value: 0},
			{Key: "maxBsonObjectSize", Value: 16 << 20}, {Key: "maxMessageSizeBytes", Value: 48 << 20}, {Key: "maxWriteBatchSize", Value: 100000},
			{Key: "logicalSessionTimeoutMinutes", Value: 30}, {Key: "localTime", Value: bson.NewDateTimeFromTime(time.Unix(0, 0))}}
	case "ping", "endSessions", "createIndexes":
		return bson.D{{Key: "ok", Value: 1}}
	}
	return f.answer(r)
}
