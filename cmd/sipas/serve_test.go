package main

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/storetest"
)

// A start that fails leaves no stream behind that all others would follow for ever.
func TestFailedStartsEndTheirStreams(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	for _, test := range []struct {
		name  string
		start func(t *testing.T, c *config) error
		says  string
	}{
		{"no first administrator", func(t *testing.T, c *config) error {
			return serve(t.Context(), c, io.Discard, log)
		}, "SIPAS_ADMIN_PASSWORD"},
		{"the others cannot be read", func(t *testing.T, c *config) error {
			k, err := loadKeys(c)
			if err != nil {
				return err
			}
			plain, err := openStore(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer plain.Close()
			if err := plain.Create(t.Context(), survey.Identity{ID: "tinh", CreatedAt: time.Now()}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			store := storetest.Faulty(plain)
			store.Watch(func(what string, _ []string) {
				if what == storetest.AsksMoved {
					cancel()
				}
			})
			other, err := openLedger(t.Context(), plain, k, time.Now, log)
			if err != nil {
				t.Fatal(err)
			}
			_, err = openNode(ctx, c, k, store, time.Now, log)
			if err := other.Close(t.Context()); err != nil {
				t.Error(err)
			}
			return err
		}, "did not answer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &config{Data: t.TempDir(), Production: true, Listen: "127.0.0.1:0", PublicURL: "https://localhost", AdminName: "admin"}
			if _, err := loadKeys(&config{Data: c.Data}); err != nil {
				t.Fatal(err)
			}
			if err := test.start(t, c); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("the start gave %v, want %q", err, test.says)
			}
			store, err := openStore(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			streams, err := store.Ledger().Streams(t.Context())
			if err != nil || len(streams) == 0 {
				t.Fatalf("%d streams, %v", len(streams), err)
			}
			for _, s := range streams {
				if s.Ended == nil {
					t.Errorf("stream %s has no end", s.ID)
				}
			}
		})
	}
}
