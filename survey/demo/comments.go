package demo

import (
	"math/rand/v2"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Shares of the comments.
const (
	whole     = 0.4 // are one of the fixed sentences
	further   = 0.3 // of the others say a second thing
	closed    = 0.3 // of the others end with a wish
	bareText  = 0.1 // are written without diacritics
	lowerText = 0.1
	personal  = 0.03 // hold what has to be masked
	// lateTopic is how many of the dissatisfied speak of waiting, and lateLand of those
	// whose field is lateField: what people say there is to be found by comparison.
	lateTopic, lateLand = 0.25, 0.6
	lateField           = "dat-dai"
)

// comment writes what a citizen says about a field, from randomness of its own so that
// nothing else of a response depends on its words.
func comment(seed uint64, happy bool, field string) string {
	rng := rand.New(rand.NewPCG(seed, 4))
	chance := func(p float64) bool { return rng.Float64() < p }
	of := func(bank []string) string { return bank[rng.IntN(len(bank))] }
	sentences, topics, wishes := unhappyComments, unhappyTopics, unhappyWishes
	if happy {
		sentences, topics, wishes = happyComments, happyTopics, happyWishes
	}
	topic := func() []string {
		late := lateTopic
		if field == lateField {
			late = lateLand
		}
		switch {
		case happy:
			return topics[rng.IntN(len(topics))]
		case chance(late):
			return topics[0]
		}
		return topics[1+rng.IntN(len(topics)-1)]
	}
	text := of(sentences)
	if !chance(whole) {
		text = of(topic())
		if chance(further) {
			text += ". " + of(topic())
		}
		if chance(closed) {
			text += ", " + of(wishes)
		}
		text += "."
	}
	if chance(personal) {
		text += " " + of(traces)
	}
	if chance(lowerText) {
		text = strings.ToLower(text)
	}
	if chance(bareText) {
		text = withoutDiacritics(text)
	}
	return text
}

func withoutDiacritics(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'đ':
			return 'd'
		case r == 'Đ':
			return 'D'
		}
		return r
	}, norm.NFD.String(text))
}

// traces are what a program has to mask.
var traces = []string{
	"Gọi tôi số 0123 456 789.",
	"Mã hồ sơ H00.12-260315-0042.",
	"Viết cho tôi: nguoidan@example.vn.",
	"CCCD 001199000000.",
}

var happyTopics = [][]string{
	{"Cán bộ hướng dẫn nhiệt tình", "Cán bộ nhiệt tình, giải thích dễ hiểu", "Cán bộ tận tình", "Công chức lịch sự, vui vẻ", "Thái độ phục vụ rất tốt"},
	{"Trả kết quả đúng hẹn", "Hồ sơ xong đúng hẹn", "Giải quyết nhanh chóng", "Làm nhanh gọn, đúng hẹn", "Không phải chờ lâu"},
	{"Thủ tục đơn giản", "Hướng dẫn rõ ràng, dễ làm", "Thủ tục nhanh gọn, đơn giản hơn trước"},
	{"Nơi tiếp nhận sạch sẽ, thoáng mát", "Phòng chờ sạch sẽ", "Nộp hồ sơ qua mạng rất tiện lợi"},
}

// The first of them is about waiting.
var unhappyTopics = [][]string{
	{"Chờ lâu quá", "Phải chờ lâu mới tới lượt", "Chờ lâu mà không ai giải thích", "Hồ sơ trễ hẹn", "Trễ hẹn nhiều ngày, không có thư xin lỗi", "Quá hạn mà chưa trả kết quả"},
	{"Cán bộ không hướng dẫn rõ ràng", "Cán bộ không nhiệt tình", "Thái độ phục vụ chưa tốt", "Nhân viên nói năng khó chịu"},
	{"Phải đi lại nhiều lần", "Đi lại nhiều lần vì hướng dẫn mỗi lần một khác", "Yêu cầu thêm giấy tờ ngoài quy định", "Bổ sung hồ sơ ba lần mới xong"},
	{"Hệ thống mạng bị lỗi", "Nộp trực tuyến bị lỗi, phải nộp lại bản giấy", "Mạng lỗi, không tra cứu được hồ sơ"},
	{"Thiếu ghế ngồi, trời nóng", "Bãi gửi xe chật", "Phòng chờ nóng, đông người"},
}

var happyWishes = []string{"xin cảm ơn", "mong giữ được như vậy", "rất hài lòng"}

var unhappyWishes = []string{"mong sớm khắc phục", "đề nghị xem lại", "cần cải thiện"}

var happyComments = []string{
	"Cán bộ hướng dẫn rất nhiệt tình, tôi làm một lần là xong.",
	"Trả kết quả sớm hơn giấy hẹn hai ngày, xin cảm ơn.",
	"Nơi tiếp nhận sạch sẽ, có nước uống và quạt mát.",
	"Thủ tục nhanh gọn, không phải đi lại nhiều như trước.",
	"Cô ở quầy giải thích rất dễ hiểu.",
	"Nộp hồ sơ qua mạng tiện lợi, đỡ mất một buổi làm.",
	"Người già được ưu tiên trước, rất chu đáo.",
	"Lấy số tự động nên không phải chen lấn.",
	"Công chức lịch sự, vui vẻ.",
	"Được nhắn tin báo hồ sơ đã xong, rất tốt.",
	"Hồ sơ thiếu một tờ được photo giúp ngay tại chỗ.",
	"Rất hài lòng, mong giữ được như vậy.",
	"Từ khi về phường làm gần nhà hơn, đỡ vất vả.",
	"Làm giấy khai sinh cho cháu chỉ mất mười lăm phút.",
	"Tốt!",
	"Bảng hướng dẫn rõ ràng, dễ tìm.",
	"Ok",
	"Phí thu đúng như niêm yết, có biên lai đầy đủ.",
	"The officer helped me in English, thank you.",
	"Cán bộ trẻ làm việc nhanh nhẹn, thành thạo máy tính.",
}

var unhappyComments = []string{
	"Chờ từ sáng đến gần trưa mới tới lượt.",
	"Trễ hẹn mười ngày mà không có thư xin lỗi.",
	"Phải đi lại ba lần vì mỗi lần hướng dẫn một khác.",
	"Thái độ của người tiếp nhận chưa đúng mực.",
	"Hồ sơ đất đai quá lâu, hỏi thì bảo chờ.",
	"Hệ thống mạng lỗi liên tục, dân phải ngồi đợi.",
	"Ít ghế ngồi, trời nóng không có quạt.",
	"Yêu cầu thêm giấy xác nhận không có trong danh mục.",
	"Nhà xa, sau sáp nhập phải đi gần hai mươi cây số.",
	"Chữ trên bảng niêm yết nhỏ quá, người già không đọc được.",
	"Nộp trực tuyến rồi vẫn bắt mang bản giấy lên.",
	"Buổi chiều đến chỉ có một người làm việc.",
	"Bãi gửi xe chật, phải gửi ngoài đường.",
	"Không ai nghe điện thoại khi gọi hỏi kết quả.",
	"Giấy trả về sai ngày sinh, phải làm lại từ đầu.",
	"Mã vạch trên phiếu hẹn không tra cứu được.",
	"Cần thêm người hướng dẫn làm trên máy tính.",
	"Góp ý lần trước chưa thấy trả lời.",
	"Giờ làm việc không đúng như thông báo.",
	"Bình thường, cần nhanh hơn nữa.",
}
