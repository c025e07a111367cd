package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"sipas/survey"
)

// Device is what a kiosk's tablet needs to know to ask its questions.
type Device struct {
	Kiosk         DeviceKiosk       `json:"kiosk"`
	StaffPIN      *DevicePIN        `json:"staffPin" doc:"What opens the staff screen; null: no PIN is set"`
	Point         DevicePoint       `json:"point"`
	Questionnaire Questionnaire     `json:"questionnaire" doc:"The newest version of the point's form"`
	Settings      DeviceSettings    `json:"settings" doc:"How the screen behaves; the device takes them over when it reads them"`
	Languages     []DeviceLanguage  `json:"languages" nullable:"false" doc:"Those of the settings that are data: the device has no words for them of its own"`
	Recordings    []DeviceRecording `json:"recordings" nullable:"false" doc:"What was recorded of the screens, in the languages of the settings; empty where the settings have no voice"`
	Province      survey.Text       `json:"province" doc:"Name of the province"`
	Synthetic     bool              `json:"synthetic" doc:"The store holds synthetic data: the screen says so"`
	Version       string            `json:"version" doc:"Of the program"`
	Revision      string            `json:"revision" doc:"Changes with anything above"`
	ServerTime    time.Time         `json:"serverTime" doc:"To measure the offset of the device's clock with"`
}

// DeviceSettings are the kiosk's settings and the hours of its point.
type DeviceSettings struct {
	survey.KioskSettings
	Hours []survey.OpeningSpan `json:"hours" nullable:"false" doc:"Weekly opening hours in Vietnam's time, days 1 (Monday) to 7; empty: not known"`
}

// DeviceLanguage is a language that is data.
type DeviceLanguage struct {
	Language survey.Language   `json:"language" example:"km"`
	Name     string            `json:"name" doc:"In its own words"`
	Texts    map[string]string `json:"texts" nullable:"false" doc:"Sentences of the screens by key; what is missing is shown in Vietnamese"`
}

// DeviceRecording is a prompt that was recorded. The device keeps the file under its digest, for when there is no connection.
type DeviceRecording struct {
	Language survey.Language `json:"language"`
	Prompt   string          `json:"prompt" doc:"invite, field, hours, closed, thanks, or a question as form.version.item" example:"quick.1.overall"`
	Digest   string          `json:"digest" doc:"SHA-256 of the file, hexadecimal"`
}

// HeartbeatReport is what a device says of itself.
type HeartbeatReport struct {
	Waiting     int            `json:"waiting" minimum:"0" maximum:"10000000" doc:"Ratings on it that were not confirmed"`
	Aside       int            `json:"aside" minimum:"0" maximum:"10000000" doc:"Ratings that were refused as they are"`
	Oldest      *time.Time     `json:"oldest" doc:"When the first that waits was given; null: none waits"`
	LastRating  *time.Time     `json:"lastRating" doc:"null: none yet"`
	Build       string         `json:"build" maxLength:"80" doc:"The build of its page"`
	ClockOffset *int64         `json:"clockOffset" doc:"Milliseconds its clock is behind the server's; null: not measured"`
	StorageKept *bool          `json:"storageKept" doc:"Whether the browser promised to keep its storage; null: not known"`
	Battery     *DeviceBattery `json:"battery,omitempty" doc:"Left out: none, or not known"`
	Settings    string         `json:"settings" maxLength:"80" doc:"Revision of the answer that applies on its screen"`
}

// DeviceBattery is the charge of a device.
type DeviceBattery struct {
	Percent  int  `json:"percent" minimum:"0" maximum:"100"`
	Charging bool `json:"charging"`
}

// HeartbeatAnswer tells a device what changed.
type HeartbeatAnswer struct {
	Device     *Device   `json:"device" doc:"null: what applies on the screen is what it should be"`
	ServerTime time.Time `json:"serverTime"`
}

// heartbeat gives the report as it is kept.
func (r HeartbeatReport) heartbeat(kiosk string, at time.Time) survey.Heartbeat {
	return survey.Heartbeat{ID: kiosk, At: at, Waiting: r.Waiting, Aside: r.Aside, Oldest: r.Oldest, LastRating: r.LastRating, Build: r.Build,
		ClockOffset: r.ClockOffset, StorageKept: r.StorageKept, Battery: (*survey.Battery)(r.Battery), Settings: r.Settings}
}

// DeviceKiosk names the kiosk a device was enrolled for.
type DeviceKiosk struct {
	ID   string `json:"id" example:"7W3KD0QF"`
	Name string `json:"name"`
}

// DevicePIN is a PIN as PBKDF2-HMAC-SHA-256, to be checked without a connection.
type DevicePIN struct {
	Salt       []byte `json:"salt" doc:"Base64"`
	Iterations int    `json:"iterations"`
	Hash       []byte `json:"hash" doc:"Base64, 32 bytes"`
}

// DeviceEnrolment is what a code would make of a device.
type DeviceEnrolment struct {
	Kiosk      DeviceKiosk `json:"kiosk"`
	PointName  survey.Text `json:"pointName"`
	AgencyName survey.Text `json:"agencyName"`
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
	Opens         survey.Date     `json:"opens" doc:"Where it takes none yet: the first day on which it does; else empty"`
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

	preview := operation("preview-enrolment", http.MethodPost, "/api/v1/device/enrolment", "Kiosks", "Show what a code would enrol",
		"The kiosk and the point a code is for, so that people can confirm them; the code stays good. Wrong codes count as in enrol-device.",
		http.StatusUnauthorized, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusTooManyRequests)
	huma.Register(s.openapi, preview, func(ctx context.Context, in *struct {
		Body struct {
			Code string `json:"code" maxLength:"64" doc:"In any way of typing it" example:"K7QX-2M9A"`
		}
	}) (*uncachedOutput[DeviceEnrolment], error) {
		kiosk, err := s.identity.EnrolmentOf(ctx, in.Body.Code)
		if err != nil {
			return nil, err
		}
		device := s.device(ctx, kiosk)
		return uncached(DeviceEnrolment{device.Kiosk, device.Point.Name, device.Point.AgencyName}), nil
	})

	unenrol := operation("unenrol-device", http.MethodPost, "/api/v1/device/unenrol", "Kiosks", "End a device's enrolment",
		"Takes the device's right to send, as staff at the device ask for. What waits on it is sent once it is enrolled again.")
	unenrol.DefaultStatus = http.StatusNoContent
	huma.Register(s.openapi, s.forDevices(unenrol), func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, s.identity.Unenrol(ctx, deviceTokenOf(ctx))
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

	beat := operation("send-heartbeat", http.MethodPost, "/api/v1/device/heartbeat", "Kiosks", "Say how the device is",
		"A device says once a minute what waits on it and how it is, and is told what its screen should show where that is not what applies. Kept as the state of operations: it leaves no audit entry.",
		http.StatusUnprocessableEntity)
	huma.Register(s.openapi, s.forDevices(beat), func(ctx context.Context, in *struct{ Body HeartbeatReport }) (*uncachedOutput[HeartbeatAnswer], error) {
		kiosk, err := s.identity.Device(ctx, deviceTokenOf(ctx))
		if err != nil {
			return nil, err
		}
		device := s.device(ctx, kiosk)
		s.pulse.Report(in.Body.heartbeat(kiosk.ID, device.ServerTime))
		answer := HeartbeatAnswer{ServerTime: device.ServerTime}
		if device.Revision != in.Body.Settings && device.Point.Code != "" {
			answer.Device = &device
		}
		return uncached(answer), nil
	})

	listen := operation("get-device-recording", http.MethodGet, "/api/v1/device/recordings/{digest}", "Kiosks", "Fetch a recording for a device",
		"The file as it was uploaded; its content never changes.", http.StatusNotFound)
	huma.Register(s.openapi, s.forDevices(soundOperation(listen)), func(ctx context.Context, in *ByDigest) (*soundOutput, error) {
		if _, err := s.identity.Device(ctx, deviceTokenOf(ctx)); err != nil {
			return nil, err
		}
		return s.sound(in.Digest)
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
	point, _ := snapshot.Point(kiosk.Point)
	agency, _ := snapshot.Agency(point.Agency)
	province, _ := snapshot.Root()
	d := Device{
		Kiosk: DeviceKiosk{kiosk.ID, kiosk.Name}, StaffPIN: (*DevicePIN)(kiosk.StaffPIN),
		Point: DevicePoint{Code: point.Code, ShownCode: survey.ShowPointCode(point.Public()), Name: point.Name, Agency: point.Agency,
			AgencyName: agency.Name, Fields: []DeviceField{}, Delivery: point.Delivery, Questionnaire: point.Questionnaire,
			Closed: s.closed(snapshot, point), Opens: s.opens(snapshot, point)},
		Settings:  DeviceSettings{kiosk.Settings.OrDefault(), append([]survey.OpeningSpan{}, point.Hours...)},
		Languages: []DeviceLanguage{}, Recordings: []DeviceRecording{},
		Province: province.Name, Synthetic: snapshot.Synthetic(), Version: s.version, ServerTime: now.UTC().Truncate(time.Millisecond),
	}
	for _, language := range spoken {
		if slices.Contains(d.Settings.Languages, language) && !slices.Contains(survey.Languages, language) {
			d.Languages = append(d.Languages, DeviceLanguage{language, languageNames[language], kioskTexts(language)})
		}
	}
	for _, id := range point.Fields {
		if field, ok := snapshot.Field(id); ok && !field.Closed {
			d.Point.Fields = append(d.Point.Fields, DeviceField{id, field.Name})
		}
	}
	if form := snapshot.Newest(point.Questionnaire); form != nil {
		d.Questionnaire = showQuestionnaire(form)
	}
	if d.Settings.Voice {
		for _, language := range d.Settings.Languages {
			for _, prompt := range promptsOf(snapshot.Newest(point.Questionnaire)) {
				if recording, ok := snapshot.Recording(language, prompt); ok && recording.Type != "" {
					d.Recordings = append(d.Recordings, DeviceRecording{language, prompt, recording.Digest})
				}
			}
		}
	}
	d.Revision = revisionOf(d)
	return d
}

// revisionOf names what a device is told, the time apart.
func revisionOf(d Device) string {
	d.ServerTime = time.Time{}
	text, err := json.Marshal(d)
	if err != nil {
		panic(err) // texts and flags always have JSON
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
