package importer_test

import (
	"strings"
	"testing"

	"sipas/survey"
	"sipas/survey/importer"
	"sipas/survey/receipts"
)

// Paper forms of a point that requires receipt codes bring them along; each is good once.
func TestResponsesBringTheirReceiptCodes(t *testing.T) {
	p := newProvince(t)
	point, _ := p.registry.Snapshot().Point(onePoint)
	point.ReceiptCode = survey.ReceiptRequired
	if _, err := p.registry.UpdatePoint(t.Context(), survey.System, point); err != nil {
		t.Fatal(err)
	}
	_, codes, err := p.receipts.Make(t.Context(), survey.System, receipts.Order{Point: onePoint, Count: 10, Days: 30})
	if err != nil {
		t.Fatal(err)
	}
	row := func(number, point, code string) string {
		return strings.Join([]string{number, point, "2026-11-23", "paper", "4", code}, ",")
	}
	lines := []string{"number,point,answered_at,capture,overall,receipt_code",
		row("1", onePoint, strings.ToLower(survey.ShowReceiptCode(codes[0]))), row("2", onePoint, codes[1]),
		row("3", onePoint, codes[0]), row("4", onePoint, ""), row("5", onePoint, "00000000000Q"), row("6", onePoint, "K7QX"),
		row("7", otherPoint, codes[0]), row("8", otherPoint, codes[0])}
	for i, want := range []string{"8 +4 ~0 =0 -4", "8 +0 ~0 =4 -4"} { // the second time it is the same file
		report := p.run(t, job(importer.KindResponses, lines...))
		if got := said(report); !strings.HasPrefix(got, want) {
			t.Errorf("time %d: %s, want %s", i+1, got, want)
		}
		var got []string
		for _, problem := range report.Problems {
			got = append(got, problem.Column+": "+problem.Reason)
		}
		if all := strings.Join(got, "; "); all != "receipt_code: import.repeatedRow; receipt_code: receiptCode.required; receipt_code: receiptCode.unknown; receipt_code: receiptCode.format" {
			t.Errorf("time %d: %s", i+1, all)
		}
	}
	batches, err := p.receipts.Batches(t.Context(), survey.System, onePoint)
	if err != nil || *batches[0].Used != 2 {
		t.Errorf("%+v, %v", batches, err)
	}
}
