package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/receipts"
	"sipas/survey/report"
)

// maxLabels is how many codes one file of labels may have: each has a QR code of its own, and some 50 kB
// are held while it is made.
const maxLabels = 500

// reasonReceiptsTooMany is that of a file of labels that is too large; params max.
const reasonReceiptsTooMany = "receipts.tooMany"

// ReceiptBatch is a number of receipt codes made at once.
type ReceiptBatch struct {
	ID        string         `json:"id"`
	Count     int            `json:"count" doc:"Codes made"`
	MadeOn    survey.Date    `json:"madeOn"`
	LastDay   survey.Date    `json:"lastDay" doc:"The last day on which they are good"`
	By        string         `json:"by" doc:"Who made them: a user's id"`
	Note      string         `json:"note"`
	State     receipts.State `json:"state" enum:"good,expired,revoked"`
	RevokedOn survey.Date    `json:"revokedOn" doc:"Empty: not revoked"`
	Used      *int           `json:"used" nullable:"true" doc:"Null for a batch of fewer than ten codes: it would tell whether a certain citizen has rated"`
	Unused    *int           `json:"unused" nullable:"true" doc:"Those of a batch that expired or was revoked can not be used any more"`
}

func showReceiptBatch(b receipts.Batch) ReceiptBatch {
	return ReceiptBatch{b.ID, b.Count, b.MadeOn, b.LastDay, b.By, b.Note, b.State, b.RevokedOn, b.Used, b.Unused}
}

// receiptOutput is the one time codes are shown.
type receiptOutput struct {
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	CacheControl string `header:"Cache-Control"`
	Batch        string `header:"Sipas-Receipt-Batch" doc:"Id of the batch"`
	Body         []byte
}

func (s *server) registerReceipts() {
	list := operation("list-receipt-batches", http.MethodGet, "/api/v1/points/{code}/receipts", "Catalogue", "List a point's receipt codes",
		"Batches of one-time codes, those of the newest day first, with the number of codes used. No code is shown. Right: points, over the agency.", http.StatusNotFound)
	huma.Register(s.openapi, s.secured(list), func(ctx context.Context, in *struct {
		Paging
		Code string `path:"code" maxLength:"64"`
	}) (*ListOutput[ReceiptBatch], error) {
		point, err := s.findPoint(in.Code)
		if err != nil {
			return nil, err
		}
		all, err := s.receipts.Batches(ctx, actorOf(ctx), point.Code)
		if err != nil {
			return nil, err
		}
		return page(in.Paging, all, showReceiptBatch), nil
	})

	order := operation("make-receipt-codes", http.MethodPost, "/api/v1/points/{code}/receipts", "Catalogue", "Make receipt codes",
		"Makes a batch of one-time codes for a point and gives them, this once, as CSV (code, link, last_day) or as a PDF of labels with QR codes. They are not kept: where the answer is lost, revoke the batch and make another. "+
			"Right: points, over the agency.", http.StatusNotFound, http.StatusUnprocessableEntity)
	order.DefaultStatus = http.StatusCreated
	order.Responses = map[string]*huma.Response{"201": {Description: "The codes", Content: map[string]*huma.MediaType{
		"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}, "application/pdf": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	huma.Register(s.openapi, s.secured(order), func(ctx context.Context, in *struct {
		Code string `path:"code" maxLength:"64"`
		Body struct {
			Count    int             `json:"count" doc:"1 to 10,000; of labels at most 500" example:"200"`
			Days     int             `json:"days" doc:"For how many days after today they are good: 1 to 365" example:"30"`
			Note     string          `json:"note,omitempty" maxLength:"1000" doc:"For whoever reads the list: one line of at most 200 characters"`
			Format   string          `json:"format,omitempty" enum:"csv,labels" default:"csv"`
			Language survey.Language `json:"language,omitempty" enum:"vi,en" default:"vi" doc:"The language that comes first on labels"`
		}
	}) (*receiptOutput, error) {
		point, err := s.findPoint(in.Code)
		if err != nil {
			return nil, err
		}
		if in.Body.Format == "labels" && in.Body.Count > maxLabels {
			return nil, &survey.Error{Code: survey.CodeInvalid, Message: "there are too many codes for one file of labels",
				Fields: []survey.FieldError{{Path: "count", Reason: reasonReceiptsTooMany, Params: map[string]any{"max": maxLabels}}}}
		}
		batch, codes, err := s.receipts.Make(ctx, actorOf(ctx), receipts.Order{Point: point.Code, Count: in.Body.Count, Days: in.Body.Days, Note: in.Body.Note})
		if err != nil {
			return nil, err
		}
		name := "receipts-" + survey.ShowPointCode(point.Public()) + "-" + string(batch.MadeOn)
		if in.Body.Format == "labels" {
			file, err := s.receiptLabels(ctx, point, batch, codes, in.Body.Language)
			if err != nil {
				return nil, err
			}
			return &receiptOutput{drawings["pdf"], `attachment; filename="` + name + `.pdf"`, "no-store", batch.ID, file}, nil
		}
		return &receiptOutput{"text/csv; charset=utf-8", `attachment; filename="` + name + `.csv"`, "no-store", batch.ID, s.receiptTable(point, batch, codes)}, nil
	})

	revoke := operation("revoke-receipt-batch", http.MethodPost, "/api/v1/receipts/{id}/revoke", "Catalogue", "Revoke receipt codes",
		"Makes the unused codes of a batch worthless, at once. Ratings already given stay. Right: points, over the agency.", http.StatusNotFound)
	huma.Register(s.openapi, s.secured(revoke), func(ctx context.Context, in *ByID) (*Output[ReceiptBatch], error) {
		batch, err := s.receipts.Revoke(ctx, actorOf(ctx), in.ID)
		if err != nil {
			return nil, err
		}
		return &Output[ReceiptBatch]{showReceiptBatch(batch)}, nil
	})
}

// receiptURL is the address of a point's form with a receipt's code filled in.
func (s *server) receiptURL(point survey.Point, code string) string {
	return withQuery(s.formURL(point.Public()), url.Values{queryReceipt: {code}})
}

// receiptTable writes the codes for whoever prints the receipts.
func (s *server) receiptTable(point survey.Point, batch receipts.Batch, codes []string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"code", "link", "last_day"}}
	for _, code := range codes {
		rows = append(rows, []string{survey.ShowReceiptCode(code), s.receiptURL(point, code), string(batch.LastDay)})
	}
	_ = w.WriteAll(rows) // a buffer takes everything
	return b.Bytes()
}

// receiptLabels draws the codes as labels. Where that fails the batch is revoked:
// nobody is given the codes, so none of them should be good.
func (s *server) receiptLabels(ctx context.Context, point survey.Point, batch receipts.Batch, codes []string, language survey.Language) ([]byte, error) {
	snapshot := s.registry.Snapshot()
	agency, _ := snapshot.Agency(point.Agency)
	labels := report.Labels{
		Document: report.Document{Title: say(language, "receipts.title", nil), Author: agency.Name.In(language), Language: language, Made: s.now()},
		Title:    say(language, "receipts.label", nil),
		Place:    agency.Name.In(language) + " – " + point.Name.In(language),
		Last:     say(language, "receipts.lastDay", map[string]any{"day": batch.LastDay}),
	}
	if snapshot.Synthetic() {
		labels.Synthetic = syntheticLine()
	}
	for _, code := range codes {
		labels.Codes = append(labels.Codes, report.Label{Code: survey.ShowReceiptCode(code), URL: s.receiptURL(point, code)})
	}
	var file bytes.Buffer
	if err := s.drawing(ctx, func() error { return labels.Write(ctx, &file) }); err != nil {
		_, _ = s.receipts.Revoke(context.WithoutCancel(ctx), actorOf(ctx), batch.ID)
		return nil, err
	}
	return file.Bytes(), nil
}
