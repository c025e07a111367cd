package survey_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sipas/survey"
)

// Every reason that the domain and its services write down is in the one list.
// What the stores, the ledger and the documents refuse at start-up is for
// operators, who read the message.
func TestReasonsAreListed(t *testing.T) {
	files := token.NewFileSet()
	constants := map[string]string{}
	used := map[string]string{} // literal → where
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() && slices.Contains([]string{"ledger", "sqlitestore", "mongostore", "storetest", "report"}, path) {
			return fs.SkipDir
		}
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if path == "reasons.go" && strings.HasPrefix(name.Name, "Reason") && i < len(n.Values) {
						if literal, ok := n.Values[i].(*ast.BasicLit); ok {
							constants[name.Name], _ = strconv.Unquote(literal.Value)
						}
					}
				}
			case *ast.CompositeLit:
				if !strings.Contains(typeName(n.Type), "Error") {
					return true // other types have reasons of their own
				}
				for _, element := range n.Elts {
					pair, ok := element.(*ast.KeyValueExpr)
					if !ok {
						continue
					}
					key, isName := pair.Key.(*ast.Ident)
					literal, isLiteral := pair.Value.(*ast.BasicLit)
					if isName && isLiteral && key.Name == "Reason" {
						text, _ := strconv.Unquote(literal.Value)
						used[text] = files.Position(pair.Pos()).String()
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range constants {
		if !slices.Contains(survey.Reasons, value) {
			t.Errorf("%s is not in survey.Reasons", name)
		}
	}
	for value, where := range used {
		if !slices.Contains(survey.Reasons, value) {
			t.Errorf("%s: the reason %q is not in survey.Reasons", where, value)
		}
	}
	if len(constants) != len(survey.Reasons) {
		t.Errorf("%d constants, %d reasons", len(constants), len(survey.Reasons))
	}
	spelling := regexp.MustCompile(`^[a-z][A-Za-z]*(\.[a-z][A-Za-z]*)?$`)
	seen := map[string]bool{}
	for _, reason := range survey.Reasons {
		if seen[reason] || !spelling.MatchString(reason) {
			t.Errorf("%q is repeated or misspelt", reason)
		}
		seen[reason] = true
	}
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
