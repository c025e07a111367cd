package intake

import (
	"context"
	"errors"
	"slices"
	"strings"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/receipts"
)

// receipt is what an item shows of a receipt's code.
type receipt struct {
	asked   bool               // there is a code to judge, or one is missing
	refused *survey.FieldError // what is wrong with it, whatever codes were made
	use     receipts.Use
	staff   bool // it is used with the response's id, which the ledger keeps
}

// Asks says whether a page of the point is asked for a receipt's code now: for no
// more than when it was made, so that what was filled in before the point asked for codes, and is sent
// later, is not lost.
func (p Page) Asks(point survey.Point) survey.ReceiptUse {
	now := point.Receipts()
	if then := slices.Index(survey.ReceiptUses, p.Receipt); then < slices.Index(survey.ReceiptUses, now) {
		return survey.ReceiptUses[max(then, 0)]
	}
	return now
}

// receipt reads the code of an item. Kiosks are exempt: they stand in the hall,
// among people.
func (c checker) receipt(typed string, r survey.Response, point survey.Point) receipt {
	asks, page := point.Receipts(), c.credential.Page
	if page != nil {
		asks = page.Asks(point)
	}
	typed = strings.TrimSpace(typed)
	if !c.receipts || c.credential.Kiosk != nil || asks == survey.ReceiptNone || typed == "" && asks == survey.ReceiptOptional {
		return receipt{}
	}
	refused := func(reason string, params map[string]any) receipt {
		return receipt{asked: true, refused: &survey.FieldError{Path: "receiptCode", Reason: reason, Params: params}}
	}
	if typed == "" {
		return refused(survey.ReasonReceiptRequired, nil)
	}
	code, err := survey.ParseReceiptCode(typed)
	if problem := (*survey.Error)(nil); errors.As(err, &problem) {
		return refused(problem.Reason, problem.Params)
	}
	use := receipts.Use{Point: point.Code, Code: code, Secret: r.ID, At: r.At}
	if page != nil {
		use.Secret = page.Secret
	}
	return receipt{asked: true, use: use, staff: page == nil}
}

// redeem uses up the codes of the drafts, or only judges them, and gives the drafts that
// are to be stored: of the others results say what is wrong. It comes before the ledger, so that no rating is ever
// stored without its code; who sends the rating again after a fault between the two has the code already.
// What the ledger holds under an id is left to it, good or not: its code was used before.
func (s *Service) redeem(ctx context.Context, checked []checkedItem, results []Result, drafts []ledger.Draft, places []int, dry bool) ([]ledger.Draft, []int, error) {
	var asked []ledger.Draft
	for j, i := range places {
		if checked[i].receipt.asked {
			asked = append(asked, drafts[j])
		}
	}
	if len(asked) == 0 {
		return drafts, places, nil
	}
	stored := map[string]bool{}
	if l, ok := s.ledger.(Looker); ok {
		have, err := l.Look(ctx, asked)
		if err != nil {
			return nil, nil, err
		}
		for k, a := range have {
			if a.Position.Stream != "" { // else a duplicate is one of these items
				stored[asked[k].ID] = true
			}
		}
	}
	judge := s.receipts.Take
	if dry {
		judge = s.receipts.Look
	}
	var good []ledger.Draft
	var at []int
	for j, i := range places {
		if r := checked[i].receipt; r.asked && !stored[drafts[j].ID] {
			if r.refused != nil {
				results[i].Outcome, results[i].Problem = survey.OutcomeInvalid, invalid([]survey.FieldError{*r.refused})
				continue
			}
			if err := judge(ctx, r.use); err != nil {
				results[i].Outcome, results[i].Problem = notRedeemed(err)
				continue
			}
		}
		good, at = append(good, drafts[j]), append(at, i)
	}
	return good, at, nil
}

func notRedeemed(err error) (survey.Outcome, *survey.Error) {
	var problem *survey.Error
	if errors.As(err, &problem) && problem.Code == survey.CodeInvalid {
		return survey.OutcomeInvalid, problem
	}
	return survey.OutcomeRetry, &survey.Error{Code: survey.CodeUnavailable, Message: "the receipt's code cannot be judged now", Err: err}
}

// settle forgets with what a stored rating of staff used its code: it is in the
// ledger, and with the codes at hand would tell which one that was.
func (s *Service) settle(ctx context.Context, r receipt, outcome survey.Outcome) {
	if !r.staff || outcome != survey.OutcomeStored && outcome != survey.OutcomeDuplicate {
		return
	}
	// The rating is stored whatever becomes of this; sent again, it is tried again, and in the end the code itself is forgotten.
	_ = s.receipts.Forget(context.WithoutCancel(ctx), r.use)
}
