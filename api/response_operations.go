package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/intake"
)

// ResponseItem describes one item of a batch. Items are read one by one and
// strictly; a bad one never refuses the others.
type ResponseItem struct {
	ID            string         `json:"id" format:"uuid" doc:"Made before sending; sending the same item again is safe. With a page token: the id of that page."`
	Point         string         `json:"point" doc:"Code of the point. With a device token: one the kiosk stands at or ever stood at" example:"K7QX2M9A4T"`
	Questionnaire string         `json:"questionnaire" example:"quick"`
	Version       int            `json:"version" minimum:"1" example:"1"`
	Language      string         `json:"language" example:"vi" doc:"Of the screen: one of /api/v1/languages"`
	Capture       string         `json:"capture" enum:"kiosk,qr,link,paper,import" doc:"How the rating was taken. Page token: qr or link; device token: kiosk; import right: import or paper"`
	Field         *string        `json:"field,omitempty" doc:"One of the point's fields where it has several; null: not known"`
	Procedure     *string        `json:"procedure,omitempty"`
	Campaign      *string        `json:"campaign,omitempty"`
	StartedAt     *time.Time     `json:"startedAt,omitempty"`
	AnsweredAt    *time.Time     `json:"answeredAt,omitempty" doc:"Device clock plus clockOffset; never counted as later than the receipt. Missing: the time of receipt"`
	ClockOffset   *int64         `json:"clockOffset,omitempty" doc:"Measured offset of the device's clock, in milliseconds"`
	Partial       bool           `json:"partial,omitempty" doc:"Required questions may be missing"`
	ReceiptCode   *string        `json:"receiptCode,omitempty" maxLength:"40" example:"K7QX-2M9A-4TB3" doc:"One-time code of the citizen's receipt, in any way of typing it; refused where it was used. Judged where the point asks for codes, not from kiosks; never stored with the rating"`
	Answers       map[string]any `json:"answers" doc:"By item id: 1–5, \"na\", an option id, a list of option ids, a text of at most 2,000 characters, a number or a boolean. A missing key is not answered; null is refused." example:"{\"overall\":4,\"reasons_happy\":[\"fast\"]}"`
}

// ResponseBatch describes the body of POST /api/v1/responses.
type ResponseBatch struct {
	Responses []ResponseItem `json:"responses" minItems:"1" maxItems:"500" nullable:"false" doc:"One with a page token"`
}

// ResponseResults says what became of each item, in the order sent.
type ResponseResults struct {
	Results    []ResponseResult `json:"results" nullable:"false"`
	ServerTime time.Time        `json:"serverTime"`
}

// ResponseResult is what became of one item.
type ResponseResult struct {
	ID      string         `json:"id" doc:"As sent; empty where it could not be read"`
	Outcome survey.Outcome `json:"outcome" enum:"stored,duplicate,conflict,invalid,closed,retry"`
	Problem *Problem       `json:"problem" doc:"Why it was not stored; null for stored and duplicate"`
}

type responsesInput struct {
	Authorization string `header:"Authorization" hidden:"true"`
	Language      string `header:"Accept-Language" hidden:"true"`
	ContentType   string `header:"Content-Type" hidden:"true"`
	Device        string `header:"Sipas-Device" hidden:"true"`
	RawBody       []byte `contentType:"application/json"`
}

func (s *server) registerResponses() {
	op := operation("send-responses", http.MethodPost, "/api/v1/responses", "Responses", "Send ratings",
		"Answers 200 whenever the batch was read, with an outcome for each item once the stored ones are durable. 401, 403, 413, 415, 429 and 503 concern the whole request: nothing of it is known to be stored, and sending it again later is safe. "+
			"A body has at most 4 MiB and must not be compressed.",
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
		http.StatusUnprocessableEntity, http.StatusTooManyRequests)
	op.Security = []map[string][]string{{schemePage: {}}, {schemeKiosk: {}}, {schemeBearer: {}}}
	op.SkipValidateBody = true
	op.MaxBodyBytes = maxBody + 1 // huma refuses a body of exactly this size
	huma.Register(s.openapi, op, func(ctx context.Context, in *responsesInput) (*Output[ResponseResults], error) {
		credential, err := s.credential(ctx, in.Authorization, in.Device)
		if err != nil {
			return nil, err
		}
		if mediaType, _, _ := strings.Cut(in.ContentType, ";"); !strings.EqualFold(strings.TrimSpace(mediaType), "application/json") {
			return nil, &survey.Error{Code: survey.CodeInvalid, Reason: protocolReasons[http.StatusUnsupportedMediaType], Message: "the batch is not sent as JSON"}
		}
		items, err := readBatch(in.RawBody)
		if err != nil {
			return nil, err
		}
		if credential.Page != nil {
			if wait := s.limits.codes(*credential.Page, receiptCodeOf(items)); wait > 0 {
				return nil, &survey.Error{Code: survey.CodeThrottled, Reason: survey.ReasonReceiptTooOften, Params: map[string]any{"seconds": wait},
					Message: "too many receipt codes that are not good"}
			}
		}
		outcomes, err := s.intake.SubmitJSON(ctx, credential, items)
		if err != nil {
			return nil, err
		}
		if credential.Page != nil {
			s.countCode(*credential.Page, outcomes[0])
		}
		return &Output[ResponseResults]{s.showResults(outcomes, chooseLanguage(in.Language), idOf(ctx))}, nil
	})
	// huma describes a raw body as bytes; what they have to be is said here.
	description := s.openapi.OpenAPI()
	media := description.Paths[op.Path].Post.RequestBody.Content["application/json"]
	media.Schema = description.Components.Schemas.Schema(reflect.TypeFor[ResponseBatch](), true, "ResponseBatch")
	media.Example = map[string]any{"responses": []any{map[string]any{"id": "3f0d9c1e-6f0a-4a53-9d7e-0d6f5b8a2c11", "point": "K7QX2M9A4T",
		"questionnaire": "quick", "version": 1, "language": "vi", "capture": "qr", "field": "dat-dai",
		"answers": map[string]any{"overall": 2, "reasons_unhappy": []string{"late"}, "comment": "Chờ lâu"}}}}
}

// credential reads what lets responses in; device names the browser of a page.
func (s *server) credential(ctx context.Context, authorization, device string) (intake.Credential, error) {
	if token, ok := bearer(authorization, "Page"); ok {
		page, err := s.intake.OpenPage(token)
		if err != nil {
			return intake.Credential{}, err
		}
		if wait := s.limits.admit(page, device); wait > 0 {
			return intake.Credential{}, &survey.Error{Code: survey.CodeThrottled, Reason: survey.ReasonTooOften, Params: map[string]any{"seconds": wait},
				Message: "too many ratings at once"}
		}
		return intake.Credential{Page: &page}, nil
	}
	if token, ok := bearer(authorization, "Kiosk"); ok {
		kiosk, err := s.identity.Device(ctx, token)
		if err != nil {
			return intake.Credential{}, err
		}
		return intake.Credential{Kiosk: &kiosk}, nil
	}
	if token, ok := bearer(authorization, "Bearer"); ok {
		actor, err := s.actor(ctx, token, s.identity.Actor)
		if err != nil {
			return intake.Credential{}, err
		}
		return intake.Credential{Actor: &actor}, nil
	}
	return intake.Credential{}, errSignIn
}

// readBatch takes the batch apart without looking into its items.
func readBatch(body []byte) ([]json.RawMessage, error) {
	malformed := &survey.Error{Code: survey.CodeInvalid, Reason: survey.ReasonJSON, Message: "the batch is not readable as JSON"}
	var batch struct {
		Responses []json.RawMessage `json:"responses"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&batch); err != nil {
		return nil, malformed
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, malformed
	}
	return batch.Responses, nil
}

// receiptCodeOf gives the receipt code of a page's item; empty where there is none to read.
func receiptCodeOf(items []json.RawMessage) string {
	var item struct {
		ReceiptCode string `json:"receiptCode"`
	}
	if len(items) != 1 || json.Unmarshal(items[0], &item) != nil {
		return ""
	}
	return item.ReceiptCode
}

func (s *server) showResults(outcomes []intake.Result, language survey.Language, id string) ResponseResults {
	shown := ResponseResults{Results: []ResponseResult{}, ServerTime: s.now().UTC().Truncate(time.Millisecond)}
	for _, o := range outcomes {
		s.metrics.outcome(o.Outcome)
		result := ResponseResult{ID: o.ID, Outcome: o.Outcome}
		if o.Problem != nil {
			result.Problem = newProblem(o.Problem, 0, language, id)
		}
		shown.Results = append(shown.Results, result)
	}
	return shown
}
