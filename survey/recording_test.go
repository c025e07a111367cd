package survey

import "testing"

func TestAudioType(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"MP3 with a tag", "ID3\x04\x00", "audio/mpeg"},
		{"MP3 without", "\xff\xfb\x90\x00", "audio/mpeg"},
		{"AAC stream", "\xff\xf1\x50\x80", ""},
		{"Ogg", "OggS\x00\x02", "audio/ogg"},
		{"M4A", "\x00\x00\x00\x20ftypM4A \x00", "audio/mp4"},
		{"WAV", "RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"},
		{"RIFF of something else", "RIFF\x24\x00\x00\x00AVI LIST", ""},
		{"a page", "<!doctype html>", ""},
		{"a picture", "\x89PNG\r\n\x1a\n", ""},
		{"nothing", "", ""},
		{"cut short", "RIFF", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := AudioType([]byte(c.file)); got != c.want || ok != (c.want != "") {
				t.Errorf("got %q, %v", got, ok)
			}
		})
	}
}
