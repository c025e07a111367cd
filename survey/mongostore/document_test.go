package mongostore

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"sipas/survey"
)

var instant = time.Date(2026, 11, 23, 7, 33, 46, 123e6, time.UTC)

func owed(collection, key string) *survey.AuditEntry {
	return &survey.AuditEntry{ID: collection + "/" + key + "/2", At: instant, Actor: "an", Action: survey.ActionUpdate,
		Collection: collection, RecordKey: key, Rev: 2, Digest: []byte{0, 1, 0xfe, 0xff}}
}

func marshal(t *testing.T, document bson.D) bson.Raw {
	t.Helper()
	raw, err := bson.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// roundTrip sends a record through the bytes that the server would keep.
func roundTrip[T any](t *testing.T, key string, record T) (T, bson.Raw) {
	t.Helper()
	document, err := encode(key, record)
	if err != nil {
		t.Fatal(err)
	}
	raw := marshal(t, document)
	got, err := decode[T](raw)
	if err != nil {
		t.Fatal(err)
	}
	return got, raw
}

func TestRecordsSurviveTheirDocuments(t *testing.T) {
	versioned := func(collection, key string) survey.Versioned {
		return survey.Versioned{Rev: 1 << 60, PendingAudit: owed(collection, key)}
	}
	hard := survey.Text{survey.Vietnamese: "Sở Nội vụ \u0000 \"\\ <b>&", survey.English: `{"$date":"2026-01-01T00:00:00Z"}`}
	for name, check := range map[string]func(t *testing.T){
		"agency": same(survey.Agency{ID: "so-noi-vu", Parent: "tinh", Kind: survey.KindDepartment, Level: survey.LevelProvince,
			Name: hard, ValidFrom: "2025-07-01", Successors: []string{"a", "b"}, Versioned: versioned("agencies", "so-noi-vu")}),
		"agency with nothing in it": same(survey.Agency{}),
		"agency with an empty list": same(survey.Agency{ID: "a", Successors: []string{}, Name: survey.Text{}}),
		"field":                     same(survey.Field{ID: "dat-dai", Name: hard, Order: -3, Closed: true, Versioned: versioned("fields", "dat-dai")}),
		"procedure":                 same(survey.Procedure{ID: "cap-doi", Field: "dat-dai", Name: hard, Versioned: versioned("procedures", "cap-doi")}),
		"point": same(survey.Point{Code: "K7QX2M9A4T", Agency: "so-noi-vu", Name: hard, Fields: []string{"dat-dai"},
			Delivery: survey.DeliveryOnline, Questionnaire: "quick", Closed: "2026-01-01", Versioned: versioned("points", "K7QX2M9A4T")}),
		"target": same(survey.Target{ID: "2026-dat-dai", Scope: survey.ScopeField, Members: []string{"*"}, Name: hard,
			Comparator: survey.Above, BasisPoints: 9000, Deadline: 2026, Source: "QĐ 1", Versioned: versioned("targets", "2026-dat-dai")}),
		"volume": same(survey.Volume{Agency: "so-noi-vu", Month: "2026-09", Files: map[string]int64{
			"dat-dai": 1<<63 - 1, "ho-tich": 0, "$set": 1, "a.b": 2, "": 3, "50%2E": 4, "_id": 5, "đất": 6},
			Versioned: versioned("volumes", "so-noi-vu/2026-09")}),
		"volume without a map": same(survey.Volume{Agency: "so-noi-vu", Month: "2026-09"}),
		"user": same(survey.User{ID: "an", Name: "Nguyễn Văn An", Grants: []survey.Grant{{Role: survey.RoleManager, Agency: "so-noi-vu"}},
			PasswordHash: "$argon2id$v=19$m=65536,t=3,p=2$c2FsdA$aGFzaA", Disabled: true, Versioned: versioned("users", "an")}),
		"session": same(survey.Session{ID: "s", User: "an", TokenHash: []byte{0, 0xff}, Salt: []byte("salt"), PreviousUntil: time.Time{},
			CreatedAt: instant, ExpiresAt: instant.Add(time.Hour), Versioned: versioned("sessions", "s")}),
		"kiosk": same(survey.Kiosk{ID: "7QX2M9A4", Name: "Quầy <3>", Point: "K7QX2M9A4T", Points: []string{"K7QX2M9A4T"}, Closed: true,
			Enrolments: 1 << 40, Revoked: 1, Versioned: versioned("kiosks", "7QX2M9A4")}),
		"device": same(survey.Device{ID: "7QX2M9A4", Enrolment: 2, TokenHash: []byte{0, 0xff}, Salt: []byte("salt"),
			EnrolledAt: instant, SeenAt: instant.Add(time.Hour), Versioned: versioned("devices", "7QX2M9A4")}),
		"enrolment": same(survey.Enrolment{ID: "00ff", Kiosk: "7QX2M9A4", Number: 2, ExpiresAt: instant, Used: true, Versioned: versioned("enrolments", "00ff")}),
		"campaign": same(survey.Campaign{ID: "quy-4-2026", Name: hard, Kind: survey.CampaignSampled, Agency: "tinh", Questionnaire: "full", From: "2026-10-01", To: "2026-12-15",
			Unit: survey.UnitPoint, Strata: []survey.Stratum{{ID: "xa", Name: hard, Agencies: []string{"a"}, Population: 1<<63 - 1, Planned: 1}, {ID: "b", Agencies: []string{}}},
			Versioned: versioned("campaigns", "quy-4-2026")}),
		"identity": same(survey.Identity{ID: "p", Synthetic: true, CreatedAt: instant}),
		"audit entry": same(survey.AuditEntry{ID: "agencies/a/1", N: 7, Prev: make([]byte, 32), Hash: []byte{1}, At: instant, Actor: "system",
			Action: survey.ActionCreate, Collection: "agencies", RecordKey: "a", Rev: 1, Agency: "a", Digest: []byte{2}}),
	} {
		t.Run(name, check)
	}
}

func same[T any](record T) func(*testing.T) {
	return func(t *testing.T) {
		if got, _ := roundTrip(t, "key", record); !reflect.DeepEqual(got, record) {
			t.Errorf("got  %+v\nwant %+v", got, record)
		}
	}
}

func TestRecordsAreReadableDocuments(t *testing.T) {
	_, raw := roundTrip(t, "so-noi-vu/2026-09", survey.Volume{Agency: "so-noi-vu", Month: "2026-09",
		Files: map[string]int64{"dat-dai": 3, "a.b": 4}, Versioned: survey.Versioned{Rev: 2, PendingAudit: owed("volumes", "k")}})
	for path, want := range map[string]bson.Type{
		"_id": bson.TypeString, "rev": bson.TypeInt64, "files": bson.TypeEmbeddedDocument, "files dat-dai": bson.TypeInt64,
		"files a%2Eb": bson.TypeInt64, "pendingAudit": bson.TypeEmbeddedDocument, "pendingAudit rev": bson.TypeInt64,
	} {
		value, err := raw.LookupErr(strings.Fields(path)...)
		if err != nil || value.Type != want {
			t.Errorf("%s is %v (%v), want %v", path, value.Type, err, want)
		}
	}
	if id := raw.Lookup("_id").StringValue(); id != "so-noi-vu/2026-09" {
		t.Errorf("_id is %q", id)
	}
}

func TestNumbersOfOtherTypesAreRead(t *testing.T) {
	for name, number := range map[string]any{"int32": int32(9000), "double": 9000.0, "int64": int64(9000)} {
		t.Run(name, func(t *testing.T) {
			raw := marshal(t, bson.D{{Key: "_id", Value: "t"}, {Key: "id", Value: "t"}, {Key: "basisPoints", Value: number}, {Key: "rev", Value: number}})
			target, err := decode[survey.Target](raw)
			if err != nil || target.BasisPoints != 9000 || target.Rev != 9000 {
				t.Errorf("got %+v, %v", target, err)
			}
		})
	}
}

func TestWhatIsNoRecordIsInternal(t *testing.T) {
	for name, document := range map[string]bson.D{
		"a fraction for an integer": {{Key: "rev", Value: 1.5}},
		"not a number":              {{Key: "rev", Value: "1"}},
		"a type JSON has not":       {{Key: "rev", Value: bson.NewObjectID()}},
		"a list for an object":      {{Key: "name", Value: bson.A{1}}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := decode[survey.Field](marshal(t, document)); !survey.IsCode(err, survey.CodeInternal) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestEntriesSurviveTheirDocuments(t *testing.T) {
	full := survey.Entry{ID: "0b9d", Kind: survey.EntryResponse, Stream: "s", N: 1 << 40, Prev: make([]byte, 32), Hash: []byte{0, 0xff},
		Kept: []byte(`{"agency":"sở","at":"…"}`), OpenHash: []byte{1}, Salt: []byte{2, 0}, Open: []byte(`{"answers":{"comment":"\u0000 tốt"}}`), Signature: []byte{3}}
	erased := full
	erased.Salt, erased.Open = nil, nil
	flag := full
	flag.Kind, flag.Salt, flag.Open, flag.Signature = survey.EntryFlag, nil, nil, nil
	binary := full
	binary.Kept, binary.Open = []byte{0xff, 0xfe}, []byte{0xc3}
	for name, entry := range map[string]survey.Entry{"full": full, "erased": erased, "flag": flag, "parts that are no text": binary} {
		t.Run(name, func(t *testing.T) {
			raw := marshal(t, encodeEntry(entry))
			got, err := decodeEntry(raw)
			if err != nil || !reflect.DeepEqual(got, entry) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, entry)
			}
			clear(raw)
			if !reflect.DeepEqual(got, entry) {
				t.Error("the entry shares the document's bytes")
			}
		})
	}
	t.Run("kept and open are text", func(t *testing.T) {
		raw := marshal(t, encodeEntry(full))
		if raw.Lookup("kept").StringValue() != string(full.Kept) || raw.Lookup("open").StringValue() != string(full.Open) {
			t.Errorf("stored as %s", raw)
		}
		if raw.Lookup("hash").Type != bson.TypeBinary || raw.Lookup("n").Type != bson.TypeInt64 {
			t.Errorf("stored as %s", raw)
		}
	})
	t.Run("without a number", func(t *testing.T) {
		raw := marshal(t, bson.D{{Key: "_id", Value: "a"}, {Key: "kind", Value: "response"}, {Key: "stream", Value: "s"}})
		if _, err := decodeEntry(raw); !survey.IsCode(err, survey.CodeInternal) {
			t.Errorf("got %v", err)
		}
	})
}
