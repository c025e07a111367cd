package api

import (
	"io"
	"net/http/httptest"
	"testing"

	"github.com/gofiber/fiber/v2"
)

// The test connection of Fiber comes from 0.0.0.0.
func TestClientAddress(t *testing.T) {
	for name, test := range map[string]struct {
		trusted   []string
		forwarded string
		want      string
	}{
		"no proxy is trusted":                    {nil, "203.0.113.7", "0.0.0.0"},
		"another proxy is trusted":               {[]string{"10.0.0.0/8"}, "203.0.113.7", "0.0.0.0"},
		"one proxy":                              {[]string{"0.0.0.0"}, "203.0.113.7", "203.0.113.7"},
		"a client that invents an address":       {[]string{"0.0.0.0"}, "198.51.100.1, 203.0.113.7", "203.0.113.7"},
		"two proxies":                            {[]string{"0.0.0.0", "10.0.0.0/8"}, "198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"},
		"an untrusted hop ends the walk":         {[]string{"0.0.0.0"}, "203.0.113.7, 10.1.2.3", "10.1.2.3"},
		"what is no address ends the walk":       {[]string{"0.0.0.0"}, "203.0.113.7, unknown", "0.0.0.0"},
		"nothing forwarded":                      {[]string{"0.0.0.0"}, "", "0.0.0.0"},
		"a mapped address is the one it maps":    {[]string{"0.0.0.0"}, "::ffff:203.0.113.7", "203.0.113.7"},
		"everything forwarded is by the trusted": {[]string{"0.0.0.0", "10.0.0.0/8"}, "10.1.1.1, 10.1.2.3", "10.1.1.1"},
	} {
		t.Run(name, func(t *testing.T) {
			p := trusted(test.trusted)
			app := fiber.New()
			app.Get("/", func(c *fiber.Ctx) error { return c.SendString(p.client(c)) })
			req := httptest.NewRequest("GET", "/", nil)
			if test.forwarded != "" {
				req.Header.Set("X-Forwarded-For", test.forwarded)
			}
			answer, err := app.Test(req, -1)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
