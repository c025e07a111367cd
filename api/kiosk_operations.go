package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sipas/survey"
	"sipas/survey/identity"
	"sipas/survey/registry"
	"sipas/survey/report"
)

// Kiosk is a tablet standing at a point.
type Kiosk struct {
	ID         string               `json:"id" example:"7W3KD0QF"`
	Name       string               `json:"name" doc:"As staff call it" example:"Máy tính bảng quầy 3"`
	Point      string               `json:"point" doc:"Code of the point it stands at" example:"K7QX2M9A4T"`
	PointShown string               `json:"pointShown" doc:"The code as people read it" example:"K7QX2-M9A4T"`
	PointName  survey.Text          `json:"pointName"`
	Agency     string               `json:"agency" doc:"Of the point"`
	AgencyName survey.Text          `json:"agencyName"`
	Points     []string             `json:"points" nullable:"false" doc:"Codes of every point it ever stood at, oldest first: ratings that wait on it may name them"`
	Closed     bool                 `json:"closed" doc:"Out of service"`
	Settings   survey.KioskSettings `json:"settings"`
	State      string               `json:"state" enum:"none,waiting,enrolled,revoked,closed" doc:"none: never enrolled; waiting: a code was issued and not used yet; enrolled: a device may send; revoked: it may no longer"`
	Device     *KioskDevice         `json:"device" doc:"The enrolled device; null: none"`
	HasPIN     bool                 `json:"hasPin" doc:"A PIN opens the staff screen of its device"`
	Rev        int64                `json:"rev"`
}

// KioskDevice is the tablet that was given a kiosk's token.
type KioskDevice struct {
	EnrolledAt time.Time `json:"enrolledAt"`
	SeenAt     time.Time `json:"seenAt" doc:"When it last sent, asked or said something"`

	Heartbeat *KioskHeartbeat `json:"heartbeat" doc:"What it last said of itself; null: nothing yet"`
}

// KioskHeartbeat is what a kiosk's device last said of itself.
type KioskHeartbeat struct {
	At          time.Time      `json:"at" doc:"When it spoke"`
	Online      bool           `json:"online" doc:"It spoke within the last three minutes; else it is silent since then"`
	Missed      bool           `json:"missed" doc:"It is silent while its point is open; false where the hours are not known"`
	Waiting     int            `json:"waiting" doc:"Ratings on it that were not confirmed"`
	Aside       int            `json:"aside" doc:"Ratings that were refused as they are"`
	Oldest      *time.Time     `json:"oldest" doc:"When the first that waits was given; null: none waits"`
	LastRating  *time.Time     `json:"lastRating" doc:"null: none yet"`
	Build       string         `json:"build" doc:"The build of its page"`
	Newest      bool           `json:"newest" doc:"It is the build this server gives"`
	ClockOffset *int64         `json:"clockOffset" doc:"Milliseconds its clock is behind the server's; null: not measured"`
	StorageKept *bool          `json:"storageKept" doc:"Whether the browser promised to keep its storage; null: not known"`
	Battery     *DeviceBattery `json:"battery" doc:"null: none, or not known"`
	InForce     bool           `json:"inForce" doc:"What the server told it applies on its screen; else it is still to be applied"`
}

// silentAfter is how long a device that speaks every minute may be quiet.
const silentAfter = 3 * time.Minute

// The states of a kiosk.
const (
	kioskNone     = "none"
	kioskWaiting  = "waiting"
	kioskEnrolled = "enrolled"
	kioskRevoked  = "revoked"
	kioskClosed   = "closed"
)

// kiosksShown gives what shows kiosks with what is known of their devices.
func (s *server) kiosksShown(ctx context.Context) (func(survey.Kiosk) Kiosk, error) {
	devices, err := s.identity.Devices(ctx, actorOf(ctx))
	if err != nil {
		return nil, err
	}
	beats, err := s.pulse.All(ctx)
	if err != nil {
		return nil, err
	}
	snapshot := s.registry.Snapshot()
	show := showKiosk(snapshot, devices)
	return func(k survey.Kiosk) Kiosk {
		shown := show(k)
		// What the device before said is nothing of this one.
		if h, ok := beats[k.ID]; ok && shown.Device != nil && !h.At.Before(shown.Device.EnrolledAt) {
			point, _ := snapshot.Point(k.Point)
			if h.At.After(shown.Device.SeenAt) {
				shown.Device.SeenAt = h.At
			}
			shown.Device.Heartbeat = s.showHeartbeat(h, point.Hours, s.device(ctx, k).Revision)
		}
		return shown
	}, nil
}

func (s *server) showHeartbeat(h survey.Heartbeat, hours survey.OpeningHours, current string) *KioskHeartbeat {
	now := s.now()
	online := now.Sub(h.At) < silentAfter
	return &KioskHeartbeat{At: h.At, Online: online, Missed: !online && len(hours) > 0 && hours.Open(now), Waiting: h.Waiting, Aside: h.Aside, Oldest: h.Oldest, LastRating: h.LastRating,
		Build: h.Build, Newest: h.Build == s.frontend.kioskBuild, ClockOffset: h.ClockOffset, StorageKept: h.StorageKept,
		Battery: (*DeviceBattery)(h.Battery), InForce: h.Settings == current}
}

func showKiosk(snapshot *registry.Snapshot, devices map[string]identity.DeviceState) func(survey.Kiosk) Kiosk {
	return func(k survey.Kiosk) Kiosk {
		point, _ := snapshot.Point(k.Point)
		agency, _ := snapshot.Agency(point.Agency)
		shown := Kiosk{ID: k.ID, Name: k.Name, Point: k.Point, PointShown: survey.ShowPointCode(point.Public()), PointName: point.Name,
			Agency: point.Agency, AgencyName: agency.Name, Points: append([]string{}, k.Points...), Closed: k.Closed, Settings: k.Settings.OrDefault(),
			HasPIN: k.StaffPIN != nil, Rev: k.Rev}
		device, enrolled := devices[k.ID]
		if enrolled {
			shown.Device = &KioskDevice{EnrolledAt: device.EnrolledAt, SeenAt: device.SeenAt}
		}
		switch {
		case k.Closed:
			shown.State = kioskClosed
		case enrolled:
			shown.State = kioskEnrolled
		case k.Enrolments == 0:
			shown.State = kioskNone
		case k.Revoked == k.Enrolments:
			shown.State = kioskRevoked
		default:
			shown.State = kioskWaiting
		}
		return shown
	}
}

// Enrolment is a code that makes one tablet the kiosk's device.
type Enrolment struct {
	Code      string    `json:"code" example:"K7QX2M9A" doc:"Good once; shown this once"`
	ShownCode string    `json:"shownCode" example:"K7QX-2M9A" doc:"As people read it"`
	ExpiresAt time.Time `json:"expiresAt"`
	URL       string    `json:"url" doc:"Where the tablet takes the code"`
	QR        string    `json:"qr" doc:"SVG of a QR code of the address with the code behind #, where no log sees it"`
}

func (s *server) registerKiosks() {
	list := operation("list-kiosks", http.MethodGet, "/api/v1/kiosks", "Kiosks", "List kiosks",
		"Kiosks by name, of the agencies over which the caller has the right kiosks; 403 where an agency outside them is asked for.", http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(list), func(ctx context.Context, in *struct {
		Paging
		ClosedFilter
		Q      string `query:"q" maxLength:"100" doc:"Words of the name, with or without accents, or the beginning of the id"`
		Agency string `query:"agency" maxLength:"80" doc:"At points of one agency only"`
		Point  string `query:"point" maxLength:"64" doc:"At one point only, by its code"`
	}) (*ListOutput[Kiosk], error) {
		actor, snapshot := actorOf(ctx), s.registry.Snapshot()
		visible, err := s.visible(ctx, survey.RightKiosks, in.Agency)
		if err != nil {
			return nil, err
		}
		if agencies, whole := snapshot.Scope(actor, survey.RightKiosks); !whole && len(agencies) == 0 {
			return nil, s.registry.Permit(actor, survey.RightKiosks, "")
		}
		show, err := s.kiosksShown(ctx)
		if err != nil {
			return nil, err
		}
		at, _ := s.findPoint(in.Point)
		var found []survey.Kiosk
		for _, k := range snapshot.Kiosks() {
			if visible(snapshot.KioskAgency(k)) && (in.Point == "" || k.Point == at.Code) && in.takes(k.Closed) &&
				matches(in.Q, survey.Text{survey.Vietnamese: k.Name}, k.ID) {
				found = append(found, k)
			}
		}
		return page(in.Paging, found, show), nil
	})

	get := kiosks(getOperation("kiosk", "/api/v1/kiosks/{id}", "a kiosk", "One kiosk by its id. Right: kiosks, over the agency of its point."))
	huma.Register(s.openapi, s.secured(get), func(ctx context.Context, in *ByID) (*Output[Kiosk], error) {
		snapshot := s.registry.Snapshot()
		k, ok := snapshot.Kiosk(in.kiosk())
		if !ok {
			return nil, errNotFound
		}
		if err := s.registry.Permit(actorOf(ctx), survey.RightKiosks, snapshot.KioskAgency(k)); err != nil {
			return nil, err
		}
		return s.showKioskNow(ctx, k)
	})

	create := kiosks(createOperation("kiosk", "/api/v1/kiosks", "a kiosk",
		"Puts a kiosk at a point and draws its id. It can send once a tablet is enrolled with a code. Right: kiosks, over the agency of the point."))
	huma.Register(s.openapi, s.secured(create), func(ctx context.Context, in *struct {
		Body KioskContent
	}) (*createdOutput[Kiosk], error) {
		k, err := s.registry.CreateKiosk(ctx, actorOf(ctx), in.Body.kiosk("", false, 0))
		if err != nil {
			return nil, err
		}
		return created("/api/v1/kiosks/", k.ID, showKiosk(s.registry.Snapshot(), nil)(k)), nil
	})

	update := kiosks(updateOperation("kiosk", "/api/v1/kiosks/{id}", "a kiosk",
		"Renames it, sets how it behaves, moves it to another point or takes it out of service. Ratings that wait on it keep the point of their time. Right: kiosks, over the agencies of both points."))
	huma.Register(s.openapi, s.secured(update), func(ctx context.Context, in *struct {
		ByID
		Body struct {
			Revision
			KioskContent
			Closed bool `json:"closed" doc:"Out of service: its device may not send"`
		}
	}) (*Output[Kiosk], error) {
		k, err := s.registry.UpdateKiosk(ctx, actorOf(ctx), in.Body.kiosk(in.ByID.kiosk(), in.Body.Closed, in.Body.Rev))
		if err != nil {
			return nil, withStored(ctx, s, err, in.ByID.kiosk(), s.findKiosk(ctx))
		}
		return s.showKioskNow(ctx, k)
	})

	enrol := operation("issue-enrolment", http.MethodPost, "/api/v1/kiosks/{id}/enrolment", "Kiosks", "Issue an enrolment code",
		"Gives a code that is good once, for ten minutes. Earlier codes are not good any more; a device already enrolled goes on until the new one takes its place. Right: kiosks, over the agency of the point.",
		http.StatusNotFound, http.StatusConflict)
	enrol.DefaultStatus = http.StatusCreated
	huma.Register(s.openapi, s.secured(enrol), func(ctx context.Context, in *ByID) (*Output[Enrolment], error) {
		code, expires, err := s.identity.IssueEnrolment(ctx, actorOf(ctx), in.kiosk())
		if err != nil {
			return nil, err
		}
		url := s.publicURL + "/kiosk"
		qr, err := report.NewQR(url + "#enrol=" + code)
		if err != nil {
			return nil, err
		}
		return &Output[Enrolment]{Enrolment{code, survey.ShowEnrolmentCode(code), expires, url, string(qr.SVG(survey.ShowEnrolmentCode(code)))}}, nil
	})

	pin := operation("set-staff-pin", http.MethodPut, "/api/v1/kiosks/{id}/staff-pin", "Kiosks", "Set the PIN of the staff screen",
		"Sets what opens the staff screen of the kiosk's device, 6 to 12 digits that neither repeat one nor run up or down; empty: no PIN, and the screen only shows. Stored as a slow hash. Right: kiosks, over the agency of the point.",
		http.StatusNotFound, http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.secured(pin), func(ctx context.Context, in *struct {
		ByID
		Body struct {
			PIN string `json:"pin" maxLength:"80"`
		}
	}) (*Output[Kiosk], error) {
		k, err := s.identity.SetStaffPIN(ctx, actorOf(ctx), in.kiosk(), in.Body.PIN)
		if err != nil {
			return nil, err
		}
		return s.showKioskNow(ctx, k)
	})

	revoke := operation("revoke-kiosk", http.MethodPost, "/api/v1/kiosks/{id}/revoke", "Kiosks", "Revoke a kiosk's device",
		"Takes the right to send from the enrolled device and makes codes issued before worthless. What waits on the tablet is sent once it is enrolled again. Right: kiosks, over the agency of the point.",
		http.StatusNotFound)
	huma.Register(s.openapi, s.secured(revoke), func(ctx context.Context, in *ByID) (*Output[Kiosk], error) {
		k, err := s.identity.RevokeDevice(ctx, actorOf(ctx), in.kiosk())
		if err != nil {
			return nil, err
		}
		return s.showKioskNow(ctx, k)
	})
}

// KioskContent is what a kiosk says about itself.
type KioskContent struct {
	Name     string                `json:"name" maxLength:"1000" doc:"As staff call it" example:"Máy tính bảng quầy 3"`
	Point    string                `json:"point" maxLength:"64" doc:"Code of the point it stands at, in any way of typing it" example:"K7QX2M9A4T"`
	Settings *KioskSettingsContent `json:"settings,omitempty" doc:"Absent: as before; of a new kiosk: light, all languages, no sound"`
}

// KioskSettingsContent are the settings of a kiosk as they are given.
type KioskSettingsContent struct {
	Theme      survey.KioskTheme `json:"theme" maxLength:"40" doc:"light or contrast" example:"light"`
	Languages  []survey.Language `json:"languages" maxItems:"10" nullable:"false" doc:"Offered to citizens; vi is one of them"`
	Voice      bool              `json:"voice" doc:"Offers to read questions out, where the device has a voice"`
	Sound      bool              `json:"sound" doc:"Answers a touch by a tone"`
	Volume     int               `json:"volume" doc:"Of voice and tone, 10 to 100" example:"60"`
	Brightness int               `json:"brightness" doc:"Of the inviting line on the first screen, 60 to 100" example:"100"`
}

func (c KioskContent) kiosk(id string, closed bool, rev int64) survey.Kiosk {
	point := c.Point
	if code, err := survey.ParsePointCode(point); err == nil {
		point = code
	}
	k := survey.Kiosk{ID: id, Name: c.Name, Point: point, Closed: closed, Versioned: survey.Versioned{Rev: rev}}
	if c.Settings != nil {
		k.Settings = survey.KioskSettings(*c.Settings)
	}
	return k
}

func kiosks(op huma.Operation) huma.Operation {
	op.Tags = []string{"Kiosks"}
	return op
}

// kiosk gives the id of a kiosk as it is stored.
func (in ByID) kiosk() string { return strings.ToUpper(in.ID) }

func (s *server) showKioskNow(ctx context.Context, k survey.Kiosk) (*Output[Kiosk], error) {
	show, err := s.kiosksShown(ctx)
	if err != nil {
		return nil, err
	}
	return &Output[Kiosk]{show(k)}, nil
}

func (s *server) findKiosk(ctx context.Context) func(id string) (Kiosk, bool) {
	return func(id string) (Kiosk, bool) {
		k, ok := s.registry.Snapshot().Kiosk(id)
		show, err := s.kiosksShown(ctx)
		if !ok || err != nil {
			return Kiosk{}, false
		}
		return show(k), true
	}
}
