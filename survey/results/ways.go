package results

import (
	"unicode"
	"unicode/utf8"

	"sipas/survey"
)

// way is the words for one way of taking ratings or of giving the service, those of
// the administration's pages.
type way struct {
	name survey.Text // within a sentence
	of   survey.Text // of the figures that are limited to it
}

var captureWays = map[survey.Capture]way{
	survey.CaptureKiosk:  {bilingual("kiosk", "kiosk"), bilingual("đánh giá qua kiosk", "rated on a kiosk")},
	survey.CaptureQR:     {bilingual("mã QR", "QR code"), bilingual("đánh giá qua mã QR", "rated through a QR code")},
	survey.CaptureLink:   {bilingual("liên kết", "link"), bilingual("đánh giá qua liên kết", "rated through a link")},
	survey.CapturePaper:  {bilingual("phiếu giấy", "paper form"), bilingual("đánh giá qua phiếu giấy", "rated on a paper form")},
	survey.CaptureImport: {bilingual("nhập từ tệp", "imported file"), bilingual("phiếu nhập từ tệp", "from an imported file")},
}

var deliveryWays = map[survey.Delivery]way{
	survey.DeliveryCounter: {bilingual("tại quầy", "at the counter"), bilingual("làm tại quầy", "served at the counter")},
	survey.DeliveryOnline:  {bilingual("trực tuyến", "online"), bilingual("làm trực tuyến", "served online")},
	survey.DeliveryPost:    {bilingual("qua bưu chính", "by post"), bilingual("làm qua bưu chính", "served by post")},
}

// labels are the names of ways as they stand alone.
func labels[T comparable](ways map[T]way) map[T]survey.Text {
	labels := make(map[T]survey.Text, len(ways))
	for id, w := range ways {
		label := survey.Text{}
		for l, name := range w.name {
			first, size := utf8.DecodeRuneInString(name)
			label[l] = string(unicode.ToUpper(first)) + name[size:]
		}
		labels[id] = label
	}
	return labels
}
