package results

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sipas/survey"
)

var update = flag.Bool("update", false, "write the golden files anew")

const methodsPage = "../../deploy/methods.md"

// TestMethodsPage keeps the page in deploy the same as what the API says.
func TestMethodsPage(t *testing.T) {
	want := writeMethods(catalogue)
	if *update {
		if err := os.WriteFile(methodsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(methodsPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("deploy/methods.md is not what the program says of its methods; make golden writes it")
	}
}

func TestMethodsAreExplained(t *testing.T) {
	ids := map[string]bool{}
	for _, m := range catalogue {
		t.Run(m.ID, func(t *testing.T) {
			if ids[m.ID] {
				t.Error("two methods of this name")
			}
			ids[m.ID] = true
			for what, text := range map[string]survey.Text{"name": m.Name, "purpose": m.Purpose, "recompute": m.Recompute} {
				for _, l := range survey.Languages {
					if text[l] == "" {
						t.Errorf("no %s in %s", what, l)
					}
				}
			}
			if len(m.Formula) == 0 || len(m.References) == 0 || slices.Contains(m.References, "") {
				t.Error("no formula or no reference")
			}
		})
	}
}

// explained checks that an answer names only methods of the catalogue, and only their parameters.
func explained(t testing.TB, uses []MethodUse) {
	t.Helper()
	if len(uses) == 0 {
		t.Error("an answer names no method")
	}
	for _, use := range uses {
		at := slices.IndexFunc(catalogue, func(m *Method) bool { return m.ID == use.ID })
		if at < 0 {
			t.Errorf("the method %q is not explained", use.ID)
			continue
		}
		for parameter := range use.Parameters {
			if !slices.ContainsFunc(catalogue[at].Parameters, func(p Parameter) bool { return p.ID == parameter }) {
				t.Errorf("the parameter %s of %s is not explained", parameter, use.ID)
			}
		}
	}
}

// writeMethods gives the page of methods.
func writeMethods(methods []*Method) string {
	var b strings.Builder
	b.WriteString("# Methods / Phương pháp\n\n" +
		"Every figure that sipas shows was made by one of these. Each answer of `/api/v1/results` names its methods with their parameters, and " +
		"`GET /api/v1/results/methods` gives this page as data. What a figure was made of is in `sipas export responses`, so that anybody may compute it again.\n\n" +
		"In the formulas k of n answers are satisfied, p = k/n, q = 1 − p; z and t are quantiles of the normal and of Student's distribution, B⁻¹ those of the beta distribution.\n\n" +
		"This page is written by `make golden` from the program itself.\n")
	for _, m := range methods {
		fmt.Fprintf(&b, "\n## %s / %s\n\n`%s`\n\n%s\n%s\n\n", m.Name[survey.Vietnamese], m.Name[survey.English], m.ID, m.Purpose[survey.Vietnamese], m.Purpose[survey.English])
		for _, line := range m.Formula {
			fmt.Fprintf(&b, "    %s\n", line)
		}
		b.WriteString("\n")
		for _, p := range m.Parameters {
			fmt.Fprintf(&b, "- `%s`: %s / %s\n", p.ID, p.Meaning[survey.Vietnamese], p.Meaning[survey.English])
		}
		for _, name := range m.Intervals {
			fmt.Fprintf(&b, "- Of its intervals and bounds: `\"method\": %q`\n", name)
		}
		fmt.Fprintf(&b, "- Tính lại: %s\n- To recompute: %s\n", m.Recompute[survey.Vietnamese], m.Recompute[survey.English])
		for _, reference := range m.References {
			fmt.Fprintf(&b, "- %s\n", reference)
		}
		if m.Software != "" {
			fmt.Fprintf(&b, "- The same elsewhere: `%s`\n", m.Software)
		}
	}
	return b.String()
}
