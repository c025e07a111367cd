package results

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"sipas/survey"
)

// TestWaysAreCalledTheSameEverywhere holds the words for ways of rating and of serving to those of the pages.
func TestWaysAreCalledTheSameEverywhere(t *testing.T) {
	for _, l := range survey.Languages {
		page, err := os.ReadFile("../../frontend/lib/messages/" + string(l) + ".ts")
		if err != nil {
			t.Fatal(err)
		}
		shown := map[string]string{}
		for _, found := range regexp.MustCompile(`'((?:capture|delivery)\.\w+)': '(.+)',`).FindAllStringSubmatch(string(page), -1) {
			shown[found[1]] = found[2]
		}
		check := func(kind, id string, w way, label survey.Text) {
			if label[l] != shown[kind+"."+id] {
				t.Errorf("%s %s is %q here and %q on the pages", kind, id, label[l], shown[kind+"."+id])
			}
			if !strings.Contains(w.of[l], w.name[l]) {
				t.Errorf("%s %s is %q and then %q", kind, id, w.name[l], w.of[l])
			}
		}
		for _, id := range survey.Captures {
			check("capture", string(id), captureWays[id], labels(captureWays)[id])
		}
		for _, id := range survey.Deliveries {
			check("delivery", string(id), deliveryWays[id], labels(deliveryWays)[id])
		}
	}
}
