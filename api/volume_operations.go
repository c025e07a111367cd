package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
)

// Volume is the monthly sheet of an agency: files on which it returned a result.
type Volume struct {
	Agency string           `json:"agency"`
	Month  survey.Month     `json:"month" example:"2026-09"`
	Files  map[string]int64 `json:"files" nullable:"false" doc:"Files by field id"`
	Rev    int64            `json:"rev"`
}

func showVolume(v survey.Volume) Volume {
	files := v.Files
	if files == nil {
		files = map[string]int64{}
	}
	return Volume{v.Agency, v.Month, files, v.Rev}
}

func (s *server) registerVolumes() {
	list := operation("list-volumes", http.MethodGet, "/api/v1/volumes", "Catalogue", "List transaction volumes",
		"Monthly sheets of files handled (số hồ sơ đã trả kết quả) of the agencies whose results the caller may read; 403 where an agency outside them is asked for.",
		http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(ctx context.Context, in *struct {
		Paging
		Agency string `query:"agency" maxLength:"80" doc:"Of one agency only"`
		Month  string `query:"month" pattern:"^\\d{4}-\\d{2}$" doc:"Of one month only" example:"2026-09"`
	}) (*ListOutput[Volume], error) {
		visible, err := s.visible(ctx, in.Agency)
		if err != nil {
			return nil, err
		}
		var found []survey.Volume
		for _, v := range s.registry.Snapshot().Volumes() {
			if visible(v.Agency) && (in.Month == "" || string(v.Month) == in.Month) {
				found = append(found, v)
			}
		}
		return page(in.Paging, found, showVolume), nil
	})
}

// visible gives the test whether the caller may see what belongs to an agency:
// results are the right every role has. Where one agency is asked for, only it
// passes, and the error is forbidden unless the caller may see it.
func (s *server) visible(ctx context.Context, asked string) (func(agency string) bool, error) {
	actor := actorOf(ctx)
	if asked != "" {
		if err := s.registry.Permit(actor, survey.RightResults, asked); err != nil {
			return nil, err
		}
		return func(agency string) bool { return agency == asked }, nil
	}
	agencies, whole := s.registry.Snapshot().Scope(actor, survey.RightResults)
	if whole {
		return func(string) bool { return true }, nil
	}
	in := map[string]bool{}
	for _, agency := range agencies {
		in[agency] = true
	}
	return func(agency string) bool { return in[agency] }, nil
}
