package survey

import (
	"bytes"
	"strconv"
)

// Recording is a prompt of the kiosk as the province had it spoken in one
// language. A kiosk prefers it to the voice of its device. Where it was taken away, Type and Audio are empty.
type Recording struct {
	ID       string   `json:"id"` // see RecordingKey
	Language Language `json:"language"`
	Prompt   string   `json:"prompt"`
	Type     string   `json:"type"`   // one of AudioType's
	Digest   string   `json:"digest"` // SHA-256 of Audio, hexadecimal
	Audio    []byte   `json:"audio"`
	Versioned
}

// Key gives "language/prompt".
func (r Recording) Key() string { return r.ID }

// RecordingKey builds the key of a recording.
func RecordingKey(language Language, prompt string) string { return string(language) + "/" + prompt }

// The bounds of recordings, in bytes: of one, and of all that a province keeps,
// which every node holds in memory.
const (
	MaxRecording  = 500_000
	MaxRecordings = 32 << 20
)

// ScreenPrompts are the prompts of the kiosk's screens that belong to no form.
var ScreenPrompts = []string{"invite", "field", "hours", "closed", "thanks"}

// QuestionPrompt is the prompt of a form's question: "quick.1.overall".
func QuestionPrompt(q *Questionnaire, item string) string {
	return q.ID + "." + strconv.Itoa(q.Version) + "." + item
}

// OnKiosk reports whether a kiosk asks the item: a finger can answer it.
func (it *Item) OnKiosk() bool {
	switch it.Type {
	case ItemRating, ItemSingle, ItemMultiple, ItemYesNo:
		return true
	}
	return false
}

// AudioType gives the media type of an audio file by its first bytes, and whether
// it is one of those that browsers play: MP3, Ogg, M4A and WAV.
func AudioType(file []byte) (string, bool) {
	at := func(offset int, text string) bool {
		return len(file) >= offset && bytes.HasPrefix(file[offset:], []byte(text))
	}
	switch {
	case at(0, "OggS"):
		return "audio/ogg", true
	case at(0, "RIFF") && at(8, "WAVE"):
		return "audio/wav", true
	case at(4, "ftypM4A") || at(4, "ftypmp4") || at(4, "ftypisom"):
		return "audio/mp4", true
	case at(0, "ID3"), len(file) > 2 && file[0] == 0xFF && file[1]&0xE6 == 0xE2: // a frame of layer III
		return "audio/mpeg", true
	}
	return "", false
}
