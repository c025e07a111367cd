package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
)

// What the operations on records of the catalogue have in common: a record is
// found by the id in its address, created with POST, and replaced as a whole with PUT at the revision
// it was read at. Values are checked by the registry, which names every field error at once; so the
// bodies describe kinds of values and leave which of them are allowed to it.

// ByID names a record in its address.
type ByID struct {
	ID string `path:"id" maxLength:"80"`
}

// NewID is the id a new record gets.
type NewID struct {
	ID string `json:"id" maxLength:"200" doc:"Lower-case letters without accents, digits and hyphens; never changes" example:"dat-dai"`
}

// Revision says which state of a record a change was made to.
type Revision struct {
	Rev int64 `json:"rev" minimum:"1" doc:"The revision the change was made to"`
}

// createdOutput is the answer to a record's creation.
type createdOutput[T any] struct {
	Location string `header:"Location"`
	Body     T
}

func created[T any](collection, id string, record T) *createdOutput[T] {
	return &createdOutput[T]{Location: collection + url.PathEscape(id), Body: record}
}

func getOperation(noun, path, what, description string) huma.Operation {
	return operation("get-"+noun, http.MethodGet, path, "Catalogue", "Show "+what, description, http.StatusNotFound)
}

func createOperation(noun, path, what, description string) huma.Operation {
	op := operation("create-"+noun, http.MethodPost, path, "Catalogue", "Create "+what, description, http.StatusConflict, http.StatusUnprocessableEntity)
	op.DefaultStatus = http.StatusCreated
	return op
}

func updateOperation(noun, path, what, description string) huma.Operation {
	return operation("update-"+noun, http.MethodPut, path, "Catalogue", "Change "+what,
		"Replaces the content, provided the record is still at the given revision; 409 shows the current one. "+description,
		http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity)
}

// found gives a record as an answer, or not_found.
func found[T any](record T, ok bool) (*Output[T], error) {
	if !ok {
		return nil, errNotFound
	}
	return &Output[T]{record}, nil
}

// withStored adds to a conflict of revisions or of ids the record that is stored.
func withStored[T any](ctx context.Context, s *server, err error, id string, find func(id string) (T, bool)) error {
	var e *survey.Error
	if !errors.As(err, &e) || e.Code != survey.CodeConflict || e.Reason != survey.ReasonRevision && e.Reason != survey.ReasonExists {
		return err
	}
	// The other write may have been made on another node just now; without the store the snapshot has to do.
	_ = s.registry.Refresh(ctx)
	stored, ok := find(id)
	if !ok {
		return err
	}
	return &currentError{err, stored}
}

// idTaken names the id as what is wrong where another record holds it.
func idTaken(err error) error {
	var e *survey.Error
	if !errors.As(err, &e) || e.Code != survey.CodeConflict || e.Reason != survey.ReasonExists {
		return err
	}
	return &survey.Error{Code: e.Code, Reason: e.Reason, Message: e.Message, Err: e,
		Fields: []survey.FieldError{{Path: "id", Reason: survey.ReasonExists}}}
}
