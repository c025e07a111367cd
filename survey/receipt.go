package survey

import "io"

// ReceiptUse says whether a point asks for the one-time code of a receipt (mã trên
// giấy biên nhận), so that a file is rated once.
type ReceiptUse string

// The ways a point can ask for receipt codes.
const (
	ReceiptNone     ReceiptUse = "none"
	ReceiptOptional ReceiptUse = "optional" // a rating may come without one
	ReceiptRequired ReceiptUse = "required" // of pages and staff; kiosks stand in the hall and are exempt
)

// ReceiptUses lists the ways in their fixed order.
var ReceiptUses = []ReceiptUse{ReceiptNone, ReceiptOptional, ReceiptRequired}

// ReceiptBatch (lô mã) is a number of receipt codes that were made for one point
// at once. Its codes are good through the day LastDay.
type ReceiptBatch struct {
	ID        string `json:"id"` // random
	Point     string `json:"point"`
	Count     int    `json:"count"` // codes made
	MadeOn    Date   `json:"madeOn"`
	LastDay   Date   `json:"lastDay"`
	By        string `json:"by"` // user id
	Note      string `json:"note,omitempty"`
	RevokedOn Date   `json:"revokedOn,omitempty"` // from then on none of its codes is good; empty: not revoked
	// Used is how many codes had been used when they were forgotten; nil as long as they are kept.
	Used *int `json:"used,omitempty"`
	Versioned
}

// Key gives the batch's id.
func (b ReceiptBatch) Key() string { return b.ID }

// ExpiredOn reports whether the codes are past their last day.
func (b ReceiptBatch) ExpiredOn(d Date) bool { return d > b.LastDay }

// ReceiptCode is one code of a batch: a keyed hash of it and whether it was used,
// never the code, and nothing about the rating it was used for.
type ReceiptCode struct {
	ID    string `json:"id"`
	Batch string `json:"batch"`
	Used  bool   `json:"used"`
	// Holder lets the page that used the code send its rating again. It is a keyed
	// hash with a secret of that page, which is kept nowhere else.
	Holder []byte `json:"holder,omitempty"`
	Versioned
}

// Key gives the keyed hash.
func (c ReceiptCode) Key() string { return c.ID }

// ReceiptCodeLength is the number of characters of a receipt code, check character included.
const ReceiptCodeLength = 12

// NewReceiptCode draws a receipt code: eleven characters of Crockford's base32 from random
// (55 bits) and the check character that point codes have.
func NewReceiptCode(random io.Reader) (string, error) {
	body, err := drawCrockford(random, ReceiptCodeLength-1)
	if err != nil {
		return "", err
	}
	return body + string(checkCharacter(body)), nil
}

// ParseReceiptCode normalises what a person typed or a URL carried, as
// ParsePointCode does. The error is CodeInvalid with reason receiptCode.format or receiptCode.check.
func ParseReceiptCode(s string) (string, error) {
	code, ok := readCrockford(s, ReceiptCodeLength)
	if !ok {
		return "", &Error{Code: CodeInvalid, Reason: ReasonReceiptFormat, Params: map[string]any{"n": ReceiptCodeLength}, Message: "a receipt code has 12 letters and digits"}
	}
	if checkCharacter(code[:ReceiptCodeLength-1]) != code[ReceiptCodeLength-1] {
		return "", &Error{Code: CodeInvalid, Reason: ReasonReceiptCheck, Message: "the receipt code has a typing error"}
	}
	return code, nil
}

// ShowReceiptCode writes a code as people read it: K7QX-2M9A-4TB3.
func ShowReceiptCode(code string) string {
	if len(code) != ReceiptCodeLength {
		return code
	}
	return code[:4] + "-" + code[4:8] + "-" + code[8:]
}
