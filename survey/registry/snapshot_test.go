package registry_test

import (
	"testing"

	"sipas/survey"
	"sipas/survey/registry"
)

func TestTree(t *testing.T) {
	r, _ := loaded(t)
	s := r.Snapshot()
	// Vietnamese order, numbers by value, children behind their parent.
	equal(t, "agencies", ids(s.Agencies()), []string{"tinh", "phuong-2", "phuong-10", "so-noi-vu", "so-y-te", "benh-vien", "xa-binh-minh", "tram-y-te", "xa-cu"})
	equal(t, "children", s.Children("tinh"), []string{"phuong-2", "phuong-10", "so-noi-vu", "so-y-te", "xa-binh-minh", "xa-cu"})
	equal(t, "subtree", s.Subtree("so-y-te"), []string{"so-y-te", "benh-vien"})
	equal(t, "subtree of a leaf", s.Subtree("xa-cu"), []string{"xa-cu"})
	equal(t, "subtree of nothing", s.Subtree("khong-co"), nil)
	if root, ok := s.Root(); !ok || root.ID != "tinh" {
		t.Errorf("the root is %q", root.ID)
	}
	for _, test := range []struct {
		id, ancestor string
		want         bool
	}{
		{"khong-co", "tinh", false}, {"tinh", "khong-co", false}, {"", "", false}, {"tinh", "so-y-te", false}, {"xa-binh-minh", "so-y-te", false},
		{"so-y-te", "so-y-te", true}, {"benh-vien", "so-y-te", true}, {"tram-y-te", "tinh", true},
	} {
		if got := s.Within(test.id, test.ancestor); got != test.want {
			t.Errorf("%q within %q: %v", test.id, test.ancestor, got)
		}
	}
	if s.Depth("tram-y-te") != 2 || s.Depth("tinh") != 0 {
		t.Errorf("depths %d, %d", s.Depth("tram-y-te"), s.Depth("tinh"))
	}
}

// A circle can only come from two nodes at the same moment; nothing may hang or vanish.
func TestACircleStaysVisible(t *testing.T) {
	_, store := loaded(t)
	for id, parent := range map[string]string{"so-y-te": "benh-vien"} {
		a, err := store.Agencies().Find(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		a.Parent, a.Rev = parent, a.Rev+1
		if err := store.Agencies().Update(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, store).Snapshot()
	if got := len(s.Agencies()); got != 9 {
		t.Errorf("%d agencies are visible", got)
	}
	if s.Within("benh-vien", "tinh") || !s.Within("tram-y-te", "tinh") {
		t.Error("what hangs in a circle is below no root")
	}
}

func TestRights(t *testing.T) {
	r, _ := loaded(t)
	s := r.Snapshot()
	grant := func(role survey.Role, agency string) survey.Actor {
		return survey.Actor{User: "x", Grants: []survey.Grant{{Role: role, Agency: agency}}}
	}
	for _, test := range []struct {
		name   string
		actor  survey.Actor
		right  survey.Right
		agency string
		want   bool
	}{
		{"nobody", nobody, survey.RightResults, "tinh", false},
		{"an unknown role", grant("king", ""), survey.RightResults, "tinh", false},
		{"a grant over an unknown agency", grant(survey.RoleViewer, "khong-co"), survey.RightResults, "tinh", false},
		{"a viewer writes", viewer, survey.RightPoints, "tinh", false},
		{"a manager above", manager, survey.RightResults, "tinh", false},
		{"a manager beside", manager, survey.RightResults, "phuong-2", false},
		{"a manager, whole province", manager, survey.RightResults, "", false},
		{"a manager, unknown agency", manager, survey.RightResults, "khong-co", false},
		{"a manager and users", manager, survey.RightUsers, "xa-binh-minh", false},
		{"a manager here", manager, survey.RightVolumes, "xa-binh-minh", true},
		{"a manager below", manager, survey.RightPoints, "tram-y-te", true},
		{"a viewer of the province", viewer, survey.RightResults, "", true},
		{"a viewer of the root agency", grant(survey.RoleViewer, "tinh"), survey.RightResults, "", true},
		{"an admin with an agency is over all", grant(survey.RoleAdmin, "phuong-2"), survey.RightUsers, "", true},
		{"the system", survey.System, survey.RightImport, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := s.Allows(test.actor, test.right, test.agency); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
	agencies, whole := s.Scope(manager, survey.RightResults)
	equal(t, "a manager's scope", agencies, []string{"xa-binh-minh", "tram-y-te"})
	if whole {
		t.Error("a manager's scope is not the whole province")
	}
	if agencies, whole = s.Scope(viewer, survey.RightResults); !whole || len(agencies) != 9 {
		t.Errorf("a viewer of the province: %v, %v", agencies, whole)
	}
	if agencies, whole = s.Scope(viewer, survey.RightPoints); whole || agencies != nil {
		t.Errorf("a right not held: %v, %v", agencies, whole)
	}
}

func TestVolumes(t *testing.T) {
	r, _ := loaded(t)
	for _, test := range []struct {
		agency, field string
		month         survey.Month
		files         int64
		known         bool
	}{
		{"xa-binh-minh", "", "2026-09", 200, true}, {"xa-binh-minh", "dat-dai", "2026-09", 80, true},
		{"xa-binh-minh", "thue", "2026-09", 0, false}, {"xa-binh-minh", "", "2026-08", 0, false}, {"tinh", "", "2026-09", 0, false},
	} {
		if n, ok := r.Snapshot().Volume(test.agency, test.field, test.month); n != test.files || ok != test.known {
			t.Errorf("%+v: got %d, %v", test, n, ok)
		}
	}
	sheet, _ := r.Snapshot().VolumeSheet("xa-binh-minh", "2026-09")
	sheet.Files = map[string]int64{"dat-dai": 90}
	if _, err := r.PutVolume(t.Context(), manager, sheet); err != nil {
		t.Fatal(err)
	}
	if n, ok := r.Snapshot().Volume("xa-binh-minh", "", "2026-09"); n != 90 || !ok {
		t.Errorf("after the correction: %d, %v", n, ok)
	}
}

func TestDefaults(t *testing.T) {
	fields, targets := registry.DefaultFields(), registry.DefaultTargets()
	if len(fields) != 22 || fields[0].ID != "dat-dai" || fields[0].Name[survey.English] != "Land" {
		t.Errorf("%d fields, the first %+v", len(fields), fields[0])
	}
	last := targets[len(targets)-1]
	if len(targets) != 9 || last.ID != "online-2030" || last.Comparator != survey.Above || last.BasisPoints != 9000 || last.Deadline != 2030 {
		t.Errorf("%d targets, the last %+v", len(targets), last)
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Đất đai": "dat dai", "  ĐẤT \t ĐAI ": "dat dai", "Bà Rịa – Vũng Tàu": "ba ria – vung tau", "Nghiêng ngả ưỡn ẹo": "nghieng nga uon eo",
		"Th\u0065\u0302\u0301 nào": "the nao", "Quầy 12": "quay 12",
	} {
		if got := registry.Fold(in); got != want {
			t.Errorf("%q folds to %q, want %q", in, got, want)
		}
	}
}

func TestQuestionnaires(t *testing.T) {
	r, _ := loaded(t)
	s := r.Snapshot()
	if s.Newest("quick") == nil || s.Questionnaire("quick", 1) == nil || s.Questionnaire("quick", 2) != nil || s.Newest("khong-co") != nil || len(s.Questionnaires()) < 3 {
		t.Error("the shipped forms are not all there")
	}
	if s.Synthetic() {
		t.Error("the store is a real one")
	}
}
