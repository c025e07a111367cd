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

func (s *server) registerAudit() {
	list := operation("list-audit", http.MethodGet, "/api/v1/audit", "Administration", "Read the audit log",
		"Administrative acts in the order of the chain, oldest first. For administrators.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(ctx context.Context, in *struct{ Paging }) (*ListOutput[AuditEntry], error) {
		entries, total, err := s.registry.AuditPage(ctx, actorOf(ctx), (in.Page-1)*in.Size, in.Size)
		if err != nil {
			return nil, err
		}
		out := page(Paging{Page: 1, Size: in.Size}, entries, showAudit)
		out.Body.Total = total
		return out, nil
	})
}
