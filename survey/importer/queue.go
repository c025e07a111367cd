package importer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"

	"sipas/survey"
	"sipas/survey/intake"
)

// The form of the file that a kiosk's staff screen exports.
const (
	queueFormat  = "sipas-kiosk-queue"
	queueVersion = 1
	maxQueue     = 64 << 20 // bytes: the file is held in memory
)

// queueFile is the queue of a kiosk. SHA256 is that of Responses without white space between its tokens.
type queueFile struct {
	Format     string          `json:"format"`
	Version    int             `json:"version"`
	Kiosk      string          `json:"kiosk"`
	ExportedAt string          `json:"exportedAt"` // by the device's clock, for people
	Count      int             `json:"count"`
	SHA256     string          `json:"sha256"`
	Responses  json.RawMessage `json:"responses"`
}

// queue imports what a kiosk kept, item by item in its order, under the ids the
// kiosk gave: what it sent or sends itself is stored once. Lines count the items from 1.
func (x *run) queue(ctx context.Context) error {
	file, items, err := x.readQueue()
	if err != nil {
		return err
	}
	kiosk, ok := x.registry.Snapshot().Kiosk(file.Kiosk)
	if !ok {
		return refused(pathFile, survey.ReasonImportKiosk, nil, nil)
	}
	x.header, x.total = &header{}, len(items)
	in := &reading{run: x, credential: intake.Credential{Actor: &x.actor, Kiosk: &kiosk}}
	for i, raw := range items {
		r := &row{header: x.header, line: i + 1}
		submission, err := intake.Decode(raw)
		if err != nil {
			if failed := r.reject(err, ""); failed != nil {
				return failed
			}
			x.settle(r, unchanged)
			continue
		}
		in.rows, in.batch = append(in.rows, r), append(in.batch, submission)
		if len(in.batch) == intake.MaxBatch {
			if err := in.flush(ctx); err != nil {
				return err
			}
		}
	}
	return in.flush(ctx)
}

// readQueue reads the file and refuses one that is not what the kiosk wrote.
func (x *run) readQueue() (file queueFile, items []json.RawMessage, err error) {
	if x.Size > maxQueue {
		return file, nil, refused(pathFile, survey.ReasonImportSize, map[string]any{"max": maxQueue / mebibyte}, nil)
	}
	text := make([]byte, x.Size)
	if n, err := x.File.ReadAt(text, 0); n < len(text) && !errors.Is(err, io.EOF) {
		return file, nil, refused(pathFile, survey.ReasonImportUnreadable, nil, err)
	}
	if err := json.Unmarshal(bytes.TrimPrefix(text, []byte(byteOrderMark)), &file); err != nil || file.Format != queueFormat || file.Version != queueVersion {
		return file, nil, refused(pathFile, survey.ReasonImportQueue, nil, err)
	}
	var compact bytes.Buffer
	if err := errors.Join(json.Compact(&compact, file.Responses), json.Unmarshal(file.Responses, &items)); err != nil {
		return file, nil, refused(pathFile, survey.ReasonImportQueue, nil, err)
	}
	if sum := sha256.Sum256(compact.Bytes()); hex.EncodeToString(sum[:]) != file.SHA256 || len(items) != file.Count {
		return file, nil, refused(pathFile, survey.ReasonImportChecksum, nil, nil)
	}
	return file, items, nil
}
