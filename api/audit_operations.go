package api

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
)

// AuditEntry is one administrative act in the hash-chained audit log.
type AuditEntry struct {
	N          int64              `json:"n" doc:"Place in the chain, from 1"`
	ID         string             `json:"id" doc:"collection/key/revision"`
	At         time.Time          `json:"at"`
	Actor      string             `json:"actor"`
	Action     survey.AuditAction `json:"action"`
	Collection string             `json:"collection"`
	Key        string             `json:"key"`
	Rev        int64              `json:"rev"`
	Agency     string             `json:"agency"`
	Digest     string             `json:"digest" doc:"SHA-256 of the record's new state, hexadecimal"`
	Hash       string             `json:"hash" doc:"Hash of the entry, hexadecimal; the next entry carries it as prev"`
}

func showAudit(e survey.AuditEntry) AuditEntry {
	return AuditEntry{e.N, e.ID, e.At, e.Actor, e.Action, e.Collection, e.RecordKey, e.Rev, e.Agency,
		hex.EncodeToString(e.Digest), hex.EncodeToString(e.Hash)}
}

// auditBatch is how many entries are read at a time.
const auditBatch = 1000

func (s *server) registerAudit() {
	list := operation("list-audit", http.MethodGet, "/api/v1/audit", "Administration", "Read the audit log",
		"Administrative acts in the order of the chain, oldest first. For administrators.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(ctx context.Context, in *struct{ Paging }) (*ListOutput[AuditEntry], error) {
		var entries []survey.AuditEntry
		for after := int64(0); ; {
			batch, err := s.registry.Audit(ctx, actorOf(ctx), after, auditBatch)
			if err != nil {
				return nil, err
			}
			entries = append(entries, batch...)
			if len(batch) < auditBatch {
				return page(in.Paging, entries, showAudit), nil
			}
			after = batch[len(batch)-1].N
		}
	})
}
