package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
)

// Prompt is something a kiosk can be asked to say in one language.
type Prompt struct {
	Language     survey.Language `json:"language" example:"vi"`
	Prompt       string          `json:"prompt" doc:"invite, field, hours, closed, thanks, or a question as form.version.item" example:"quick.1.overall"`
	Form         survey.Text     `json:"form" doc:"Title of the form; empty: of every kiosk"`
	Text         string          `json:"text" doc:"What stands on the screen"`
	TextLanguage survey.Language `json:"textLanguage" doc:"vi where the language has no words for it"`
	Recording    *Recording      `json:"recording" doc:"null: none, the device's own voice reads it"`
	Rev          int64           `json:"rev" doc:"0: there never was a recording"`
}

// Recording is an audio file that was uploaded for a prompt.
type Recording struct {
	Type   string `json:"type" enum:"audio/mpeg,audio/ogg,audio/mp4,audio/wav"`
	Bytes  int    `json:"bytes"`
	Digest string `json:"digest" doc:"SHA-256 of the file, hexadecimal"`
}

// ByPrompt names a prompt in its address.
type ByPrompt struct {
	Language survey.Language `path:"language" maxLength:"8"`
	Prompt   string          `path:"prompt" maxLength:"200"`
	Rev      int64           `query:"rev" minimum:"0" doc:"The revision the change was made to; 0: there never was a recording"`
}

// ByDigest names a file by its content.
type ByDigest struct {
	Digest string `path:"digest" maxLength:"64"`
}

// soundOutput is an audio file.
type soundOutput struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func soundOperation(op huma.Operation) huma.Operation {
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	op.Responses = map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{
		"audio/mpeg": file, "audio/ogg": file, "audio/mp4": file, "audio/wav": file}}}
	return op
}

func (s *server) sound(digest string) (*soundOutput, error) {
	recording, ok := s.registry.Snapshot().RecordingOf(digest)
	if !ok {
		return nil, errNotFound
	}
	return &soundOutput{recording.Type, "private, no-store", recording.Audio}, nil
}

func (s *server) registerRecordings() {
	list := operation("list-recordings", http.MethodGet, "/api/v1/recordings", "Catalogue", "List what kiosks can say",
		"Every prompt in every language, with the recording where there is one: those of the screens, then the questions of the newest version of each form, and those of earlier versions that have a recording.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(_ context.Context, in *struct {
		Paging
		Language survey.Language `query:"language" maxLength:"8" doc:"One language only"`
	}) (*ListOutput[Prompt], error) {
		var all []Prompt
		for _, language := range spoken {
			if in.Language == "" || in.Language == language {
				all = append(all, s.promptsIn(language, "")...)
			}
		}
		return page(in.Paging, all, func(p Prompt) Prompt { return p }), nil
	})

	put := operation("put-recording", http.MethodPut, "/api/v1/recordings/{language}/{prompt}", "Catalogue", "Upload a recording",
		"An MP3, Ogg, M4A or WAV file of at most 500,000 bytes; what it is, its content says. It takes the place of the one before, provided that is still at the given revision. Kiosks play it within minutes, also without a connection.",
		http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
	put.MaxBodyBytes = 2 * survey.MaxRecording // what is a little too large is told how large it may be
	huma.Register(s.openapi, s.secured(put), func(ctx context.Context, in *struct {
		ByPrompt
		ContentType string `header:"Content-Type" hidden:"true"`
		RawBody     []byte `contentType:"application/octet-stream"`
	}) (*Output[Prompt], error) {
		if mediaType, _, _ := strings.Cut(in.ContentType, ";"); !strings.EqualFold(strings.TrimSpace(mediaType), "application/octet-stream") {
			return nil, &survey.Error{Code: survey.CodeInvalid, Reason: protocolReasons[http.StatusUnsupportedMediaType], Message: "the file is not sent as bytes"}
		}
		_, err := s.registry.PutRecording(ctx, actorOf(ctx), in.Language, in.Prompt, in.Rev, slices.Clone(in.RawBody))
		return s.promptNow(ctx, in.ByPrompt, err)
	})

	remove := operation("remove-recording", http.MethodDelete, "/api/v1/recordings/{language}/{prompt}", "Catalogue", "Delete a recording",
		"The device's own voice reads the prompt again.", http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(remove), func(ctx context.Context, in *ByPrompt) (*Output[Prompt], error) {
		_, err := s.registry.RemoveRecording(ctx, actorOf(ctx), in.Language, in.Prompt, in.Rev)
		return s.promptNow(ctx, *in, err)
	})

	listen := operation("get-recording", http.MethodGet, "/api/v1/recordings/{digest}", "Catalogue", "Fetch a recording",
		"The file as it was uploaded.", http.StatusNotFound)
	huma.Register(s.openapi, s.secured(soundOperation(listen)), func(_ context.Context, in *ByDigest) (*soundOutput, error) {
		return s.sound(in.Digest)
	})
}

// promptNow shows a prompt after a write, with a conflict as what is stored.
func (s *server) promptNow(ctx context.Context, in ByPrompt, err error) (*Output[Prompt], error) {
	find := func(string) (Prompt, bool) {
		all := s.promptsIn(in.Language, in.Prompt)
		i := slices.IndexFunc(all, func(p Prompt) bool { return p.Prompt == in.Prompt })
		if i < 0 {
			return Prompt{}, false
		}
		return all[i], true
	}
	if err != nil {
		return nil, withStored(ctx, s, err, in.Prompt, find)
	}
	return found(find(""))
}

// promptsOf gives the prompts of a kiosk that asks the form.
func promptsOf(q *survey.Questionnaire) []string {
	prompts := slices.Clone(survey.ScreenPrompts)
	if q == nil {
		return prompts
	}
	for i := range q.Items {
		if q.Items[i].OnKiosk() {
			prompts = append(prompts, survey.QuestionPrompt(q, q.Items[i].ID))
		}
	}
	return prompts
}

// screenSentences are what the prompts of the screens say.
var screenSentences = map[string]string{"invite": "invite", "field": "field.title", "hours": "hours.title", "closed": "closed.title", "thanks": "thanks.title"}

// promptsIn gives every prompt in a language that a kiosk comes to speak, those of earlier versions of a form that
// have a recording, which takes room and may be deleted, and one more in any case.
func (s *server) promptsIn(language survey.Language, always string) []Prompt {
	snapshot := s.registry.Snapshot()
	recorded := func(prompt string) bool {
		r, ok := snapshot.Recording(language, prompt)
		return ok && r.Type != ""
	}
	var all []Prompt
	add := func(prompt string, form survey.Text, text wording) {
		p := Prompt{Language: language, Prompt: prompt, Form: form, Text: text.text, TextLanguage: text.language}
		if r, ok := snapshot.Recording(language, prompt); ok {
			p.Rev = r.Rev
			if r.Type != "" {
				p.Recording = &Recording{r.Type, len(r.Audio), r.Digest}
			}
		}
		all = append(all, p)
	}
	for _, prompt := range survey.ScreenPrompts {
		add(prompt, survey.Text{}, sentenceOf(language, kioskPrefix+screenSentences[prompt]))
	}
	for _, q := range snapshot.Questionnaires() {
		newest := snapshot.Newest(q.ID) == q
		for i := range q.Items {
			it := &q.Items[i]
			prompt := survey.QuestionPrompt(q, it.ID)
			if it.OnKiosk() && (newest || prompt == always || recorded(prompt)) {
				add(prompt, q.Title, wordingOf(language, it.Text))
			}
		}
	}
	return all
}
