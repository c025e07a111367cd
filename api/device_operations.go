package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"sipas/survey"
)

// Device is what a kiosk's tablet needs to know to ask its questions.
type Device struct {
	Kiosk         DeviceKiosk    `json:"kiosk"`
	Point         DevicePoint    `json:"point"`
	Questionnaire Questionnaire  `json:"questionnaire" doc:"The newest version of the point's form"`
	Settings      DeviceSettings `json:"settings" doc:"How the screen behaves; the device takes them over when it reads them"`
	Province      survey.Text    `json:"province" doc:"Name of the province"`
	Synthetic     bool           `json:"synthetic" doc:"The store holds synthetic data: the screen says so"`
	Version       string         `json:"version" doc:"Of the program"`
	ServerTime    time.Time      `json:"serverTime" doc:"To measure the offset of the device's clock with"`
}

// DeviceSettings are the kiosk's settings and the hours of its point.
type DeviceSettings struct {
	survey.KioskSettings
	Hours []survey.OpeningSpan `json:"hours" nullable:"false" doc:"Weekly opening hours in Vietnam's time, days 1 (Monday) to 7; empty: not known"`
}

// DeviceKiosk names the kiosk a device was enrolled for.
type DeviceKiosk struct {
	ID   string `json:"id" example:"7W3KD0QF"`
	Name string `json:"name"`
}

// DevicePoint is the point the kiosk stands at now.
type DevicePoint struct {
	Code          string          `json:"code" example:"K7QX2M9A4T"`
	ShownCode     string          `json:"shownCode" example:"K7QX2-M9A4T"`
	Name          survey.Text     `json:"name"`
	Agency        string          `json:"agency"`
	AgencyName    survey.Text     `json:"agencyName"`
	Fields        []DeviceField   `json:"fields" nullable:"false" doc:"Several: the citizen chooses one first; else there is nothing to ask"`
	Delivery      survey.Delivery `json:"delivery" enum:"counter,online,post"`
	Questionnaire string          `json:"questionnaire" example:"quick"`
	Closed        bool            `json:"closed" doc:"The point takes no ratings today"`
}

// DeviceField is a field the citizen can choose.
type DeviceField struct {
	ID   string      `json:"id" example:"dat-dai"`
	Name survey.Text `json:"name"`
}

// DeviceEnrolled is the answer to a good enrolment code.
type DeviceEnrolled struct {
	Token  string `json:"token" doc:"Send as Authorization: Kiosk; keep it on the device"`
	Device Device `json:"device"`
}

// DeviceToken is the token that follows another one.
type DeviceToken struct {
	Token string `json:"token" doc:"The old one is good until this one is first used"`
}

// uncachedOutput is an answer that nothing on the way may keep.
type uncachedOutput[T any] struct {
	CacheControl string `header:"Cache-Control"`
	Body         T
}

func uncached[T any](body T) *uncachedOutput[T] { return &uncachedOutput[T]{"no-store", body} }

const deviceTokenKey contextKey = "deviceToken"

// forDevices makes an operation one for enrolled devices; handlers find their
// token with deviceTokenOf.
func (s *server) forDevices(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{{schemeKiosk: {}}}
	op.Errors = append(op.Errors, http.StatusUnauthorized)
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		token, ok := bearer(ctx.Header(fiber.HeaderAuthorization), "Kiosk")
		if !ok {
			s.refuse(ctx, errNoDevice)
			return
		}
		next(huma.WithValue(ctx, deviceTokenKey, token))
	})
	return op
}

var errNoDevice = &survey.Error{Code: survey.CodeUnauthorized, Reason: survey.ReasonDeviceUnknown, Message: "no device token"}

func deviceTokenOf(ctx context.Context) string {
	token, _ := ctx.Value(deviceTokenKey).(string)
	return token
}

func (s *server) registerDevice() {
	enrol := operation("enrol-device", http.MethodPost, "/api/v1/device/enrol", "Kiosks", "Enrol a device",
		"Uses an enrolment code up and gives the device its token. A device enrolled before for the same kiosk loses its own. After too many wrong codes their sender has to wait: 429 with Retry-After.",
		http.StatusUnauthorized, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusTooManyRequests)
	huma.Register(s.openapi, enrol, func(ctx context.Context, in *struct {
		Body struct {
			Code string `json:"code" maxLength:"64" doc:"In any way of typing it" example:"K7QX-2M9A"`
		}
	}) (*uncachedOutput[DeviceEnrolled], error) {
		kiosk, token, err := s.identity.Enrol(ctx, in.Body.Code)
		if err != nil {
			return nil, err
		}
		return uncached(DeviceEnrolled{token, s.device(ctx, kiosk)}), nil
	})

	show := operation("get-device", http.MethodGet, "/api/v1/device", "Kiosks", "Show what a device has to ask",
		"The kiosk, the point it stands at now and the form. A device asks at its start and every few minutes; 401 says that it has to be enrolled again, whatever waits on it stays.")
	huma.Register(s.openapi, s.forDevices(show), func(ctx context.Context, _ *struct{}) (*uncachedOutput[Device], error) {
		kiosk, err := s.identity.Device(ctx, deviceTokenOf(ctx))
		if err != nil {
			return nil, err
		}
		device := s.device(ctx, kiosk)
		if device.Point.Code == "" {
			return nil, &survey.Error{Code: survey.CodeUnavailable, Message: "the kiosk's point is not known here yet"}
		}
		return uncached(device), nil
	})

	rotate := operation("rotate-device", http.MethodPost, "/api/v1/device/rotate", "Kiosks", "Rotate a device's token",
		"Gives the token that follows. The old one is good until the new one is first used; asking again with the old one gives the same new one.")
	huma.Register(s.openapi, s.forDevices(rotate), func(ctx context.Context, _ *struct{}) (*uncachedOutput[DeviceToken], error) {
		token, err := s.identity.RotateDevice(ctx, deviceTokenOf(ctx))
		if err != nil {
			return nil, err
		}
		return uncached(DeviceToken{token}), nil
	})
}

func (s *server) device(ctx context.Context, kiosk survey.Kiosk) Device {
	if _, known := s.registry.Snapshot().Point(kiosk.Point); !known {
		_ = s.registry.Refresh(ctx) // created on another node just now
	}
	snapshot, now := s.registry.Snapshot(), s.now()
	today := survey.DateOf(now)
	point, _ := snapshot.Point(kiosk.Point)
	agency, _ := snapshot.Agency(point.Agency)
	province, _ := snapshot.Root()
	d := Device{
		Kiosk: DeviceKiosk{kiosk.ID, kiosk.Name},
		Point: DevicePoint{Code: point.Code, ShownCode: survey.ShowPointCode(point.Public()), Name: point.Name, Agency: point.Agency,
			AgencyName: agency.Name, Fields: []DeviceField{}, Delivery: point.Delivery, Questionnaire: point.Questionnaire,
			Closed: point.ClosedOn(today) || !agency.ValidOn(today)},
		Settings: DeviceSettings{kiosk.Settings.OrDefault(), append([]survey.OpeningSpan{}, point.Hours...)},
		Province: province.Name, Synthetic: snapshot.Synthetic(), Version: s.version, ServerTime: now.UTC().Truncate(time.Millisecond),
	}
	for _, id := range point.Fields {
		if field, ok := snapshot.Field(id); ok && !field.Closed {
			d.Point.Fields = append(d.Point.Fields, DeviceField{id, field.Name})
		}
	}
	if form := snapshot.Newest(point.Questionnaire); form != nil {
		d.Questionnaire = showQuestionnaire(form)
	}
	return d
}
