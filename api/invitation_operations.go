package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"sipas/survey"
	"sipas/survey/registry"
)

// An invitation is the address of a point's form for one campaign. It carries a check of our
// own: nobody without the key puts ratings into a campaign, or takes them out of the continuous ones.

// queryCampaign names the campaign in an address: its id, a dot and the check.
const queryCampaign = "c"

// campaignCheck is the length of the check.
const campaignCheck = 8

var checkAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// sealCampaign gives what an invitation to the point carries.
func (s *server) sealCampaign(point, campaign string) string {
	mac := hmac.New(sha256.New, s.inviteKey)
	mac.Write([]byte(point + "\n" + campaign))
	return campaign + "." + checkAlphabet.EncodeToString(mac.Sum(nil))[:campaignCheck]
}

// invitation gives the campaign that the address invites to, empty where it names
// none; ok is false for an invitation that is not ours for the point.
func (s *server) invitation(c *fiber.Ctx, point survey.Point) (campaign string, ok bool) {
	sealed := c.Query(queryCampaign)
	if sealed == "" {
		return "", true
	}
	campaign, _, _ = strings.Cut(sealed, ".")
	if !survey.IsCampaignID(campaign) || !hmac.Equal([]byte(sealed), []byte(s.sealCampaign(point.Code, campaign))) {
		return "", false
	}
	return campaign, true
}

// campaignOpen reports whether citizens may rate in a campaign today. One without a record may:
// its invitations were made when campaigns had none.
func (s *server) campaignOpen(snapshot *registry.Snapshot, id string) bool {
	c, known := snapshot.Campaign(id)
	return !known || c.OpenOn(survey.DateOf(s.now()))
}

// newestForm is the form that a point asks, in a campaign ("" for none) that of the campaign.
func newestForm(snapshot *registry.Snapshot, point survey.Point, campaign string) *survey.Questionnaire {
	if c, known := snapshot.Campaign(campaign); known {
		return snapshot.Newest(c.Questionnaire)
	}
	return snapshot.Newest(point.Questionnaire)
}

// sendCampaignClosed answers an invitation to a campaign that takes no ratings today.
func (s *server) sendCampaignClosed(c *fiber.Ctx, language survey.Language, code string) error {
	return s.sendMessage(c, http.StatusGone, language, "campaign", nil, plainForm(language, code))
}

// plainForm leads to the point's everyday form.
func plainForm(language survey.Language, code string) *messageBody {
	plain := withQuery("/s/"+code, url.Values{controlSwitch: {string(language)}})
	return &messageBody{Links: []pageLink{{plain, tell(language, "message.open", nil)}}}
}

// sendUninvited says that the invitation is not whole, and leads to the form itself.
func (s *server) sendUninvited(c *fiber.Ctx, language survey.Language, code string) error {
	return s.sendMessage(c, http.StatusNotFound, language, "invitation", nil, plainForm(language, code))
}

// Invitation is an address that leads to a point's form for one campaign.
type Invitation struct {
	Campaign string `json:"campaign"`
	URL      string `json:"url" doc:"To be sent; ratings given there are captured by link"`
	QRSVGURL string `json:"qrSvgUrl" doc:"The same as a QR code; ratings given there are captured by qr"`
	QRPNGURL string `json:"qrPngUrl"`
}

// refusesInvitation gives the reason why nobody can be invited to a campaign at a point, or "".
func (s *server) refusesInvitation(point survey.Point, id string) (reason string) {
	snapshot := s.registry.Snapshot()
	campaign, known := snapshot.Campaign(id)
	switch {
	case !survey.IsCampaignID(id):
		return survey.ReasonFormat
	case !known:
		return survey.ReasonUnknown
	case campaign.OverOn(survey.DateOf(s.now())):
		return survey.ReasonCampaignOver
	case !campaign.Covers(point.Agency, snapshot.Within):
		return survey.ReasonOutOfCampaign
	}
	return ""
}

func (s *server) registerInvitations() {
	get := operation("get-invitation", http.MethodGet, "/api/v1/points/{code}/invitation", "Catalogue", "Make an invitation",
		"Gives the address that leads to a point's form for a campaign, and its QR code. Ratings given there belong to the campaign and are never counted with the continuous ones. "+
			"The campaign must not be over, and be about the point's agency; before its first day the address is good for nothing yet. Right: points, over the agency.", http.StatusNotFound, http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(get), func(ctx context.Context, in *struct {
		Code     string          `path:"code" maxLength:"64"`
		Campaign string          `query:"campaign" maxLength:"200" doc:"Id of the campaign: lower-case letters without accents, digits and hyphens, at most 60" example:"quy-4-2026"`
		Language survey.Language `query:"lang" enum:"vi,en" doc:"The language the form opens in; default: the browser's"`
	}) (*Output[Invitation], error) {
		point, err := s.findPoint(in.Code)
		if err != nil {
			return nil, err
		}
		if err := s.registry.Permit(actorOf(ctx), survey.RightPoints, point.Agency); err != nil {
			return nil, err
		}
		if reason := s.refusesInvitation(point, in.Campaign); reason != "" {
			return nil, &survey.Error{Code: survey.CodeInvalid, Message: "nobody can be invited to this campaign at this point",
				Fields: []survey.FieldError{{Path: "campaign", Reason: reason}}}
		}
		query := url.Values{queryCampaign: {s.sealCampaign(point.Code, in.Campaign)}}
		if in.Language != "" {
			query.Set(controlSwitch, string(in.Language))
		}
		picture := func(kind string) string { return withQuery(s.publicURL+"/q/"+point.Public()+kind, query) }
		return &Output[Invitation]{Invitation{in.Campaign, withQuery(s.formURL(point.Public()), query), picture(".svg"), picture(".png")}}, nil
	})
}
