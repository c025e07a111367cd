package archive

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"sipas/survey"
)

// An archive is a zstd stream of JSON lines: a header, then streams with their
// entries, the audit log and the documents, then a footer. Each line is one
// object; what it holds is the name of its one member (a document has its
// collection beside it). A reader refuses members it does not know, so whatever
// is added needs another version. Version 2 added receipt codes, campaigns and recordings; version 1 is read, too.
const (
	formatName    = "sipas/archive"
	formatVersion = 2
)

type line struct {
	Header     *Header            `json:"header,omitempty"`
	Stream     *survey.Stream     `json:"stream,omitempty"` // before its first entry
	Entry      *entry             `json:"entry,omitempty"`  // of a stream in order
	Audit      *survey.AuditEntry `json:"audit,omitempty"`  // in order
	Collection string             `json:"collection,omitempty"`
	Document   json.RawMessage    `json:"document,omitempty"` // of a collection in byte order of keys
	Footer     *Footer            `json:"footer,omitempty"`
}

// Header says what an archive is of.
type Header struct {
	Format  string          `json:"format"`
	Version int             `json:"version"`
	Store   survey.Identity `json:"store"`
	At      time.Time       `json:"at"`   // when the backup began; UTC, milliseconds
	Tool    string          `json:"tool"` // the program that wrote it
}

// Footer says what an archive holds. SHA256 is of all lines before it, uncompressed,
// hexadecimal.
type Footer struct {
	Summary
	Lines  int64  `json:"lines"` // between header and footer
	SHA256 string `json:"sha256"`
}

// entry is a ledger entry as an archive has it. Digests are base64.
type entry struct {
	ID        string           `json:"id"`
	Kind      survey.EntryKind `json:"kind"`
	Stream    string           `json:"stream"`
	N         int64            `json:"n"`
	Prev      []byte           `json:"prev"`
	Hash      []byte           `json:"hash"`
	Kept      part             `json:"kept"`
	OpenHash  []byte           `json:"openHash"`
	Salt      []byte           `json:"salt,omitempty"`
	Open      part             `json:"open,omitempty"`
	Signature []byte           `json:"signature,omitempty"`
}

func entryOf(e survey.Entry) *entry {
	return &entry{ID: e.ID, Kind: e.Kind, Stream: e.Stream, N: e.N, Prev: e.Prev, Hash: e.Hash, Kept: e.Kept, OpenHash: e.OpenHash,
		Salt: e.Salt, Open: e.Open, Signature: e.Signature}
}

func (e *entry) entry() survey.Entry {
	return survey.Entry{ID: e.ID, Kind: e.Kind, Stream: e.Stream, N: e.N, Prev: e.Prev, Hash: e.Hash, Kept: e.Kept, OpenHash: e.OpenHash,
		Salt: e.Salt, Open: e.Open, Signature: e.Signature}
}

// part is bytes written as the text they are, or as a list of one base64 text
// where they are none.
type part []byte

// MarshalJSON implements json.Marshaler.
func (p part) MarshalJSON() ([]byte, error) {
	if utf8.Valid(p) {
		return json.Marshal(string(p))
	}
	return json.Marshal([][]byte{p})
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *part) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte("[")) {
		var list [][]byte
		if err := json.Unmarshal(text, &list); err != nil || len(list) != 1 {
			return errors.New("a part is a text or a list of one")
		}
		*p = list[0]
		return nil
	}
	var s string
	err := json.Unmarshal(text, &s)
	*p = part(s)
	return err
}

// inventory counts the lines of an archive and checks their order.
type inventory struct {
	lines   int64
	streams map[string]Head
	audit   Head
	shelves []shelf // as kept
}

// shelf is what has come of a collection.
type shelf struct {
	documents int
	last      string // key
	digest    hash.Hash
}

func newInventory() *inventory {
	in := &inventory{streams: map[string]Head{}, shelves: make([]shelf, len(kept))}
	for i := range in.shelves {
		in.shelves[i].digest = sha256.New()
	}
	return in
}

// add takes note of a line that is neither header nor footer, or says what is wrong with it.
func (in *inventory) add(l *line) error {
	in.lines++
	switch {
	case l.Stream != nil:
		if _, twice := in.streams[l.Stream.ID]; twice {
			return errors.New("a stream comes twice")
		}
		in.streams[l.Stream.ID] = headOf(l.Stream.ID, 0, nil)
	case l.Entry != nil:
		head, ok := in.streams[l.Entry.Stream]
		if !ok || l.Entry.N <= head.N {
			return errors.New("an entry is out of order")
		}
		in.streams[l.Entry.Stream] = headOf(l.Entry.Stream, l.Entry.N, l.Entry.Hash)
	case l.Audit != nil:
		if l.Audit.N <= in.audit.N {
			return errors.New("an audit entry is out of order")
		}
		in.audit = headOf("", l.Audit.N, l.Audit.Hash)
	case l.Document != nil:
		i := collectionNamed(l.Collection)
		if i < 0 {
			return errors.New("a document is of no collection")
		}
		doc, err := kept[i].parse(l.Document)
		if err != nil {
			return err
		}
		shelf := &in.shelves[i]
		if shelf.documents > 0 && doc.key <= shelf.last {
			return errors.New("a document is out of order")
		}
		shelf.documents, shelf.last = shelf.documents+1, doc.key
		doc.writeTo(shelf.digest)
	default:
		return errors.New("a line holds nothing")
	}
	return nil
}

// footer gives the footer that belongs to the lines.
func (in *inventory) footer(sum hash.Hash) Footer {
	f := Footer{Lines: in.lines, SHA256: hex.EncodeToString(sum.Sum(nil))}
	f.Streams, f.Audit = make([]Head, 0, len(in.streams)), in.audit
	for _, h := range in.streams {
		f.Streams = append(f.Streams, h)
	}
	sortHeads(f.Streams)
	for i, s := range in.shelves {
		f.Collections = append(f.Collections, kept[i].shown(Content{kept[i].name(), s.documents, hex.EncodeToString(s.digest.Sum(nil))})...)
	}
	return f
}

// writer writes the lines of an archive.
type writer struct {
	inventory *inventory
	sum       hash.Hash
	to        *zstd.Encoder
}

func newWriter(w io.Writer, h Header) (*writer, error) {
	to, err := zstd.NewWriter(w)
	if err != nil {
		return nil, err
	}
	out := &writer{inventory: newInventory(), sum: sha256.New(), to: to}
	return out, out.put(&line{Header: &h})
}

func (w *writer) put(l *line) error {
	text, err := json.Marshal(l)
	if err != nil {
		return &survey.Error{Code: survey.CodeInternal, Message: "a line of the backup has no JSON", Err: err}
	}
	text = append(text, '\n')
	w.sum.Write(text)
	_, err = w.to.Write(text)
	return err
}

func (w *writer) add(l *line) error {
	if err := w.inventory.add(l); err != nil {
		return &survey.Error{Code: survey.CodeInternal, Message: "the store cannot be written as a backup", Err: err}
	}
	return w.put(l)
}

// end writes the footer.
func (w *writer) end() (Footer, error) {
	footer := w.inventory.footer(w.sum)
	return footer, errors.Join(w.put(&line{Footer: &footer}), w.to.Close())
}

// The longest line of an archive and the most memory its compression may ask for.
const (
	maxLine   = 16 << 20
	maxWindow = 64 << 20
)

// damaged says in plain words what a reader of compressed lines says of itself.
func damaged(err error) error {
	switch {
	case errors.Is(err, zstd.ErrMagicMismatch):
		err = errors.New("it is not compressed as a backup is")
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("it is cut short")
	}
	return &survey.Error{Code: survey.CodeInvalid, Reason: ReasonDamaged, Message: "the file is no backup of sipas, or it is incomplete or changed", Err: err}
}

// read reads an archive to its end, checks all of it and hands over its lines
// between header and footer; visit may be nil. The error is invalid with
// ReasonDamaged or ReasonVersion, or that of visit.
func read(r io.Reader, visit func(*line) error) (header Header, footer Footer, err error) {
	from, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return header, footer, damaged(err)
	}
	defer from.Close()
	lines := bufio.NewReader(from)
	var text []byte
	counted, sum := newInventory(), sha256.New()
	for first := true; ; first = false {
		if text, err = nextLine(lines, text[:0]); err != nil {
			return header, footer, damaged(err)
		}
		if first {
			if header, err = readHeader(text); err != nil {
				return header, footer, err
			}
			sum.Write(text)
			continue
		}
		var l line
		if err := decodeStrictly(text, &l); err != nil {
			return header, footer, damaged(err)
		}
		if l.Footer != nil {
			footer = *l.Footer
			if want := counted.footer(sum); want.SHA256 != footer.SHA256 || want.Lines != footer.Lines || want.difference(footer.Summary) != "" {
				return header, footer, damaged(errors.New("its content is not what its end says"))
			}
			if _, err := lines.ReadByte(); err != io.EOF {
				return header, footer, damaged(errors.New("there is something after its end"))
			}
			return header, footer, nil
		}
		sum.Write(text)
		if err := counted.add(&l); err != nil {
			return header, footer, damaged(err)
		}
		if visit != nil {
			if err := visit(&l); err != nil {
				return header, footer, err
			}
		}
	}
}

// nextLine appends the next line, with its end.
func nextLine(from *bufio.Reader, text []byte) ([]byte, error) {
	for {
		piece, err := from.ReadSlice('\n')
		text = append(text, piece...)
		switch {
		case len(text) > maxLine:
			return text, errors.New("a line is too long")
		case err == io.EOF:
			return text, io.ErrUnexpectedEOF
		case err != bufio.ErrBufferFull:
			return text, err
		}
	}
}

func readHeader(text []byte) (Header, error) {
	var loose struct{ Header Header }
	if err := json.Unmarshal(text, &loose); err != nil || loose.Header.Format != formatName {
		return Header{}, damaged(err)
	}
	if v := loose.Header.Version; v < 1 || v > formatVersion {
		return Header{}, &survey.Error{Code: survey.CodeInvalid, Reason: ReasonVersion,
			Message: fmt.Sprintf("the backup is of version %d of its format and this program reads versions up to %d", loose.Header.Version, formatVersion)}
	}
	return loose.Header, nil
}
