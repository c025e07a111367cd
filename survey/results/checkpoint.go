package results

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"sipas/stats/tally"
	"sipas/survey"
	"sipas/survey/ledger"
)

// checkpointFormat begins every checkpoint. Its number changes with anything
// that is written below it; a checkpoint of another number is never read.
const checkpointFormat = "sipas/results/checkpoint/3\n"

// CheckpointTemporary is the pattern of the names that files have beside a
// checkpoint while it is written; one that is old was left by a process that was killed.
const CheckpointTemporary = ".checkpoint-*"

// checkpoint is all that a Service had counted at one moment, besides the table,
// and how far it had read each stream of the ledger.
type checkpoint struct {
	Coding []byte // see coding
	Marks  []ledger.Mark

	Agencies, Fields, Points, Campaigns []string                 // ids by code
	Items                               map[string]tally.Measure // by id
	Forms                               []checkpointForm
	Rows                                map[string][]uint32
	Commented                           commented
	Judgements                          ledger.Judgements
	Arrivals                            map[uint16]checkpointArrivals
}

// checkpointForm is a questionnaire version that rows name.
type checkpointForm struct {
	ID      string
	Version int
	Form    tally.FormID
}

type checkpointArrivals struct {
	First tally.Day
	Hours []uint32
}

// coding is a digest of everything that decides which number an answer becomes.
// A program that codes otherwise must count again.
func (s *Service) coding() ([]byte, error) {
	text, err := json.Marshal([]any{s.registry.Snapshot().Questionnaires(), survey.Flags, survey.Captures, survey.Deliveries, survey.Languages,
		demographics, Headlines, singles, reasonQuestions, ticksPerItem})
	sum := sha256.Sum256(text)
	return sum[:], err
}

// freeze takes hold of what is counted now. Entries wait for it no longer than
// copying a few bytes for each response takes.
func (s *Service) freeze() (*checkpoint, tally.Snapshot, error) {
	coding, err := s.coding()
	if err != nil {
		return nil, tally.Snapshot{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.uncounted > 0 {
		// They are to be looked at again by whatever starts next, and told of again.
		return nil, tally.Snapshot{}, fmt.Errorf("%d entries of the ledger cannot be counted", s.uncounted)
	}
	c := &checkpoint{
		Coding:     coding,
		Marks:      slices.Collect(maps.Values(s.marks)),
		Agencies:   slices.Clone(s.agencies.ids),
		Fields:     slices.Clone(s.fields.ids),
		Points:     slices.Clone(s.points.ids),
		Campaigns:  slices.Clone(s.campaigns.ids),
		Items:      maps.Clone(s.items),
		Rows:       make(map[string][]uint32, len(s.rows)),
		Commented:  s.commented.clone(),
		Judgements: s.judgements.Clone(),
		Arrivals:   make(map[uint16]checkpointArrivals, len(s.arrivals)),
	}
	for key, f := range s.forms {
		if f != nil {
			c.Forms = append(c.Forms, checkpointForm{key.id, key.version, f.id})
		}
	}
	for stream, rows := range s.rows {
		c.Rows[stream] = slices.Clone(rows)
	}
	for agency, a := range s.arrivals {
		c.Arrivals[agency] = checkpointArrivals{a.first, slices.Clone(a.hours)}
	}
	return c, s.table.Snapshot(), nil
}

// WriteCheckpoint replaces the file at path by what is counted now, whole or not
// at all, signed with key (HMAC-SHA256). Entries that cannot be counted are an error.
func (s *Service) WriteCheckpoint(path string, key []byte) (err error) {
	c, table, err := s.freeze()
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), CheckpointTemporary) // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	mac := hmac.New(sha256.New, key)
	w := bufio.NewWriterSize(io.MultiWriter(file, mac), 1<<20)
	_, err = w.WriteString(checkpointFormat)
	if err == nil {
		err = gob.NewEncoder(w).Encode(c)
	}
	if err == nil {
		_, err = table.WriteTo(w)
	}
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		_, err = file.Write(mac.Sum(nil))
	}
	if err = cmp.Or(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// RestoreCheckpoint makes a service that has seen nothing yet go on from the
// checkpoint that was written to path with the same key. confirm says whether the
// ledger holds the newest counted entry of every stream. Where the error is not nil
// it says why the file was not trusted, and the service has still seen nothing;
// fs.ErrNotExist where there is no file.
//
// No content is looked at before the signature is found right, so that a
// truncated or changed file, or one of another installation, is only ever refused.
func (s *Service) RestoreCheckpoint(path string, key []byte, confirm func([]ledger.Mark) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	content, err := signedContent(file, hmac.New(sha256.New, key))
	if err != nil {
		return err
	}
	r := bufio.NewReaderSize(content, 1<<20)
	if _, err := r.Discard(len(checkpointFormat)); err != nil {
		return err
	}
	c := new(checkpoint)
	if err := gob.NewDecoder(r).Decode(c); err != nil {
		return err
	}
	coding, err := s.coding()
	if err != nil {
		return err
	}
	if !bytes.Equal(c.Coding, coding) {
		return errors.New("it was written by a program that codes answers otherwise")
	}
	table, err := tally.Read(r)
	if err != nil {
		return err
	}
	if err := confirm(c.Marks); err != nil {
		return err
	}
	s.thaw(c, table)
	return nil
}

// signedContent gives what stands before the signature, once that is found right.
func signedContent(file *os.File, mac hash.Hash) (io.Reader, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size() - int64(mac.Size())
	content := io.NewSectionReader(file, 0, max(size, 0))
	format := make([]byte, len(checkpointFormat))
	if _, err := io.ReadFull(content, format); err != nil || string(format) != checkpointFormat {
		return nil, errors.New("it is no checkpoint, or one of another version")
	}
	mac.Write(format)
	if _, err := io.Copy(mac, content); err != nil {
		return nil, err
	}
	signature := make([]byte, mac.Size())
	if _, err := file.ReadAt(signature, size); err != nil {
		return nil, err
	}
	if !hmac.Equal(signature, mac.Sum(nil)) {
		return nil, errors.New("it is truncated, changed or of another installation")
	}
	_, err = content.Seek(0, io.SeekStart)
	return content, err
}

// thaw is the inverse of freeze. The coding is the same, so that every form is known.
func (s *Service) thaw(c *checkpoint, table *tally.Table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.table = table
	for _, m := range c.Marks {
		s.marks[m.Stream] = m
	}
	s.agencies = newCodes[uint16](c.Agencies...)
	s.fields = newCodes[uint8](c.Fields...)
	s.points = newCodes[uint16](c.Points...)
	s.campaigns = newCodes[uint16](c.Campaigns...)
	s.items = c.Items
	for _, known := range c.Forms {
		f, _ := s.shape(s.registry.Snapshot().Questionnaire(known.ID, known.Version))
		f.id = known.Form
		s.forms[formKey{known.ID, known.Version}] = f
		s.names[int(f.id)] = f.name
	}
	s.rows = c.Rows
	s.judgements = c.Judgements
	s.commented = c.Commented
	for agency, a := range c.Arrivals {
		s.arrivals[agency] = &arrivals{first: a.First, hours: a.Hours}
	}
}
