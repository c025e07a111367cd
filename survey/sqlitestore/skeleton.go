// Package sqlitestore is the embedded store: one SQLite file.
package sqlitestore

import (
	"context"

	"sipas/survey"
)

// Store is one SQLite file.
type Store struct{ survey.Store }

// Open opens or creates the file.
func Open(ctx context.Context, path string) (*Store, error) { return &Store{}, nil }
