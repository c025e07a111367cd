package stats

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every estimator has a formula and a reference in its comment, an Example, and a test that throws
// anything at it. What is listed here estimates nothing or is arithmetic without a source.
func TestEstimatorsAreDocumented(t *testing.T) {
	const formula, reference, example, fuzz = 1, 2, 4, 8
	exempt := map[string]int{
		"Moments.Plus": formula | reference | example | fuzz, "Verdict.String": formula | reference | example | fuzz,
		"SampleDesign.Weights": formula | reference | example, "DesignEstimate.Design": formula, "Ratio.Estimate": formula | reference,
		"NewCrossProducts": formula | reference, "CrossProducts.Add": example, // ExampleNewCrossProducts adds
		"CrossProducts.Columns": formula | reference | example | fuzz, "CrossProducts.Cases": formula | reference | example,
		"NewStructure": formula | reference | example | fuzz, "Structure.Suppress": formula | reference | example | fuzz, // parts of SuppressTable
		"RoundHalfUp": reference, "MeetsTarget": reference, "FindImpossible": reference,
	}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	var sources []*ast.File
	var fuzzed strings.Builder
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(files, path, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, file)
		for _, declared := range file.Decls {
			if f, is := declared.(*ast.FuncDecl); is && strings.HasPrefix(f.Name.Name, "Fuzz") {
				fuzzed.Write(text[files.Position(f.Pos()).Offset:files.Position(f.End()).Offset])
			}
		}
	}
	about, err := doc.NewFromFiles(files, sources, "sipas/stats")
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, f *doc.Func) {
		for flag, has := range map[int]bool{
			formula:   strings.Contains(f.Doc, "\n\t"),
			reference: strings.Contains(f.Doc, "Reference"),
			example:   len(f.Examples) > 0,
			fuzz:      regexp.MustCompile(`\b` + f.Name + `\b`).MatchString(fuzzed.String()),
		} {
			if is := exempt[name]&flag > 0; has == is && f.Name != "Anomaly" {
				t.Errorf("%s: %s, exempt %v", name, map[int]string{formula: "formula", reference: "reference", example: "example", fuzz: "fuzz test"}[flag], is)
			}
		}
	}
	for _, f := range about.Funcs {
		check(f.Name, f)
	}
	for _, kind := range about.Types {
		for _, f := range append(kind.Funcs, kind.Methods...) {
			name := f.Name
			if f.Recv != "" {
				name = kind.Name + "." + name
			}
			check(name, f)
		}
	}
}
