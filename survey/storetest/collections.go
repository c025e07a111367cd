package storetest

import (
	"fmt"
	"testing"

	"sipas/survey"
)

func (s suite) collections(t *testing.T) {
	versioned := func(rev int64) survey.Versioned {
		return survey.Versioned{Rev: rev, PendingAudit: &survey.AuditEntry{ID: "owed", At: instant, Actor: "system", Action: survey.ActionUpdate,
			Collection: "c", RecordKey: "k", Rev: rev, Agency: "tinh", Digest: []byte{0, 255, 7}}}
	}
	text := survey.Text{survey.Vietnamese: "Uỷ ban nhân dân <&> “Đặng”", survey.English: "People's Committee"}
	runCollection(t, s, "agencies", survey.Store.Agencies, func(key string, rev int64) survey.Agency {
		return survey.Agency{ID: key, Parent: "tinh", Kind: survey.KindCommune, Level: survey.LevelCommune, Name: text,
			ValidFrom: "2025-07-01", Successors: []string{"b", "a"}, Versioned: versioned(rev)}
	})
	runCollection(t, s, "fields", survey.Store.Fields, func(key string, rev int64) survey.Field {
		return survey.Field{ID: key, Name: text, Order: 7, Closed: true, Versioned: versioned(rev)}
	})
	runCollection(t, s, "procedures", survey.Store.Procedures, func(key string, rev int64) survey.Procedure {
		return survey.Procedure{ID: key, Field: "dat-dai", Name: text, Versioned: versioned(rev)}
	})
	runCollection(t, s, "points", survey.Store.Points, func(key string, rev int64) survey.Point {
		return survey.Point{Code: key, Agency: "a", Name: text, Fields: []string{}, Delivery: survey.DeliveryOnline, Questionnaire: "quick",
			FormerFields: []string{"dat-dai"}, PublicCode: "000000000Q", FormerCodes: []survey.FormerCode{{Code: key, Ends: "2026-12-23"}},
			Reprint: true, ReceiptCode: survey.ReceiptRequired, Hours: survey.OpeningHours{{Day: 1, From: "07:30", To: "11:30"}, {Day: 7, From: "00:00", To: "24:00"}},
			Versioned: versioned(rev)}
	})
	runCollection(t, s, "targets", survey.Store.Targets, func(key string, rev int64) survey.Target {
		return survey.Target{ID: key, Scope: survey.ScopeField, Members: []string{"*"}, Name: text, Comparator: survey.Above,
			BasisPoints: 9000, Deadline: 2025, Source: "76/NQ-CP", Versioned: versioned(rev)}
	})
	runCollection(t, s, "volumes", survey.Store.Volumes, func(key string, rev int64) survey.Volume {
		return survey.Volume{Agency: key, Month: "2026-09", Files: map[string]int64{"dat-dai": 1 << 40, "ho-tich": 0}, Versioned: versioned(rev)}
	})
	runCollection(t, s, "users", survey.Store.Users, func(key string, rev int64) survey.User {
		return survey.User{ID: key, Name: "Nguyễn Văn A", Grants: []survey.Grant{{Role: survey.RoleManager, Agency: "a"}},
			PasswordHash: "$argon2id$v=19$m=65536,t=3,p=2$c2FsdA$aGFzaA", Versioned: versioned(rev)}
	})
	runCollection(t, s, "sessions", survey.Store.Sessions, func(key string, rev int64) survey.Session {
		return survey.Session{ID: key, User: "admin", TokenHash: []byte{1, 2}, PreviousHash: []byte{3}, PreviousUntil: instant,
			CreatedAt: instant, ExpiresAt: instant.AddDate(0, 1, 0), Versioned: versioned(rev)}
	})
	runCollection(t, s, "kiosks", survey.Store.Kiosks, func(key string, rev int64) survey.Kiosk {
		return survey.Kiosk{ID: key, Name: "Máy tính bảng quầy 3", Point: "K7QX2M9A4T", Points: []string{"000000000Q", "K7QX2M9A4T"},
			Settings: survey.KioskSettings{Theme: survey.ThemeContrast, Languages: []survey.Language{survey.Vietnamese}, Voice: true, Volume: 40, Brightness: 70},
			Closed:   true, Enrolments: 3, Revoked: 2,
			StaffPIN: &survey.StaffPIN{Salt: []byte{1, 0, 255}, Iterations: 600_000, Hash: []byte{7}}, Versioned: versioned(rev)}
	})
	runCollection(t, s, "devices", survey.Store.Devices, func(key string, rev int64) survey.Device {
		return survey.Device{ID: key, Enrolment: 3, TokenHash: []byte{1, 2}, NextHash: []byte{3}, Salt: []byte{4},
			EnrolledAt: instant, SeenAt: instant.AddDate(0, 0, 1), Versioned: versioned(rev)}
	})
	runCollection(t, s, "enrolments", survey.Store.Enrolments, func(key string, rev int64) survey.Enrolment {
		return survey.Enrolment{ID: key, Kiosk: "7QX2M9A4", Number: 3, ExpiresAt: instant, Used: true, Versioned: versioned(rev)}
	})
	audio := make([]byte, survey.MaxRecording)
	for i := range audio {
		audio[i] = byte(i * i >> 3)
	}
	runCollection(t, s, "recordings", survey.Store.Recordings, func(key string, rev int64) survey.Recording {
		file := audio
		if key != "a" {
			file = audio[:4096] // of many, one is as large as it may be
		}
		return survey.Recording{ID: key, Language: "km", Prompt: "quick.1.overall", Type: "audio/ogg", Digest: "00ff", Audio: file, Versioned: versioned(rev)}
	})
	runCollection(t, s, "heartbeats", survey.Store.Heartbeats, func(key string, rev int64) survey.Heartbeat {
		oldest, offset, kept := instant.AddDate(0, 0, -20), int64(-86_400_000), true
		return survey.Heartbeat{ID: key, At: instant, Waiting: 1234, Aside: 2, Oldest: &oldest, LastRating: &oldest, Build: "kiosk-Ab3_x",
			ClockOffset: &offset, StorageKept: &kept, Battery: &survey.Battery{Percent: 41, Charging: true}, Settings: "00ff", Versioned: versioned(rev)}
	})
	runCollection(t, s, "receipt batches", survey.Store.ReceiptBatches, func(key string, rev int64) survey.ReceiptBatch {
		used := 41
		return survey.ReceiptBatch{ID: key, Point: "K7QX2M9A4T", Count: 10_000, MadeOn: "2026-11-23", LastDay: "2026-12-23", By: "admin",
			Note: "Quầy 3", RevokedOn: "2026-12-01", Used: &used, Versioned: versioned(rev)}
	})
	runCollection(t, s, "receipt codes", func(store survey.Store) survey.Collection[survey.ReceiptCode] { return store.ReceiptCodes() },
		func(key string, rev int64) survey.ReceiptCode {
			return survey.ReceiptCode{ID: key, Batch: "b", Used: true, Holder: []byte{0, 255, 7}, Versioned: versioned(rev)}
		})
	runCollection(t, s, "campaigns", survey.Store.Campaigns, func(key string, rev int64) survey.Campaign {
		return survey.Campaign{ID: key, Name: text, Kind: survey.CampaignSampled, Agency: "tinh", Questionnaire: "full", From: "2026-10-01", To: "2026-12-15",
			Unit: survey.UnitAgency, Strata: []survey.Stratum{{ID: "xa", Name: text, Agencies: []string{"xa-1", "xa-2"}, Population: 1 << 40, Clusters: 31, Planned: 600}},
			Closed: true, Versioned: versioned(rev)}
	})
}

// receiptCodes tests what a store is asked of many codes at once.
func (s suite) receiptCodes(t *testing.T) {
	ctx := t.Context()
	codes := s.open(t).ReceiptCodes()
	var all []survey.ReceiptCode
	for i := range 250 {
		for _, batch := range []string{"a", "b", "c"} {
			all = append(all, survey.ReceiptCode{ID: fmt.Sprintf("%s-%03d", batch, i), Batch: batch, Versioned: survey.Versioned{Rev: 1}})
		}
	}
	must(t, codes.CreateAll(ctx, all))
	use := func(id string) {
		code, err := codes.Find(ctx, id)
		must(t, err)
		code.Used, code.Holder = true, []byte{0, 255, 7}
		code.Stamp(code.Rev+1, nil)
		must(t, codes.Update(ctx, code))
	}
	for _, id := range []string{"a-000", "a-249", "c-017"} {
		use(id)
	}
	for _, test := range []struct {
		batches []string
		want    map[string]int
	}{
		{nil, map[string]int{}},
		{[]string{"none"}, map[string]int{}},
		{[]string{"a", "b"}, map[string]int{"a": 2}},
		{[]string{"c", "a", "b", "none"}, map[string]int{"a": 2, "c": 1}},
	} {
		used, err := codes.CountUsed(ctx, test.batches)
		must(t, err)
		same(t, fmt.Sprintf("used of %v", test.batches), used, test.want)
	}
	for _, batches := range [][]string{nil, {"none"}, {"a", "c"}, {"a"}} {
		must(t, codes.RemoveBatches(ctx, batches))
	}
	left, err := codes.List(ctx)
	must(t, err)
	if len(left) != 250 || left[0].Batch != "b" || left[249].Batch != "b" {
		t.Errorf("%d codes are left, want the 250 of b", len(left))
	}
	used, err := codes.CountUsed(ctx, []string{"a", "b", "c"})
	must(t, err)
	same(t, "used after the removal", used, map[string]int{})
	wantCode(t, "count with a context that ended", errOf(codes.CountUsed(cancelled(t), []string{"b"})), survey.CodeUnavailable)
	wantCode(t, "removal with a context that ended", codes.RemoveBatches(cancelled(t), []string{"b"}), survey.CodeUnavailable)
}

// runCollection tests one collection; build makes a document from the part of its
// key that is free.
func runCollection[T survey.Record](t *testing.T, s suite, name string, of func(survey.Store) survey.Collection[T], build func(key string, rev int64) T) {
	t.Run(name, func(t *testing.T) {
		ctx := t.Context()
		col := of(s.open(t))
		key := func(k string) string { return build(k, 1).Key() }

		_, err := col.Find(ctx, key("a"))
		wantCode(t, "find of none", err, survey.CodeNotFound)
		wantCode(t, "update of none", col.Update(ctx, build("a", 2)), survey.CodeNotFound)
		must(t, col.SettleAudit(ctx, key("a"), 1))
		must(t, col.Remove(ctx, key("a")))
		empty, err := col.List(ctx)
		must(t, err)
		if len(empty) != 0 {
			t.Errorf("a new collection lists %d documents", len(empty))
		}

		must(t, col.Create(ctx, build("a", 1)))
		wantCode(t, "taken key", col.Create(ctx, build("a", 1)), survey.CodeConflict)
		found, err := col.Find(ctx, key("a"))
		must(t, err)
		same(t, "found", found, build("a", 1))

		wantCode(t, "update of an older revision", col.Update(ctx, build("a", 1)), survey.CodeConflict)
		wantCode(t, "update of a later revision", col.Update(ctx, build("a", 3)), survey.CodeConflict)
		must(t, col.Update(ctx, build("a", 2)))
		wantCode(t, "same update again", col.Update(ctx, build("a", 2)), survey.CodeConflict)

		must(t, col.SettleAudit(ctx, key("a"), 1))
		found, err = col.Find(ctx, key("a"))
		must(t, err)
		same(t, "settled at another revision", found, build("a", 2))
		for range 2 {
			must(t, col.SettleAudit(ctx, key("a"), 2))
			found, err = col.Find(ctx, key("a"))
			must(t, err)
			if found.Owed() != nil || found.Revision() != 2 || found.Key() != key("a") {
				t.Errorf("settled document owes %v at revision %d", found.Owed(), found.Revision())
			}
		}
		must(t, col.Update(ctx, build("a", 3)))
		found, err = col.Find(ctx, key("a"))
		must(t, err)
		same(t, "updated after it was settled", found, build("a", 3))

		many := make([]T, 0, 300)
		for _, k := range []string{"c", "a-b", "a", "b2", "b10", "b"} {
			many = append(many, build(k, 1))
		}
		for i := range 294 {
			many = append(many, build(fmt.Sprintf("x%03d", i), 1))
		}
		must(t, col.CreateAll(ctx, nil))
		must(t, col.CreateAll(ctx, many))
		must(t, col.CreateAll(ctx, many))
		all, err := col.List(ctx)
		must(t, err)
		if len(all) != len(many) {
			t.Fatalf("%d documents, want %d", len(all), len(many))
		}
		for i := 1; i < len(all); i++ {
			if all[i-1].Key() >= all[i].Key() {
				t.Errorf("key %q is listed before %q", all[i-1].Key(), all[i].Key())
			}
		}
		found, err = col.Find(ctx, key("a"))
		must(t, err)
		same(t, "skipped by CreateAll", found, build("a", 3))
		found, err = col.Find(ctx, key("b10"))
		must(t, err)
		same(t, "made by CreateAll", found, build("b10", 1))

		must(t, col.Remove(ctx, key("c")))
		_, err = col.Find(ctx, key("c"))
		wantCode(t, "find of a removed one", err, survey.CodeNotFound)
		wantCode(t, "find with a context that ended", errOf(col.Find(cancelled(t), key("a"))), survey.CodeUnavailable)
		wantCode(t, "create with a context that ended", col.Create(cancelled(t), build("d", 1)), survey.CodeUnavailable)

		t.Run("concurrent updates", func(t *testing.T) {
			s.needs(t, AtomicUpdates)
			const writers, each = 4, 3
			for _, err := range concurrently(writers, func(int) error {
				for done := 0; done < each; {
					now, err := col.Find(ctx, key("b"))
					if err != nil {
						return err
					}
					err = col.Update(ctx, build("b", now.Revision()+1))
					if err == nil {
						done++
					} else if !survey.IsCode(err, survey.CodeConflict) {
						return err
					}
				}
				return nil
			}) {
				must(t, err)
			}
			now, err := col.Find(ctx, key("b"))
			must(t, err)
			if now.Revision() != 1+writers*each {
				t.Errorf("revision %d after %d updates from 1: some were lost", now.Revision(), writers*each)
			}
		})
		t.Run("concurrent creation", func(t *testing.T) {
			results := concurrently(6, func(int) error { return col.Create(ctx, build("new", 1)) })
			if n := count(results, nil); n != 1 {
				t.Errorf("%d of 6 created one key", n)
			}
		})
	})
}
