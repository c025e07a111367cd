package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/importer"
)

// Import is a file that is imported.
type Import struct {
	ID        string         `json:"id"`
	Kind      importer.Kind  `json:"kind" enum:"agencies,fields,points,volumes,responses,kiosk-queue" doc:"kiosk-queue: the JSON file that a kiosk's staff screen exports; the others are tables"`
	FileName  string         `json:"fileName"`
	Size      int64          `json:"size" doc:"Bytes"`
	PartSize  int            `json:"partSize" doc:"Bytes of every part but the last"`
	Parts     int            `json:"parts" doc:"How many parts there are, numbered from 1"`
	Received  []int          `json:"received" nullable:"false" doc:"Numbers of the parts that are here"`
	State     uploadState    `json:"state" enum:"receiving,running,done,failed"`
	DryRun    bool           `json:"dryRun" doc:"Of the last run"`
	Progress  ImportProgress `json:"progress"`
	CreatedAt time.Time      `json:"createdAt"`
	ExpiresAt time.Time      `json:"expiresAt" doc:"When the file is removed"`
	Report    *ImportReport  `json:"report" doc:"Of the last run; null: none, or nothing was read"`
	Problem   *Problem       `json:"problem" doc:"failed: why the file as a whole could not be imported, or not to its end"`
}

// ImportProgress is how far a run is.
type ImportProgress struct {
	Lines int  `json:"lines" doc:"Rows done"`
	Total *int `json:"total" doc:"Rows of the file; null: not counted yet"`
}

// ImportReport says what became of the rows; of a dry run, what would.
type ImportReport struct {
	Kind         importer.Kind   `json:"kind"`
	FileName     string          `json:"fileName"`
	DryRun       bool            `json:"dryRun"`
	Lines        int             `json:"lines" doc:"Rows read: neither the header nor empty rows"`
	Created      int             `json:"created" doc:"Rows that made something new"`
	Updated      int             `json:"updated" doc:"Rows that changed what was stored"`
	Unchanged    int             `json:"unchanged" doc:"Rows that said what was stored already"`
	Rejected     int             `json:"rejected" doc:"Rows with problems"`
	Problems     []ImportProblem `json:"problems" nullable:"false" doc:"The first 1,000"`
	ProblemCount int             `json:"problemCount"`
}

// ImportProblem is one thing that is wrong with a row.
type ImportProblem struct {
	Line    int            `json:"line" doc:"Of the file or sheet, from 1"`
	Column  string         `json:"column" doc:"Empty: the row as a whole"`
	Reason  string         `json:"reason" doc:"Stable key of the message"`
	Params  map[string]any `json:"params"`
	Message string         `json:"message"`
}

// ImportColumns describes the columns of a kind of file.
type ImportColumns struct {
	Kind    importer.Kind     `json:"kind"`
	Columns []importer.Column `json:"columns" nullable:"false"`
}

func showImport(u upload, language survey.Language, requestID string) Import {
	shown := Import{ID: u.id, Kind: u.kind, FileName: u.fileName, Size: u.size, PartSize: uploadPart, Parts: len(u.received), Received: []int{},
		State: u.state, DryRun: u.dryRun, Progress: ImportProgress{u.lines, u.total}, CreatedAt: u.created, ExpiresAt: u.created.Add(uploadKept)}
	for i, received := range u.received {
		if received {
			shown.Received = append(shown.Received, i+1)
		}
	}
	if u.problem != nil {
		shown.Problem = newProblem(u.problem, 0, language, requestID)
	}
	if u.report != nil {
		r := u.report
		shown.Report = &ImportReport{r.Kind, r.FileName, r.DryRun, r.Lines, r.Created, r.Updated, r.Unchanged, r.Rejected, []ImportProblem{}, r.ProblemCount}
		for _, p := range r.Problems {
			problem := ImportProblem{p.Line, p.Column, p.Reason, p.Params, sayReason(language, p.Reason, survey.CodeInvalid, p.Params)}
			if problem.Params == nil {
				problem.Params = map[string]any{}
			}
			shown.Report.Problems = append(shown.Report.Problems, problem)
		}
	}
	return shown
}

// ByImport names an import in its address.
type ByImport struct {
	ID       string `path:"id" maxLength:"80"`
	Language string `header:"Accept-Language" hidden:"true"`
}

func (in ByImport) show(ctx context.Context, u upload, err error) (*Output[Import], error) {
	if err != nil {
		return nil, err
	}
	return &Output[Import]{showImport(u, chooseLanguage(in.Language), idOf(ctx))}, nil
}

// ByKind names a kind of file in its address.
type ByKind struct {
	Kind string `path:"kind" enum:"agencies,fields,points,volumes,responses"`
}

type sampleOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// permitImport gives nil where the actor has the right to import files of a kind
// over some part of the province; what each row concerns is checked row by row.
func (s *server) permitImport(actor survey.Actor, kind importer.Kind) error {
	right := kind.Right()
	if agencies, whole := s.registry.Snapshot().Scope(actor, right); whole || len(agencies) > 0 {
		return nil
	}
	return s.registry.Permit(actor, right, "")
}

func (s *server) registerImports() {
	columns := operation("list-import-columns", http.MethodGet, "/api/v1/imports/{kind}/columns", "Imports", "Describe a kind of file",
		"The columns files of the kind may have, in the order of the sample.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(columns), func(_ context.Context, in *ByKind) (*Output[ImportColumns], error) {
		kind := importer.Kind(in.Kind)
		return &Output[ImportColumns]{ImportColumns{kind, importer.Columns(kind)}}, nil
	})

	sample := operation("get-import-sample", http.MethodGet, "/api/v1/imports/{kind}/sample.csv", "Imports", "Get a sample file",
		"A small CSV file of the kind to start from.", http.StatusUnprocessableEntity)
	sample.Responses = map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	huma.Register(s.openapi, s.secured(sample), func(_ context.Context, in *ByKind) (*sampleOutput, error) {
		return &sampleOutput{"text/csv; charset=utf-8", `attachment; filename="` + in.Kind + `.csv"`, importer.Sample(importer.Kind(in.Kind))}, nil
	})

	create := operation("create-import", http.MethodPost, "/api/v1/imports", "Imports", "Announce a file",
		"Makes room for a CSV or XLSX file of at most 64 MiB, which is then sent in parts and run. It is kept for a day at this node. Rights: catalogue for agencies and fields, points for points, volumes for volumes, import for responses.",
		http.StatusUnprocessableEntity, http.StatusTooManyRequests)
	create.DefaultStatus = http.StatusCreated
	huma.Register(s.openapi, s.secured(create), func(ctx context.Context, in *struct {
		Language string `header:"Accept-Language" hidden:"true"`
		Body     struct {
			Kind     string `json:"kind" enum:"agencies,fields,points,volumes,responses,kiosk-queue"`
			FileName string `json:"fileName" maxLength:"1000" example:"so-ho-so-2026-09.xlsx"`
			Size     int64  `json:"size" doc:"Bytes, 1 to 67,108,864"`
		}
	}) (*createdOutput[Import], error) {
		kind := importer.Kind(in.Body.Kind)
		if err := s.permitImport(actorOf(ctx), kind); err != nil {
			return nil, err
		}
		if in.Body.Size < 1 || in.Body.Size > uploadLimit {
			return nil, &survey.Error{Code: survey.CodeInvalid, Message: "a file of that size is not imported", Fields: []survey.FieldError{
				{Path: "size", Reason: survey.ReasonRange, Params: map[string]any{"min": 1, "max": uploadLimit}}}}
		}
		u, err := s.uploads.create(actorOf(ctx).User, kind, cleanFileName(in.Body.FileName), in.Body.Size)
		if err != nil {
			return nil, err
		}
		return created("/api/v1/imports/", u.id, showImport(u, chooseLanguage(in.Language), idOf(ctx))), nil
	})

	part := operation("put-import-part", http.MethodPut, "/api/v1/imports/{id}/parts/{n}", "Imports", "Send a part of a file",
		"Parts are numbered from 1 and may come in any order; each is exactly `partSize` long but the last. Sending one again is safe.",
		http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
	part.MaxBodyBytes = uploadPart + 1 // huma refuses a body of exactly this size
	huma.Register(s.openapi, s.secured(part), func(ctx context.Context, in *struct {
		ByImport
		N           int    `path:"n" doc:"Number of the part, from 1"`
		ContentType string `header:"Content-Type" hidden:"true"`
		RawBody     []byte `contentType:"application/octet-stream"`
	}) (*Output[Import], error) {
		if mediaType, _, _ := strings.Cut(in.ContentType, ";"); !strings.EqualFold(strings.TrimSpace(mediaType), "application/octet-stream") {
			return nil, &survey.Error{Code: survey.CodeInvalid, Reason: protocolReasons[http.StatusUnsupportedMediaType], Message: "the part is not sent as bytes"}
		}
		u, err := s.uploads.put(actorOf(ctx).User, in.ID, in.N, in.RawBody)
		return in.show(ctx, u, err)
	})

	run := operation("run-import", http.MethodPost, "/api/v1/imports/{id}/run", "Imports", "Import a file",
		"Imports the complete file in the background; the answer comes at once, GET shows how far it is. A dry run says what would happen and writes nothing. A file can be run again, so first dry, then for good; repeating an import changes nothing.",
		http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusTooManyRequests)
	run.DefaultStatus = http.StatusAccepted
	huma.Register(s.openapi, s.secured(run), func(ctx context.Context, in *struct {
		ByImport
		Body struct {
			DryRun bool `json:"dryRun" doc:"Only say what would happen"`
		}
	}) (*Output[Import], error) {
		actor := actorOf(ctx)
		u, err := s.uploads.get(actor.User, in.ID)
		if err != nil {
			return nil, err
		}
		if err := s.permitImport(actor, u.kind); err != nil {
			return nil, err
		}
		u, err = s.uploads.run(actor, in.ID, in.Body.DryRun)
		return in.show(ctx, u, err)
	})

	get := operation("get-import", http.MethodGet, "/api/v1/imports/{id}", "Imports", "Show how far an import is",
		"The caller's own import with its progress and, once a run is over, its report line by line.", http.StatusNotFound)
	huma.Register(s.openapi, s.secured(get), func(ctx context.Context, in *ByImport) (*Output[Import], error) {
		u, err := s.uploads.get(actorOf(ctx).User, in.ID)
		return in.show(ctx, u, err)
	})

	drop := operation("remove-import", http.MethodDelete, "/api/v1/imports/{id}", "Imports", "Remove an imported file",
		"Stops a run under way and removes the file; what was imported stays.", http.StatusNotFound)
	drop.DefaultStatus = http.StatusNoContent
	huma.Register(s.openapi, s.secured(drop), func(ctx context.Context, in *ByImport) (*struct{}, error) {
		return nil, s.uploads.drop(actorOf(ctx).User, in.ID)
	})
}
