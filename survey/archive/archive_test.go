package archive

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"sipas/survey"
	"sipas/survey/storetest"
)

func backup(t testing.TB, store survey.Store) ([]byte, Footer) {
	t.Helper()
	var b bytes.Buffer
	footer, err := Backup{Store: store, At: instant, Tool: "test"}.Run(t.Context(), &b)
	must(t, err)
	return b.Bytes(), footer
}

func restore(t testing.TB, file []byte, to survey.Store) *Archive {
	t.Helper()
	a, err := Open(t.Context(), bytes.NewReader(file))
	must(t, err)
	must(t, a.Restore(t.Context(), to, nil))
	return a
}

func TestBackupAndRestore(t *testing.T) {
	kinds := []struct {
		name string
		make func(testing.TB) survey.Store
	}{{"embedded", newSQLite}, {"mongodb", newMongo}}
	for _, from := range kinds {
		for _, to := range kinds {
			t.Run(from.name+" to "+to.name, func(t *testing.T) {
				source := newProvince(t, from.make(t)).store
				file, footer := backup(t, source)
				target := to.make(t)
				a := restore(t, file, target)
				sameContents(t, contentsOf(t, target, kept), contentsOf(t, source, kept).erased(5))
				for _, c := range passing {
					if docs, err := c.read(t.Context(), target); err != nil || len(docs) > 0 {
						t.Errorf("%s came along: %s, %v", c.name(), docs, err)
					}
				}
				clean(t, target)
				if a.Header != (Header{formatName, formatVersion, identity, instant, "test"}) || a.Footer.Digest() != footer.Digest() || footer.Entries() != 64 {
					t.Errorf("header %+v, footer %+v", a.Header, a.Footer)
				}
				again, _ := backup(t, target)
				if b := restore(t, again, to.make(t)); b.Digest() != footer.Digest() {
					t.Errorf("kept twice, it has the digest %s, before %s", b.Digest(), footer.Digest())
				}
			})
		}
	}
}

// A restore that stops at any of its writes leaves a store without an identity,
// and the next one goes on from there.
func TestRestoreGoesOn(t *testing.T) {
	source := newProvince(t, newSQLite(t)).store
	want := contentsOf(t, source, kept).erased(5)
	file, _ := backup(t, source)
	for writes := 0; ; writes++ {
		target, left := newSQLite(t), writes
		a, err := Open(t.Context(), bytes.NewReader(file))
		must(t, err)
		err = a.Restore(t.Context(), stopping{target, &left}, nil)
		if err == nil {
			if writes < 10 {
				t.Errorf("the restore took %d writes only", writes)
			}
			return
		}
		if !errors.Is(err, errStopped) {
			t.Fatalf("after %d writes: %v", writes, err)
		}
		if _, err := target.Identity(t.Context()); !survey.IsCode(err, survey.CodeNotFound) {
			t.Errorf("after %d writes it has an identity (%v)", writes, err)
		}
		restore(t, file, target)
		sameContents(t, contentsOf(t, target, kept), want)
	}
}

func TestRestoreRefuses(t *testing.T) {
	p := newProvince(t, newSQLite(t))
	before, _ := backup(t, p.store)
	p.rate(3)
	after, _ := backup(t, p.store)
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, to survey.Store)
	}{
		{"a store with a province", func(t *testing.T, to survey.Store) { newProvince(t, to) }},
		{"the store it is of", func(t *testing.T, to survey.Store) { restore(t, before, to) }},
		{"a stream of its own", func(t *testing.T, to survey.Store) {
			must(t, to.Ledger().RegisterStream(t.Context(), survey.Stream{ID: "own", PublicKey: key.Public().(ed25519.PublicKey), StartedAt: instant}))
		}},
		{"more than the archive", func(t *testing.T, to survey.Store) {
			left := 8
			a, err := Open(t.Context(), bytes.NewReader(after))
			must(t, err)
			if err := a.Restore(t.Context(), stopping{to, &left}, nil); !errors.Is(err, errStopped) {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := newSQLite(t)
			c.spoil(t, target)
			a, err := Open(t.Context(), bytes.NewReader(before))
			must(t, err)
			err = a.Restore(t.Context(), target, nil)
			var e *survey.Error
			if !errors.As(err, &e) || e.Reason != ReasonForeign {
				t.Errorf("error %v", err)
			}
		})
	}
	t.Run("going on with a newer backup", func(t *testing.T) {
		target, left := newSQLite(t), 4
		a, err := Open(t.Context(), bytes.NewReader(before))
		must(t, err)
		if err := a.Restore(t.Context(), stopping{target, &left}, nil); !errors.Is(err, errStopped) {
			t.Fatal(err)
		}
		restore(t, after, target)
		sameContents(t, contentsOf(t, target, kept), contentsOf(t, p.store, kept).erased(5))
	})
	t.Run("a file that was changed after it was opened", func(t *testing.T) {
		file := slices.Clone(after)
		a, err := Open(t.Context(), bytes.NewReader(file))
		must(t, err)
		file[len(file)/2]++
		target := newSQLite(t)
		if err := a.Restore(t.Context(), target, nil); !survey.IsCode(err, survey.CodeInvalid) {
			t.Errorf("error %v", err)
		}
		if _, err := target.Identity(t.Context()); !survey.IsCode(err, survey.CodeNotFound) {
			t.Errorf("it has an identity (%v)", err)
		}
	})
}

// While a backup reads, entries are appended and open parts erased: those that it
// has read, those that it has not, and some in a stream that is new.
func TestBackupBesideAWriter(t *testing.T) {
	for _, c := range []struct {
		name string
		at   func(stream string, after int64, read int) bool // of the reads, when it happens
	}{
		{"before the first stream is read", func(_ string, _ int64, read int) bool { return read == 0 }},
		{"before the second stream is read", func(_ string, _ int64, read int) bool { return read == 1 }},
		{"at every read of the first passes", func(_ string, _ int64, read int) bool { return read < 8 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvince(t, newSQLite(t))
			read, erased := 0, []int{5}
			source := watched{Store: p.store, read: func(stream string, after int64) {
				if read++; !c.at(stream, after, read-1) {
					return
				}
				q := open(t, p.store)
				q.taken = p.taken
				q.rate(4)
				for _, n := range []int{10 + read, 40 + read, q.taken - 1} {
					must(t, q.led.Erase(t.Context(), id(n), "asked for"))
					erased = append(erased, n)
				}
				p.taken = q.taken
				must(t, q.led.Close(t.Context()))
			}}
			file, footer := backup(t, source)
			target := newSQLite(t)
			restore(t, file, target)
			clean(t, target)
			// Of every stream there is a beginning, and what was erased by its entries is.
			got, have := contentsOf(t, target, kept), contentsOf(t, p.store, kept)
			if footer.Entries() < 64 {
				t.Errorf("%d entries", footer.Entries())
			}
			for stream, entries := range got.Entries {
				for i, e := range entries {
					was := have.Entries[stream][i]
					gone := was.Salt == nil || e.ID == id(5)
					erasure, err := target.Ledger().Find(t.Context(), []string{"erasure/" + e.ID})
					must(t, err)
					if !bytes.Equal(e.Hash, was.Hash) || (e.Salt == nil) != (len(erasure) == 1) && e.Kind == survey.EntryResponse || e.Salt == nil && !gone {
						t.Errorf("entry %s: %+v, in the source %+v, %d erasure entries", e.ID, e, was, len(erasure))
					}
				}
			}
		})
	}
}

// The catalogue is written while it is read. Restored, every audited document is
// of the state that the audit log ends with, and can be written again.
func TestBackupBesideAnAdministrator(t *testing.T) {
	p := newProvince(t, newSQLite(t))
	acts := 4
	source := watched{Store: p.store, audit: func() {
		if acts--; acts >= 0 {
			p.addPoint()
			p.changePoint()
		}
	}}
	file, footer := backup(t, source)
	target := newSQLite(t)
	restore(t, file, target)
	sameContents(t, contentsOf(t, target, kept), contentsOf(t, p.store, kept).erased(5))
	q := open(t, target)
	q.point = p.point
	q.changePoint()
	last, err := target.Audit().Last(t.Context())
	must(t, err)
	point, err := target.Points().Find(t.Context(), p.point)
	must(t, err)
	// The act itself, after the one that was owed.
	if want := fmt.Sprintf("points/%s/%d", p.point, point.Rev); last.ID != want || last.N != footer.Audit.N+2 && last.N != footer.Audit.N+1 {
		t.Errorf("the log ends with %s at %d, want %s after %d", last.ID, last.N, want, footer.Audit.N)
	}

	busy := watched{Store: p.store, audit: p.addPoint}
	var e *survey.Error
	if _, err := (Backup{Store: busy}).Run(t.Context(), io.Discard); !errors.As(err, &e) || e.Reason != ReasonMoving {
		t.Errorf("a catalogue that never stands still: %v", err)
	}
}

func (p *province) changePoint() {
	p.t.Helper()
	ctx := context.Background()
	point, _ := p.reg.Snapshot().Point(p.point)
	point.Name = survey.Text{"vi": "Quầy đã đổi tên"}
	_, err := p.reg.UpdatePoint(ctx, survey.System, point)
	must(p.t, err)
}

func TestBackupFails(t *testing.T) {
	if _, err := (Backup{Store: newSQLite(t)}).Run(t.Context(), io.Discard); !survey.IsCode(err, survey.CodeInvalid) {
		t.Errorf("of a store without a province: %v", err)
	}
	p := newProvince(t, newSQLite(t))
	full := errors.New("the disk is full")
	if _, err := (Backup{Store: p.store}).Run(t.Context(), failingWriter{full}); !errors.Is(err, full) {
		t.Errorf("to a full disk: %v", err)
	}
	down := storetest.Faulty(p.store)
	down.SetDown(true)
	if _, err := (Backup{Store: down}).Run(t.Context(), io.Discard); !survey.IsCode(err, survey.CodeUnavailable) {
		t.Errorf("of a store that is away: %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// plain gives the lines of an archive.
func plain(t testing.TB, file []byte) []string {
	t.Helper()
	d, err := zstd.NewReader(bytes.NewReader(file))
	must(t, err)
	defer d.Close()
	text, err := io.ReadAll(d)
	must(t, err)
	return strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
}

// packed makes an archive of lines; with sealed its footer gets the digest of what is before it.
func packed(t testing.TB, lines []string, sealed bool) []byte {
	t.Helper()
	lines = slices.Clone(lines)
	last := len(lines) - 1
	if sealed {
		var l line
		must(t, json.Unmarshal([]byte(lines[last]), &l))
		sum := sha256.Sum256([]byte(strings.Join(lines[:last], "")))
		l.Footer.SHA256 = hex.EncodeToString(sum[:])
		text, err := json.Marshal(l)
		must(t, err)
		lines[last] = string(text)
	}
	var b bytes.Buffer
	e, err := zstd.NewWriter(&b)
	must(t, err)
	_, err = io.WriteString(e, strings.Join(lines, "")+"\n")
	must(t, errors.Join(err, e.Close()))
	return b.Bytes()
}

func TestDamagedArchives(t *testing.T) {
	file, _ := backup(t, newProvince(t, newSQLite(t)).store)
	lines := plain(t, file)
	last := len(lines) - 1
	entry := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, `{"entry"`) })
	document := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, `{"collection"`) })
	changed := func(i int, old, new string) func([]string) []string {
		return func(ls []string) []string {
			if !strings.Contains(ls[i], old) {
				t.Fatalf("%q is not in %s", old, ls[i])
			}
			ls[i] = strings.Replace(ls[i], old, new, 1)
			return ls
		}
	}
	swapped := func(i int) func([]string) []string {
		return func(ls []string) []string { ls[i], ls[i+1] = ls[i+1], ls[i]; return ls }
	}
	without := func(i int) func([]string) []string {
		return func(ls []string) []string { return slices.Delete(ls, i, i+1) }
	}
	for _, c := range []struct {
		name   string
		change func([]string) []string
		sealed bool // its digest is right nevertheless
		reason string
	}{
		{"nothing", func(ls []string) []string { return ls }, false, ""},
		{"nothing, sealed", func(ls []string) []string { return ls }, true, ""},
		{"an answer", changed(entry, `overall\":2`, `overall\":5`), false, ReasonDamaged},
		{"the end of a line", changed(entry, "}\n", "}\r\n"), false, ReasonDamaged},
		{"the header's time", changed(0, "2026-11-23", "2026-11-24"), false, ReasonDamaged},
		{"no entry", without(entry), true, ReasonDamaged},
		{"no document", without(document), true, ReasonDamaged},
		{"no stream", without(entry - 1), true, ReasonDamaged},
		{"a stream twice", func(ls []string) []string { return slices.Insert(ls, entry, ls[entry-1]) }, true, ReasonDamaged},
		{"entries swapped", swapped(entry), true, ReasonDamaged},
		{"audit entries swapped", swapped(slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, `{"audit"`) })), true, ReasonDamaged},
		{"documents swapped", swapped(document + 4), true, ReasonDamaged},
		{"a document of nothing", changed(document, `"collection":"`, `"collection":"x`), true, ReasonDamaged},
		{"a document that is none", changed(document, `"document":{`, `"document":[{`), true, ReasonDamaged},
		{"an unknown member", changed(entry, `{"entry":{`, `{"entry":{"new":1,`), true, ReasonDamaged},
		{"an unknown member of a document", changed(document, `"document":{`, `"document":{"new":1,`), true, ReasonDamaged},
		{"an empty line", func(ls []string) []string { return slices.Insert(ls, entry, "{}\n") }, true, ReasonDamaged},
		{"another head", changed(last, `"n":`, `"n":1`), true, ReasonDamaged},
		{"another count", changed(last, `"documents":`, `"documents":1`), true, ReasonDamaged},
		{"another digest", changed(last, `"digest":"`, `"digest":"0`), true, ReasonDamaged},
		{"something after the end", func(ls []string) []string { return append(ls, "\n{}") }, false, ReasonDamaged},
		{"no footer", without(last), false, ReasonDamaged},
		{"no header", without(0), false, ReasonDamaged},
		{"another format", changed(0, formatName, "sipas/seal"), true, ReasonDamaged},
		{"a newer version", changed(0, `"version":2`, `"version":3`), true, ReasonVersion},
		{"a version before the first", changed(0, `"version":2`, `"version":0`), true, ReasonVersion},
		{"nothing at all", func([]string) []string { return []string{""} }, false, ReasonDamaged},
		{"a long line", func(ls []string) []string { ls[entry] = strings.Repeat(" ", maxLine) + ls[entry]; return ls }, true, ReasonDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(t.Context(), bytes.NewReader(packed(t, c.change(slices.Clone(lines)), c.sealed)))
			var e *survey.Error
			if errors.As(err, &e); c.reason == "" && err != nil || c.reason != "" && (e == nil || e.Reason != c.reason || e.Code != survey.CodeInvalid) {
				t.Errorf("error %v, want reason %q", err, c.reason)
			}
		})
	}
	for _, c := range []struct {
		name string
		file []byte
		says string
	}{
		{"two in one file", slices.Concat(file, file), "there is something after its end"},
		{"cut short", file[:len(file)/2], "it is cut short"},
		{"empty", nil, "it is cut short"},
		{"a text", []byte("a text and no backup\n"), "it is not compressed as a backup is"},
	} {
		t.Run("says "+c.name, func(t *testing.T) {
			if _, err := Open(t.Context(), bytes.NewReader(c.file)); err == nil || !strings.HasSuffix(err.Error(), "changed: "+c.says) {
				t.Errorf("error %v, want %q at its end", err, c.says)
			}
		})
	}
	t.Run("cut short anywhere", func(t *testing.T) {
		for n := 0; n < len(file); n += 1 + len(file)/200 {
			if _, err := Open(t.Context(), bytes.NewReader(file[:n])); !survey.IsCode(err, survey.CodeInvalid) {
				t.Errorf("%d bytes of %d: %v", n, len(file), err)
			}
		}
	})
	t.Run("one byte changed anywhere", func(t *testing.T) {
		for i := 0; i < len(file); i += 1 + len(file)/200 {
			spoiled := slices.Clone(file)
			spoiled[i] ^= 0x10
			_, err := Open(t.Context(), bytes.NewReader(spoiled))
			// A few bits of the compression mean nothing: what is read is then what was written.
			if !survey.IsCode(err, survey.CodeInvalid) && (err != nil || !slices.Equal(plain(t, spoiled), lines)) {
				t.Errorf("byte %d of %d: %v", i, len(file), err)
			}
		}
	})
}

// A backup made before there were campaigns, recordings and receipt codes is restored, and one is never taken for it that lacks another collection.
func TestAnEarlierVersion(t *testing.T) {
	store := newProvince(t, newSQLite(t)).store
	must(t, errors.Join(store.Campaigns().Remove(t.Context(), "quy-4-2026"), store.Recordings().Remove(t.Context(), "vi/thanks"),
		store.ReceiptBatches().Remove(t.Context(), "b1"), store.ReceiptCodes().RemoveBatches(t.Context(), []string{"b1"})))
	file, _ := backup(t, store)
	lines := plain(t, file)
	lines[0] = strings.Replace(lines[0], `"version":2`, `"version":1`, 1)
	last := len(lines) - 1
	for _, later := range []string{"campaigns", "recordings", "receiptBatches", "receiptCodes"} {
		if strings.Contains(lines[last], later) {
			t.Errorf("the end speaks of %s, which that version did not know: %s", later, lines[last])
		}
	}
	a, err := Open(t.Context(), bytes.NewReader(packed(t, lines, true)))
	must(t, err)
	must(t, a.Restore(t.Context(), newSQLite(t), nil))

	start := strings.Index(lines[last], `,{"collection":"kiosks`)
	end := start + strings.Index(lines[last][start:], "}") + 1
	lines[last] = lines[last][:start] + lines[last][end:]
	if _, err = Open(t.Context(), bytes.NewReader(packed(t, lines, true))); err == nil || !strings.Contains(err.Error(), "its content is not what its end says") {
		t.Errorf("without the kiosks: %v", err)
	}
}

// Parts are the bytes they were, also where they are no text.
func TestParts(t *testing.T) {
	for _, p := range []part{nil, part("{}"), part("<&> “Đặng”\u2028\x00"), {0xff, 0x00}, part("[\"AA==\"]")} {
		text, err := json.Marshal(p)
		must(t, err)
		var got part
		if err := json.Unmarshal(text, &got); err != nil || !bytes.Equal(got, p) {
			t.Errorf("%q was written %s and read as %q (%v)", p, text, got, err)
		}
	}
	for _, text := range []string{"1", "[]", `["AA==","AA=="]`, `["?"]`, "{}"} {
		if err := json.Unmarshal([]byte(text), new(part)); err == nil {
			t.Errorf("%s was read as a part", text)
		}
	}
}

// Whatever the bytes, reading ends without a panic: in an archive, or in an error that says it is none.
func FuzzOpen(f *testing.F) {
	file, _ := backup(f, newProvince(f, newSQLite(f)).store)
	text := strings.Join(plain(f, file), "")
	f.Add(text)
	f.Add("")
	f.Add(text[:len(text)/2])
	f.Add(`{"header":{"format":"sipas/archive","version":1}}` + "\n" + `{"footer":{}}` + "\n")
	f.Add(`{"header":{"format":"sipas/archive","version":1}}` + "\n" + `{"collection":"users","document":null}` + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		var b bytes.Buffer
		e, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstd.MinWindowSize))
		must(t, err)
		_, err = io.WriteString(e, text)
		must(t, errors.Join(err, e.Close()))
		if _, err := Open(t.Context(), bytes.NewReader(b.Bytes())); err != nil && !survey.IsCode(err, survey.CodeInvalid) {
			t.Errorf("error %v", err)
		}
	})
}
