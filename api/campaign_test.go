package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sipas/survey"
)

const sampledCampaign = `{"id":"dieu-tra-2027","name":{"vi":"Điều tra 2027"},"kind":"sampled","agency":"tinh","questionnaire":"full","from":"2027-10-01","to":"2027-12-15","unit":"agency",` +
	`"strata":[{"id":"dong","name":{"vi":"Đông"},"agencies":["phuong-dong"],"population":400,"clusters":3,"planned":20}]}`

func TestCampaignRecords(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	made := w.write("POST", "/api/v1/campaigns", sampledCampaign, "admin")
	if made.StatusCode != http.StatusCreated || made.Header.Get("Location") != "/api/v1/campaigns/dieu-tra-2027" {
		t.Fatalf("got %d: %s", made.StatusCode, made.body)
	}
	var c Campaign
	w.must(json.Unmarshal([]byte(w.get("/api/v1/campaigns/dieu-tra-2027", "Authorization", w.token("viewer")).body), &c))
	if c.Kind != survey.CampaignSampled || c.Unit != survey.UnitAgency || len(c.Strata) != 1 || c.Strata[0].Clusters != 3 || c.Open || c.Rev != 1 {
		t.Errorf("shown as %+v", c)
	}
	for query, want := range map[string]string{
		"":                 "dieu-tra-2027 quy-4-2026 dieu-tra-2026 dong-2026", // those that end last first
		"?kind=sampled":    "dieu-tra-2027 dieu-tra-2026 dong-2026",
		"?q=dieu+2026":     "dieu-tra-2026",
		"?q=quy-4":         "quy-4-2026",
		"?closed=true":     "",
		"?size=1&page=2":   "quy-4-2026",
		"?kind=continuous": "quy-4-2026",
	} {
		var list List[Campaign]
		w.must(json.Unmarshal([]byte(w.get("/api/v1/campaigns"+query, "Authorization", w.token("viewer")).body), &list))
		var ids []string
		for _, c := range list.Items {
			ids = append(ids, c.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestWhoIsInvitedToACampaign(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	invite := func(point survey.Point, campaign string) answer {
		return w.get("/api/v1/points/"+point.Code+"/invitation?campaign="+url.QueryEscape(campaign), "Authorization", w.token("admin"))
	}
	for _, c := range []struct {
		name     string
		point    survey.Point
		campaign string
		want     string
	}{
		{"no id", w.quick, "Quý IV", "format"},
		{"no such campaign", w.quick, "quy-1-2027", "unknown"},
		{"a point of no stratum", w.oneField, "dieu-tra-2026", "campaign.agency"},
		{"a campaign of the province", w.oneField, "quy-4-2026", ""},
		{"a point of a stratum", w.quick, "dieu-tra-2026", ""},
	} {
		a := invite(c.point, c.campaign)
		if c.want == "" && a.StatusCode != http.StatusOK || c.want != "" && a.reasons(t)["campaign"] != c.want {
			t.Errorf("%s: %d %s", c.name, a.StatusCode, a.body)
		}
	}

	invited := func(point survey.Point, campaign string) string {
		return "/s/" + point.Code + "?c=" + w.server.sealCampaign(point.Code, campaign)
	}
	t.Run("the campaign's form is asked", func(t *testing.T) {
		page, err := w.server.intake.OpenPage(w.get(invited(w.quick, "dieu-tra-2026")).pageToken(t))
		if err != nil || page.Questionnaire != "full" || page.Campaign != "dieu-tra-2026" {
			t.Errorf("%+v, %v", page, err)
		}
	})
	t.Run("an invitation of before there were records is good", func(t *testing.T) {
		page, err := w.server.intake.OpenPage(w.get(invited(w.quick, "he-2025")).pageToken(t))
		if err != nil || page.Questionnaire != "quick" || page.Campaign != "he-2025" {
			t.Errorf("%+v, %v", page, err)
		}
	})
	token := w.get(invited(w.quick, "quy-4-2026")).pageToken(t)
	w.advance(39 * 24 * time.Hour) // 1 January 2027
	t.Run("after the last day nobody rates in it", func(t *testing.T) {
		a := w.get(invited(w.quick, "quy-4-2026"), "Accept", "text/html")
		if a.StatusCode != http.StatusGone {
			t.Errorf("got %d", a.StatusCode)
		}
		contains(t, a.body, "Đợt khảo sát này hiện không nhận đánh giá", "/s/"+w.quick.Code+"?lang=vi")
		if a := w.postForm(invited(w.quick, "quy-4-2026"), ".page", token, "overall", "4"); a.StatusCode != http.StatusGone {
			t.Errorf("a page that expired goes on: %d", a.StatusCode)
		}
		if a := invite(w.quick, "quy-4-2026"); a.reasons(t)["campaign"] != "campaign.over" {
			t.Errorf("an invitation is made: %s", a.body)
		}
	})
	t.Run("before the first day neither", func(t *testing.T) {
		w.must(json.Unmarshal([]byte(w.write("POST", "/api/v1/campaigns", sampledCampaign, "admin").body), &Campaign{}))
		if a := invite(w.quick, "dieu-tra-2027"); a.StatusCode != http.StatusOK {
			t.Errorf("no invitation can be printed yet: %s", a.body)
		}
		if a := w.get(invited(w.quick, "dieu-tra-2027"), "Accept", "text/html"); a.StatusCode != http.StatusGone {
			t.Errorf("got %d", a.StatusCode)
		}
	})
}
