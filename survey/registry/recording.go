package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"sipas/survey"
)

// PutRecording keeps an audio file as the spoken form of a prompt; rev is the
// revision it replaces, 0 where there never was one. Right: catalogue, over the whole province. Reasons: unknown (language
// or prompt), audio.format, audio.tooLarge, audio.full.
func (r *Registry) PutRecording(ctx context.Context, actor survey.Actor, language survey.Language, prompt string, rev int64, file []byte) (survey.Recording, error) {
	kind, playable := survey.AudioType(file)
	sum := sha256.Sum256(file)
	doc := survey.Recording{ID: survey.RecordingKey(language, prompt), Language: language, Prompt: prompt, Type: kind, Digest: hex.EncodeToString(sum[:]),
		Audio: file, Versioned: survey.Versioned{Rev: rev}}
	act := recordingAct(actor)
	check := func(survey.Recording) (p problems) {
		s := r.Snapshot()
		if !slices.Contains(s.languages, language) {
			p.add("language", survey.ReasonUnknown)
		}
		if !s.hasPrompt(prompt) {
			p.add("prompt", survey.ReasonUnknown)
		}
		switch {
		case len(file) > survey.MaxRecording:
			p.with("audio", survey.ReasonAudioTooLarge, map[string]any{"max": survey.MaxRecording / 1000})
		case !playable:
			p.add("audio", survey.ReasonAudioFormat)
		case s.recordedBytes(doc.ID)+len(file) > survey.MaxRecordings:
			p.with("audio", survey.ReasonAudioFull, map[string]any{"max": survey.MaxRecordings >> 20})
		}
		return p
	}
	if rev == 0 {
		return create(ctx, r, act, r.store.Recordings(), doc, check)
	}
	return update(ctx, r, act, r.store.Recordings(), doc, func(stored survey.Recording) (problems, bool) { return check(stored), false })
}

// RemoveRecording takes a recording away. What is left is that there was one. Right: catalogue, over the whole province.
func (r *Registry) RemoveRecording(ctx context.Context, actor survey.Actor, language survey.Language, prompt string, rev int64) (survey.Recording, error) {
	doc := survey.Recording{ID: survey.RecordingKey(language, prompt), Language: language, Prompt: prompt, Versioned: survey.Versioned{Rev: rev}}
	return update(ctx, r, recordingAct(actor), r.store.Recordings(), doc, func(stored survey.Recording) (problems, bool) { return nil, true })
}

func recordingAct(actor survey.Actor) Act {
	return Act{Actor: actor, Right: survey.RightCatalogue, Collection: CollectionRecordings}
}

// Recording finds what is kept for a prompt in a language: without a type where it was taken away.
func (s *Snapshot) Recording(language survey.Language, prompt string) (survey.Recording, bool) {
	return s.recordings.find(survey.RecordingKey(language, prompt))
}

// RecordingOf finds a recording by its digest.
func (s *Snapshot) RecordingOf(digest string) (survey.Recording, bool) {
	for _, recording := range s.recordings.list {
		if recording.Digest == digest && recording.Type != "" {
			return recording, true
		}
	}
	return survey.Recording{}, false
}

// hasPrompt reports whether a kiosk can ever come to speak the prompt.
func (s *Snapshot) hasPrompt(prompt string) bool {
	return slices.Contains(survey.ScreenPrompts, prompt) || slices.ContainsFunc(s.forms, func(q *survey.Questionnaire) bool {
		return slices.ContainsFunc(q.Items, func(it survey.Item) bool { return it.OnKiosk() && survey.QuestionPrompt(q, it.ID) == prompt })
	})
}

// recordedBytes is the size of all recordings but one.
func (s *Snapshot) recordedBytes(but string) (n int) {
	for _, recording := range s.recordings.list {
		if recording.ID != but {
			n += len(recording.Audio)
		}
	}
	return n
}
