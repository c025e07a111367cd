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

// AuditPage is a run of audit entries in order.
type AuditPage struct {
	Items []AuditEntry `json:"items" nullable:"false"`
	Next  *int64       `json:"next" doc:"Pass as after for the following entries; null at the end"`
}

func (s *server) registerAudit() {
	list := operation("list-audit", http.MethodGet, "/api/v1/audit", "Administration", "Read the audit log",
		"Administrative acts in the order of the chain. For administrators.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(ctx context.Context, in *struct {
		After int64 `query:"after" minimum:"0" doc:"Entries with a higher n only"`
		Size  int   `query:"size" minimum:"1" maximum:"200" default:"50"`
	}) (*Output[AuditPage], error) {
		entries, err := s.registry.Audit(ctx, actorOf(ctx), in.After, in.Size)
		if err != nil {
			return nil, err
		}
		page := AuditPage{Items: []AuditEntry{}}
		for _, e := range entries {
			page.Items = append(page.Items, showAudit(e))
		}
		if len(entries) == in.Size {
			page.Next = &entries[len(entries)-1].N
		}
		return &Output[AuditPage]{page}, nil
	})
}
