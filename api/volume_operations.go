package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/registry"
)

// Volume is the monthly sheet of an agency: files on which it returned a result.
type Volume struct {
	Agency     string           `json:"agency"`
	AgencyName survey.Text      `json:"agencyName"`
	Month      survey.Month     `json:"month" example:"2026-09"`
	Files      map[string]int64 `json:"files" nullable:"false" doc:"Files by field id"`
	Total      int64            `json:"total" doc:"Files of all fields"`
	Rev        int64            `json:"rev"`
}

func showVolume(snapshot *registry.Snapshot) func(survey.Volume) Volume {
	return func(v survey.Volume) Volume {
		agency, _ := snapshot.Agency(v.Agency)
		shown := Volume{v.Agency, agency.Name, v.Month, map[string]int64{}, 0, v.Rev}
		for field, n := range v.Files {
			shown.Files[field] = n
			shown.Total += n
		}
		return shown
	}
}

// BySheet names a monthly sheet.
type BySheet struct {
	Agency string `path:"agency" maxLength:"80"`
	Month  string `path:"month" pattern:"^\\d{4}-\\d{2}$" example:"2026-09"`
}

func (in BySheet) key() string { return survey.VolumeKey(in.Agency, survey.Month(in.Month)) }

func (s *server) registerVolumes() {
	list := operation("list-volumes", http.MethodGet, "/api/v1/volumes", "Catalogue", "List transaction volumes",
		"Monthly sheets of files handled (số hồ sơ đã trả kết quả) of the agencies whose results the caller may read, the newest month first; 403 where an agency outside them is asked for.",
		http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(ctx context.Context, in *struct {
		Paging
		Q      string `query:"q" maxLength:"100" doc:"Words of the agency's name, with or without accents, or the beginning of its id"`
		Agency string `query:"agency" maxLength:"80" doc:"Of one agency only"`
		Month  string `query:"month" pattern:"^\\d{4}-\\d{2}$" doc:"Of one month only" example:"2026-09"`
		Year   string `query:"year" pattern:"^\\d{4}$" doc:"Of the months of one year only" example:"2026"`
	}) (*ListOutput[Volume], error) {
		visible, err := s.visible(ctx, survey.RightResults, in.Agency)
		if err != nil {
			return nil, err
		}
		snapshot := s.registry.Snapshot()
		place := map[string]int{}
		for i, a := range snapshot.Agencies() {
			if matches(in.Q, a.Name, a.ID) {
				place[a.ID] = i
			}
		}
		var found []survey.Volume
		for _, v := range snapshot.Volumes() {
			_, named := place[v.Agency]
			if named && visible(v.Agency) && (in.Month == "" || string(v.Month) == in.Month) && strings.HasPrefix(string(v.Month), in.Year) {
				found = append(found, v)
			}
		}
		slices.SortFunc(found, func(a, b survey.Volume) int {
			return cmp.Or(cmp.Compare(b.Month, a.Month), cmp.Compare(place[a.Agency], place[b.Agency]))
		})
		return page(in.Paging, found, showVolume(snapshot)), nil
	})

	get := getOperation("volume", "/api/v1/volumes/{agency}/{month}", "a monthly sheet", "The volumes of one agency in one month; 404 where nothing was entered yet.")
	get.Errors = append(get.Errors, http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(get), func(ctx context.Context, in *BySheet) (*Output[Volume], error) {
		if err := s.registry.Permit(actorOf(ctx), survey.RightResults, in.Agency); err != nil {
			return nil, err
		}
		return found(s.findVolume(in.key()))
	})

	put := operation("put-volume", http.MethodPut, "/api/v1/volumes/{agency}/{month}", "Catalogue", "Enter a monthly sheet",
		"Makes the sheet where `rev` is 0, else replaces it, provided it is still at that revision; 409 shows the current one. Right: volumes, over the agency.",
		http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(put), func(ctx context.Context, in *struct {
		BySheet
		Body struct {
			Rev   int64            `json:"rev" minimum:"0" doc:"The revision the change was made to; 0: there is no sheet yet"`
			Files map[string]int64 `json:"files" nullable:"false" doc:"Files by field id; a field that is left out is not known" example:"{\"dat-dai\":120,\"ho-tich\":85}"`
		}
	}) (*Output[Volume], error) {
		v, err := s.registry.PutVolume(ctx, actorOf(ctx), survey.Volume{Agency: in.Agency, Month: survey.Month(in.Month), Files: in.Body.Files,
			Versioned: survey.Versioned{Rev: in.Body.Rev}})
		if err != nil {
			return nil, withStored(ctx, s, err, in.key(), s.findVolume)
		}
		return &Output[Volume]{showVolume(s.registry.Snapshot())(v)}, nil
	})
}

func (s *server) findVolume(key string) (Volume, bool) {
	snapshot := s.registry.Snapshot()
	v, ok := snapshot.VolumeSheet(survey.SplitVolumeKey(key))
	return showVolume(snapshot)(v), ok
}

// visible gives the test whether the caller has a right over what belongs to an
// agency. Where one agency is asked for, only it passes, and the error is forbidden unless the
// caller has the right over it.
func (s *server) visible(ctx context.Context, right survey.Right, asked string) (func(agency string) bool, error) {
	actor := actorOf(ctx)
	if asked != "" {
		if err := s.registry.Permit(actor, right, asked); err != nil {
			return nil, err
		}
		return func(agency string) bool { return agency == asked }, nil
	}
	agencies, whole := s.registry.Snapshot().Scope(actor, right)
	if whole {
		return func(string) bool { return true }, nil
	}
	in := map[string]bool{}
	for _, agency := range agencies {
		in[agency] = true
	}
	return func(agency string) bool { return in[agency] }, nil
}
