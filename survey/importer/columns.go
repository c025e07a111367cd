package importer

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"slices"
	"strings"

	"sipas/survey"
	"sipas/survey/questionnaires"
)

// Column describes one column of a kind of file.
type Column struct {
	Name     string      `json:"name"`
	Meaning  survey.Text `json:"meaning"`
	Required bool        `json:"required"` // must be in the file, with a value in every row
	Example  string      `json:"example"`
}

const required, optional = true, false

func column(name string, required bool, example, vi, en string) Column {
	return Column{Name: name, Required: required, Example: example,
		Meaning: survey.Text{survey.Vietnamese: vi, survey.English: en}}
}

// described holds the columns of every kind; of responses those before the answers.
var described = map[Kind][]Column{
	KindFields: {
		column("id", required, "dat-dai",
			"Mã lĩnh vực: chữ thường không dấu, số, nối bằng gạch ngang", "The field's id: small letters without accents, digits, joined by hyphens"),
		column("name_vi", required, "Đất đai", "Tên lĩnh vực", "The field's name in Vietnamese"),
		column("name_en", optional, "Land", "Tên lĩnh vực bằng tiếng Anh", "The field's name in English"),
		column("order", optional, "1", "Thứ tự trong danh sách, là số nguyên: số nhỏ đứng trước; 1.000 là một nghìn",
			"Place in lists, a whole number: smaller numbers come first; 1.000 is a thousand"),
		column("closed", optional, "không", "Đã ngừng dùng: có hoặc không", "No longer in use: yes or no"),
	},
	KindAgencies: {
		column("id", required, "xa-binh-minh",
			"Mã cơ quan: chữ thường không dấu, số, nối bằng gạch ngang", "The agency's id: small letters without accents, digits, joined by hyphens"),
		column("parent", optional, "tinh-an-binh",
			"Mã cơ quan cấp trên; chỉ để trống ở Uỷ ban nhân dân tỉnh. Cơ quan cấp trên có thể nằm ở dòng sau",
			"The id of the agency above; empty for the province only. The agency above may come later in the file"),
		column("kind", required, "commune",
			"Loại: province (tỉnh), department (sở, ban, ngành), commune (xã, phường, đặc khu), vertical (ngành dọc), provider (đơn vị sự nghiệp), district (huyện, đã kết thúc)",
			"What it is: province, department, commune, vertical (line agency of the centre), provider (public service provider), district (ended)"),
		column("level", required, "commune", "Cấp: province (tỉnh), commune (xã), district (huyện)", "Tier of government: province, commune, district"),
		column("name_vi", required, "Xã Bình Minh", "Tên cơ quan", "The agency's name in Vietnamese"),
		column("name_en", optional, "Binh Minh Commune", "Tên cơ quan bằng tiếng Anh", "The agency's name in English"),
		column("sector", optional, "", "Chỉ với đơn vị sự nghiệp: mã lĩnh vực của ngành, như y-te", "Of a provider only: the field id of its sector, such as y-te"),
		column("valid_from", required, "01/07/2025", "Ngày đầu tiên hoạt động", "The first day it exists"),
		column("valid_to", optional, "", "Ngày cuối cùng hoạt động; để trống nếu đang hoạt động", "The last day it exists; empty: still"),
		column("successors", optional, "", "Mã các cơ quan tiếp nhận khi kết thúc, cách nhau bằng |", "The ids of the agencies that took its work over, separated by |"),
	},
	KindPoints: {
		column("code", optional, "",
			"Mã điểm khảo sát đã có, như K7QX2-M9A4T. Để trống: tìm điểm cùng tên của cơ quan, nếu chưa có thì tạo điểm mới với mã mới",
			"The code of an existing point, such as K7QX2-M9A4T. Empty: the agency's point of this name, or a new point with a new code"),
		column("agency", required, "xa-binh-minh", "Mã cơ quan; không đổi được", "The id of its agency; cannot be changed"),
		column("name_vi", required, "Quầy 1 – Đất đai", "Tên điểm khảo sát", "The point's name in Vietnamese"),
		column("name_en", optional, "Counter 1 – Land", "Tên điểm khảo sát bằng tiếng Anh", "The point's name in English"),
		column("fields", optional, "dat-dai|ho-tich", "Mã các lĩnh vực, cách nhau bằng |", "The ids of its fields, separated by |"),
		column("delivery", optional, "counter",
			"Cách cung cấp dịch vụ: counter (tại quầy, mặc định), online (trực tuyến), post (bưu chính)", "How the service is given: counter (the default), online, post"),
		column("questionnaire", optional, "quick", "Mã phiếu khảo sát; mặc định quick", "The id of its form; quick by default"),
		column("opens", optional, "", "Ngày đầu tiên nhận đánh giá; để trống: mở từ trước", "The first day on which it takes ratings; empty: open already"),
		column("closed", optional, "", "Ngày đầu tiên không nhận đánh giá; để trống: đang mở", "The first day on which it takes no ratings; empty: open"),
	},
	KindVolumes: {
		column("agency", required, "xa-binh-minh", "Mã cơ quan", "The agency's id"),
		column("field", required, "dat-dai", "Mã lĩnh vực", "The field's id"),
		column("month", required, "09/2025", "Tháng", "The month"),
		column("files", required, "1250", "Số hồ sơ đã trả kết quả trong tháng, là số nguyên: 1.250 và 1,250 đều là một nghìn hai trăm năm mươi",
			"The number of files on which a result was returned in the month, a whole number: 1.250 and 1,250 both are one thousand two hundred and fifty"),
	},
	KindResponses: {
		column("id", optional, "",
			"UUID của phiếu. Để trống: suy từ nội dung, nên các phiếu giống hệt nhau ở hai tệp khác nhau được coi là một; hãy điền cột number để phân biệt",
			"The response's UUID. Empty: derived from the content, so equal rows of two files count as one response; fill in number to tell them apart"),
		column("number", optional, "",
			"Số ghi trên phiếu giấy hoặc ở hệ thống cũ: chỉ để phân biệt các phiếu có nội dung giống nhau, không được lưu",
			"The number on the paper form or in the old system: tells responses of equal content apart, and is not stored"),
		column("point", required, "K7QX2-M9A4T", "Mã điểm khảo sát", "The code of the point"),
		column("field", optional, "dat-dai", "Mã lĩnh vực, nếu điểm có nhiều lĩnh vực và người dân đã chọn", "The field's id, where the point has several and the citizen chose one"),
		column("procedure", optional, "", "Mã thủ tục", "The procedure's id"),
		column("answered_at", required, "30/09/2025 14:30",
			"Ngày đánh giá, có thể thêm giờ; theo giờ Việt Nam nếu không ghi múi giờ", "The day of the rating, with or without the time; in Vietnam time unless a zone is given"),
		column("language", optional, "vi", "Ngôn ngữ của phiếu: vi (mặc định) hoặc en", "The language of the form: vi (the default) or en"),
		column("capture", optional, "paper", "Nguồn: paper (phiếu giấy) hoặc import (từ hệ thống khác, mặc định)", "Where it comes from: paper, or import (another system, the default)"),
		column("questionnaire", optional, "quick", "Mã phiếu khảo sát; mặc định là phiếu của điểm", "The form's id; the point's form by default"),
		column("version", optional, "1", "Phiên bản của phiếu, là số nguyên; mặc định là bản mới nhất", "The form's version, a whole number; the newest by default"),
		column("receipt_code", optional, "", "Mã dùng một lần in trên giấy biên nhận, nếu điểm yêu cầu mã; không được lưu cùng phiếu",
			"The one-time code on the receipt, where the point asks for codes; it is not stored with the response"),
	},
}

// sampleForm is the form whose items the sample of responses has.
const sampleForm = "quick"

// sampleAnswers are the answers of the sample, by item.
var sampleAnswers = map[string]string{"overall": "5", "reasons_happy": "fast|helpful", "comment": "Hướng dẫn tận tình."}

// Columns lists the columns files of the kind may have, in the order of the
// sample; those of responses end with the items of the shipped forms. Nil for an unknown kind.
func Columns(kind Kind) []Column { return columnsWith(kind, questionnaires.All()) }

// columnsWith is Columns with the items of other forms. Where an item is in several
// forms or versions, the newest version of the first form describes it.
func columnsWith(kind Kind, forms []*survey.Questionnaire) []Column {
	columns := slices.Clone(described[kind])
	if kind != KindResponses {
		return columns
	}
	have := map[string]bool{}
	for _, c := range columns {
		have[c.Name] = true
	}
	forms = slices.Clone(forms)
	slices.SortFunc(forms, func(a, b *survey.Questionnaire) int {
		return cmp.Or(cmp.Compare(rank(a.ID), rank(b.ID)), cmp.Compare(a.ID, b.ID), cmp.Compare(b.Version, a.Version))
	})
	for _, form := range forms {
		for _, item := range form.Items {
			if item.Type == survey.ItemInfo || have[item.ID] {
				continue
			}
			have[item.ID] = true
			columns = append(columns, column(item.ID, optional, exampleOf(item),
				item.Text.In(survey.Vietnamese)+howToAnswer(item, survey.Vietnamese), item.Text.In(survey.English)+howToAnswer(item, survey.English)))
		}
	}
	return columns
}

// rank puts the form of the sample first.
func rank(form string) int {
	if form == sampleForm {
		return 0
	}
	return 1
}

func exampleOf(item survey.Item) string {
	if example, ok := sampleAnswers[item.ID]; ok {
		return example
	}
	switch item.Type {
	case survey.ItemRating:
		return "4"
	case survey.ItemSingle:
		if len(item.Options) > 0 {
			return item.Options[0].ID
		}
	case survey.ItemYesNo:
		return "có"
	case survey.ItemNumber:
		return "1"
	}
	return ""
}

// howToAnswer says what may stand in the cells of an item.
func howToAnswer(item survey.Item, language survey.Language) string {
	pick := func(vi, en string) string {
		if language == survey.English {
			return en
		}
		return vi
	}
	var ids []string
	for _, option := range item.Options {
		ids = append(ids, option.ID)
	}
	choices := strings.Join(ids, ", ")
	how := ""
	switch item.Type {
	case survey.ItemRating:
		how = pick("1 (rất không hài lòng) đến 5 (rất hài lòng)", "1 (very dissatisfied) to 5 (very satisfied)")
	case survey.ItemSingle:
		how = pick("một trong: ", "one of: ") + choices
	case survey.ItemMultiple:
		how = pick("một hay nhiều, cách nhau bằng |, trong: ", "one or several, separated by |, of: ") + choices
	case survey.ItemYesNo:
		how = pick("có hoặc không", "yes or no")
	case survey.ItemNumber:
		how = pick("một số", "a number")
	default:
		return ""
	}
	if item.NA {
		how += pick("; na: không có ý kiến", "; na: no opinion")
	}
	return " (" + how + ")"
}

// Sample gives a small CSV file of the kind: UTF-8 with a byte order mark, for
// spreadsheets to read it as such. Nil for an unknown kind.
func Sample(kind Kind) []byte {
	columns := described[kind]
	if columns == nil {
		return nil
	}
	if kind == KindResponses {
		columns = columnsWith(kind, []*survey.Questionnaire{questionnaires.Find(sampleForm, 1)})
	}
	var names, examples []string
	for _, c := range columns {
		names, examples = append(names, c.Name), append(examples, c.Example)
	}
	var b bytes.Buffer
	b.WriteString(byteOrderMark)
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	_ = w.WriteAll([][]string{names, examples}) // a buffer takes everything
	return b.Bytes()
}
