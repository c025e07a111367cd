package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
	"sipas/survey/sqlitestore"
)

// ran runs a command that must succeed and gives what it printed.
func ran(t *testing.T, environment []string, args ...string) string {
	t.Helper()
	out, err := runSipas(t, environment, "", args...)
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return out
}

// refused runs a command that must fail with a sentence.
func refused(t *testing.T, environment []string, sentence string, args ...string) {
	t.Helper()
	if out, err := runSipas(t, environment, "", args...); err == nil || !strings.Contains(out, sentence) {
		t.Errorf("%q: error %v, want %q in\n%s", args, err, sentence, out)
	}
}

// elsewhere is a new data folder with the keys of another.
func elsewhere(t *testing.T, environment []string) (folder string, there []string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "data")
	keys := os.DirFS(filepath.Join(environmentValue(environment, "SIPAS_DATA"), "keys"))
	if err := os.CopyFS(filepath.Join(folder, "keys"), keys); err != nil {
		t.Fatal(err)
	}
	return folder, []string{"SIPAS_DATA=" + folder}
}

// digest gives the one digest of everything that a command printed.
func digest(t *testing.T, out string) string {
	t.Helper()
	_, rest, found := strings.Cut(out, "digest of all this  ")
	if !found {
		t.Fatalf("no digest in\n%s", out)
	}
	digest, _, _ := strings.Cut(rest, "\n")
	return digest
}

// A backup is made beside a server, restored, and served with the same figures.
func TestBackupIsRestoredAndServed(t *testing.T) {
	eachStore(t, func(t *testing.T, environment []string) {
		file := filepath.Join(t.TempDir(), "province.sipas")
		refused(t, environment, "sipas serve", "backup", file)
		loadSmallDemo(t, environment)
		s := startServer(t, environment)
		authorization := s.signIn("admin", adminPassword)
		page, submission := s.openPage(authorization, 4)
		s.submit(page, submission)
		n, satisfied := s.answeredThisYear(authorization)
		backedUp := ran(t, environment, "backup", file)
		s.stop()
		for _, want := range []string{"synthetic", fmt.Sprintf("3 streams, %d entries", smallDemo+1), "Keys are not in a store", "Sessions and enrolment codes are\nnot in it", "erasures asked for since must be repeated"} {
			if !strings.Contains(backedUp, want) {
				t.Errorf("%q is not in\n%s", want, backedUp)
			}
		}
		if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("the backup has mode %v (%v), want 0600", info.Mode(), err)
		}
		refused(t, environment, "already", "backup", file)
		ran(t, environment, "backup", file, "--force")

		_, there := elsewhere(t, environment)
		restored := ran(t, there, "restore", file)
		if !strings.Contains(restored, fmt.Sprintf("Verified: %d ledger entries", smallDemo+1)) || !strings.Contains(restored, "asked for since must be repeated") {
			t.Errorf("restored:\n%s", restored)
		}
		refused(t, there, "holds a province already", "restore", file)
		if out := ran(t, there, "verify"); !strings.Contains(out, "The ledger is clean.") || strings.Contains(out, "Warning") {
			t.Errorf("verified:\n%s", out)
		}
		s = startServer(t, there)
		authorization = s.signIn("admin", adminPassword)
		if nThere, satisfiedThere := s.answeredThisYear(authorization); nThere != n || satisfiedThere != satisfied {
			t.Errorf("the board shows %d of %d, before %d of %d", satisfiedThere, nThere, satisfied, n)
		}
		if outcome := s.submit(page, submission); outcome != "duplicate" {
			t.Errorf("a response sent again is %s", outcome)
		}
		s.stop()
	})
}

// A damaged backup touches nothing, not even a folder.
func TestRestoreOfADamagedFile(t *testing.T) {
	environment := []string{"SIPAS_DATA=" + t.TempDir()}
	loadSmallDemo(t, environment)
	folder := t.TempDir()
	file := filepath.Join(folder, "province.sipas")
	ran(t, environment, "backup", file)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(whole)
	changed[len(changed)/2] ^= 0xff
	for name, content := range map[string][]byte{"short": whole[:len(whole)-20], "changed": changed, "empty": nil} {
		t.Run(name, func(t *testing.T) {
			damaged, data := filepath.Join(t.TempDir(), "damaged"), filepath.Join(t.TempDir(), "data")
			if err := os.WriteFile(damaged, content, 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, []string{"SIPAS_DATA=" + data}, "incomplete or changed", "restore", damaged)
			if _, err := os.Stat(data); err == nil {
				t.Error("the data folder was made")
			}
		})
	}
	refused(t, environment, "cannot be read", "restore", filepath.Join(folder, "nothing"))
	if left, _ := filepath.Glob(filepath.Join(folder, ".*")); len(left) > 0 {
		t.Errorf("%q were left", left)
	}
}

// A province moves beside its server, is caught up with after the stop, and is
// served from the other store: and back.
func TestMigratedProvinceIsServed(t *testing.T) {
	for _, kind := range []string{"embedded", "mongodb"} {
		t.Run(kind, func(t *testing.T) {
			source := t.TempDir()
			environment := []string{"SIPAS_DATA=" + source}
			folder, there := "", []string(nil)
			var to []string
			uri := os.Getenv("SIPAS_TEST_MONGODB_URI")
			if kind == "mongodb" && uri == "" {
				t.Skip("SIPAS_TEST_MONGODB_URI names no server (make mongo-test starts one)")
			}
			loadSmallDemo(t, environment)
			folder, there = elsewhere(t, environment)
			to = []string{folder}
			if kind == "mongodb" {
				database := "sipas_migrate_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
				there = append(there, "SIPAS_MONGODB_URI="+uri, "SIPAS_MONGODB_DATABASE="+database)
				secret := filepath.Join(t.TempDir(), "uri")
				if err := os.WriteFile(secret, []byte(uri+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				to = []string{"@" + secret, "--to-database", database}
			}
			forth := append([]string{"migrate", "--from", source, "--to"}, to...)

			s := startServer(t, environment)
			authorization := s.signIn("admin", adminPassword)
			out := ran(t, environment, forth...)
			if !strings.Contains(out, fmt.Sprintf("3 streams, %d entries", smallDemo)) || !strings.Contains(out, "again with --finish") {
				t.Errorf("moved:\n%s", out)
			}
			refused(t, there, "a move or a restore that was not finished", "serve", "--listen", "127.0.0.1:0")
			page, submission := s.openPage(authorization, 4)
			s.submit(page, submission)
			n, satisfied := s.answeredThisYear(authorization)
			s.stop()
			finish := append(slices.Clone(forth), "--finish")
			out = ran(t, environment, finish...)
			if !strings.Contains(out, fmt.Sprintf("3 streams, %d entries", smallDemo+1)) || !strings.Contains(out, fmt.Sprintf("Verified: %d ledger entries", smallDemo+1)) || !strings.Contains(out, "The target can be served") {
				t.Errorf("moved on:\n%s", out)
			}
			if again := ran(t, environment, finish...); digest(t, again) != digest(t, out) {
				t.Errorf("once more:\n%s", again)
			}

			s = startServer(t, there)
			authorization = s.signIn("admin", adminPassword)
			if nThere, satisfiedThere := s.answeredThisYear(authorization); nThere != n || satisfiedThere != satisfied {
				t.Errorf("the board shows %d of %d, before %d of %d", satisfiedThere, nThere, satisfied, n)
			}
			if outcome := s.submit(page, submission); outcome != "duplicate" {
				t.Errorf("a response sent again is %s", outcome)
			}
			s.stop()
			refused(t, environment, "one of the two was served since", forth...)
			refused(t, environment, "one of the two was served since", finish...)

			home, again := elsewhere(t, environment)
			back := []string{"migrate", "--finish", "--to", home, "--from"}
			if kind == "mongodb" {
				back = append(back, to[0], "--from-database", to[2])
			} else {
				back = append(back, filepath.Join(folder, storeFile))
			}
			ran(t, environment, back...)
			if out := ran(t, again, "verify"); !strings.Contains(out, "The ledger is clean.") {
				t.Errorf("verified:\n%s", out)
			}
		})
	}
}

func TestMigrateRefuses(t *testing.T) {
	environment := []string{"SIPAS_DATA=" + t.TempDir()}
	data := environmentValue(environment, "SIPAS_DATA")
	loadSmallDemo(t, environment)
	other := []string{"SIPAS_DATA=" + t.TempDir()}
	loadSmallDemo(t, other)
	nothing := filepath.Join(t.TempDir(), "nothing")
	linked := filepath.Join(t.TempDir(), "linked")
	if err := os.Symlink(data, linked); err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Rel(here, data)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, sentence string
		args           []string
	}{
		{"no source", "--from must name a store", []string{"--to", nothing}},
		{"no target", "--to must name a store", []string{"--from", data}},
		{"a source that is not there", "no store", []string{"--from", nothing, "--to", filepath.Join(nothing, "x")}},
		{"the same store", "the same store", []string{"--from", data, "--to", filepath.Join(data, storeFile)}},
		{"the same store by another path", "the same store", []string{"--from", data, "--to", "." + string(filepath.Separator) + relative}},
		{"the same store by a link", "the same store", []string{"--from", linked, "--to", data}},
		{"the same database", "the same store", []string{"--from", "mongodb://u:p@DB1,db2:27018/?replicaSet=x", "--to", "mongodb://db2:27018,db1:27017", "--from-database", "a", "--to-database", "a"}},
		{"another province", "another province", []string{"--from", data, "--to", environmentValue(other, "SIPAS_DATA")}},
		{"a database of a folder", "for MongoDB only", []string{"--from", data, "--to", nothing, "--to-database", "x"}},
		{"a URI with a path", "--to-database", []string{"--from", data, "--to", "mongodb://127.0.0.1/tinh"}},
		{"a URI of several servers with a path", "--to-database", []string{"--from", data, "--to", "mongodb://db1:27017,db2:27017/tinh?replicaSet=x"}},
		{"a URI that is mistyped", "--to must be a mongodb:// or mongodb+srv:// URI", []string{"--from", data, "--to", "mongodb//x"}},
		{"a file that is not there", "cannot be read", []string{"--from", data, "--to", "@" + nothing}},
	} {
		t.Run(c.name, func(t *testing.T) {
			refused(t, nil, c.sentence, append([]string{"migrate"}, c.args...)...)
			if _, err := os.Stat(nothing); err == nil {
				t.Error("the folder was made")
			}
		})
	}
}

// What a move or a restore left half-way cannot be served, nor used otherwise.
func TestHalfMovedStoreIsNotServed(t *testing.T) {
	data := t.TempDir()
	environment := []string{"SIPAS_DATA=" + data}
	store, err := sqlitestore.Open(t.Context(), filepath.Join(data, storeFile))
	if err != nil {
		t.Fatal(err)
	}
	err = store.Ledger().RegisterStream(t.Context(), survey.Stream{ID: "half", PublicKey: make([]byte, 32), StartedAt: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve", "--listen", "127.0.0.1:0", "--demo=false"}, {"demo"}, {"user", "list"}, {"backup", filepath.Join(data, "b")}} {
		refused(t, environment, "a move or a restore that was not finished", args...)
	}
}

// What a killed run left is replaced by the next, which leaves nothing; a run does not
// give its name to what another has begun.
func TestWriteWhole(t *testing.T) {
	folder := t.TempDir()
	path, part := filepath.Join(folder, "b.sipas"), filepath.Join(folder, ".b.sipas.part")
	write := func(text string) error { return os.WriteFile(part, []byte(text), 0o644) }
	if err := write("left by a killed run, and longer"); err != nil {
		t.Fatal(err)
	}
	if err := writeWhole(path, false, func(w io.Writer) error { _, err := io.WriteString(w, "whole"); return err }); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "whole" {
		t.Errorf("it holds %q (%v)", text, err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("it has mode %v (%v), want 0600", info.Mode(), err)
	}
	failed := errors.New("no")
	if err := writeWhole(path, true, func(io.Writer) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(folder, ".*")); err != nil || len(left) > 0 {
		t.Errorf("%q were left (%v)", left, err)
	}
	err = writeWhole(path, true, func(io.Writer) error { return errors.Join(os.Remove(part), write("of another run")) })
	if err == nil || !strings.Contains(err.Error(), "another run") {
		t.Errorf("beside another run: error %v", err)
	}
	text, _ = os.ReadFile(path)
	others, _ := os.ReadFile(part)
	if string(text) != "whole" || string(others) != "of another run" {
		t.Errorf("it holds %q, and the other's file %q", text, others)
	}
}

// An export beside a server that was killed leaves what that owes to the next one.
func TestExportWritesNothing(t *testing.T) {
	data := t.TempDir()
	environment := []string{"SIPAS_DATA=" + data}
	loadSmallDemo(t, environment)
	store, err := sqlitestore.Open(t.Context(), filepath.Join(data, storeFile))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	agencies, err := store.Agencies().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	owing := agencies[0]
	owing.Stamp(owing.Rev+1, &survey.AuditEntry{ID: "agencies/owed", At: time.Now(), Actor: "lan", Action: survey.ActionUpdate, Collection: "agencies", RecordKey: owing.ID, Rev: owing.Rev + 1})
	if err := store.Agencies().Update(t.Context(), owing); err != nil {
		t.Fatal(err)
	}
	ran(t, environment, "export", "responses", "--agency", owing.ID)
	if after, err := store.Agencies().Find(t.Context(), owing.ID); err != nil || after.Owed() == nil {
		t.Errorf("the audit entry that was owed is settled: %+v (%v)", after, err)
	}
}

func TestAgenciesBelow(t *testing.T) {
	agencies := []survey.Agency{{ID: "a-nhanh", Parent: "xa"}, {ID: "khac", Parent: "tinh"}, {ID: "tinh"}, {ID: "xa", Parent: "tinh"}}
	for id, want := range map[string][]string{"tinh": {"a-nhanh", "khac", "tinh", "xa"}, "xa": {"a-nhanh", "xa"}, "khac": {"khac"}, "atlantis": nil, "": nil} {
		if got := slices.Sorted(maps.Keys(below(agencies, id))); !slices.Equal(got, want) {
			t.Errorf("below %q: %q, want %q", id, got, want)
		}
	}
}

func TestExportResponses(t *testing.T) {
	eachStore(t, func(t *testing.T, environment []string) {
		loadSmallDemo(t, environment)
		file := filepath.Join(t.TempDir(), "responses.csv")
		rows := func(args ...string) [][]string {
			t.Helper()
			out := ran(t, environment, append([]string{"export", "responses", "-o", file, "--force"}, args...)...)
			if !strings.Contains(out, "synthetic") {
				t.Errorf("%q does not say that it is synthetic:\n%s", args, out)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			marked := bytes.HasPrefix(text, []byte("\uFEFF"))
			if want := !strings.Contains(strings.Join(args, " "), "--bom=false"); marked != want {
				t.Errorf("%q: byte order mark %v", args, marked)
			}
			all, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\uFEFF")))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		all := rows()
		if len(all) != smallDemo+1 || all[0][0] != "id" || strings.Contains(strings.Join(all[0], ","), "comment") {
			t.Errorf("%d lines, columns %q", len(all), all[0])
		}
		if open := rows("--open", "--bom=false"); len(open) != smallDemo+1 || !strings.Contains(strings.Join(open[0], ","), "comment") {
			t.Errorf("open: %d lines, columns %q", len(open), open[0])
		}
		agency, quarter := all[1][1], 0
		ofAgency := 0
		for _, row := range all[1:] {
			if row[1] == agency {
				ofAgency++
			}
			if row[11] >= "2025-10" && row[11] < "2026" {
				quarter++
			}
		}
		if got := len(rows("--agency", agency)) - 1; got < ofAgency || got == smallDemo {
			t.Errorf("of %s and below: %d, want at least %d", agency, got, ofAgency)
		}
		if got := len(rows("--period", "2025-Q4")) - 1; got != quarter || quarter == 0 {
			t.Errorf("of the quarter: %d, want %d", got, quarter)
		}
		if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("the file has mode %v (%v), want 0600", info.Mode(), err)
		}
		if out := ran(t, environment, "export", "responses"); !strings.HasPrefix(out, "\uFEFFid,") {
			t.Errorf("standard output begins %q", out[:20])
		}
		refused(t, environment, "already", "export", "responses", "-o", file)
		refused(t, environment, "no agency", "export", "responses", "--agency", "atlantis")
		refused(t, environment, "a period is written", "export", "responses", "--period", "always")
	})
}
