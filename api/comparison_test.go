package api

import (
	"net/http"
	"testing"
)

func TestComparisonParameters(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	for _, c := range []struct {
		target string
		status int
		says   string
	}{
		{"comparison?period=2026-Q3", 200, `"name":"2025-Q3"`},
		{"comparison?againstPeriod=soon", 422, `"path":"againstPeriod"`},
		{"comparison?againstAgency=A", 422, `"path":"againstAgency"`},
		{"comparison?againstField=A", 422, `"path":"againstField"`},
		{"comparison?againstCapture=fax", 422, `"path":"againstCapture"`},
		{"comparison?againstDelivery=drone", 422, `"path":"againstDelivery"`},
		{"comparison?period=2026-Q3&againstPeriod=2026-Q3", 422, "results.sameFigure"},
		{"comparison?by=agency&adjust=none", 422, `"path":"adjust"`},
		{"comparison?by=agency&level=sky&kind=x", 422, `"path":"kind"`},
		{"comparison?againstAgency=nowhere", 404, "not_found"},
		{"ranking?by=field", 200, `"by":"field"`},
		{"ranking?kind=commune&level=commune", 200, `"kind":"commune"`},
		{"ranking?by=point", 422, `"path":"by"`},
		{"ranking?measure=joy", 422, `"path":"measure"`},
		{"funnel?around=mean", 200, `"around":"mean"`},
		{"funnel?around=median&level=sky", 422, `"path":"around"`},
		{"funnel?by=field&around=target", 422, "results.severalTargets"},
	} {
		t.Run(c.target, func(t *testing.T) {
			a := w.do(http.MethodGet, "/api/v1/results/"+c.target, "", "Authorization", w.token("admin"))
			if a.StatusCode != c.status {
				t.Errorf("got %d, want %d: %.300s", a.StatusCode, c.status, a.body)
			}
			contains(t, a.body, c.says)
		})
	}
}
