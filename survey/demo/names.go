package demo

import "sipas/survey"

func text(vi, en string) survey.Text {
	return survey.Text{survey.Vietnamese: vi, survey.English: en}
}

const rootID = "tinh-an-binh"

var rootName = text("Tỉnh An Bình (mô phỏng)", "An Binh province (synthetic)")

// office is an agency at provincial level with what its points serve.
type office struct {
	id, parent string
	kind       survey.AgencyKind
	sector     string
	name       survey.Text
	fields     []string
	share      float64 // true satisfied share overall; 0: drawn
	busy       float64 // expected ratings against a middling commune
	form       string
	online     bool
}

var offices = []office{
	{id: "van-phong-uy-ban-nhan-dan-tinh", kind: survey.KindDepartment, name: text("Văn phòng Uỷ ban nhân dân tỉnh", "Office of the People's Committee"), fields: []string{"noi-vu"}, busy: 0.6, form: "quick"},
	{id: "so-noi-vu", kind: survey.KindDepartment, name: text("Sở Nội vụ", "Department of Home Affairs"), fields: []string{"noi-vu", "lao-dong", "nguoi-co-cong"}, share: 0.935, busy: 3, form: "full", online: true},
	{id: "so-tai-chinh", kind: survey.KindDepartment, name: text("Sở Tài chính", "Department of Finance"), fields: []string{"dang-ky-kinh-doanh", "dau-tu"}, share: 0.905, busy: 4, form: "quick", online: true},
	{id: "so-xay-dung", kind: survey.KindDepartment, name: text("Sở Xây dựng", "Department of Construction"), fields: []string{"xay-dung", "giao-thong"}, share: 0.865, busy: 4, form: "short", online: true},
	{id: "so-nong-nghiep-va-moi-truong", kind: survey.KindDepartment, name: text("Sở Nông nghiệp và Môi trường", "Department of Agriculture and Environment"), fields: []string{"dat-dai", "moi-truong", "nong-nghiep"}, share: 0.84, busy: 4, form: "full", online: true},
	{id: "van-phong-dang-ky-dat-dai", parent: "so-nong-nghiep-va-moi-truong", kind: survey.KindDepartment, name: text("Văn phòng Đăng ký đất đai tỉnh", "Land Registration Office"), fields: []string{"dat-dai"}, share: 0.815, busy: 6, form: "quick"},
	{id: "so-cong-thuong", kind: survey.KindDepartment, name: text("Sở Công Thương", "Department of Industry and Trade"), fields: []string{"cong-thuong"}, share: 0.96, busy: 1.5, form: "quick", online: true},
	{id: "so-y-te", kind: survey.KindDepartment, name: text("Sở Y tế", "Department of Health"), fields: []string{"y-te", "bao-tro-xa-hoi"}, share: 0.9, busy: 2, form: "full"},
	{id: "benh-vien-da-khoa-tinh", parent: "so-y-te", kind: survey.KindProvider, sector: "y-te", name: text("Bệnh viện Đa khoa tỉnh", "Provincial General Hospital"), fields: []string{"y-te"}, share: 0.81, busy: 5, form: "quick"},
	{id: "benh-vien-san-nhi", parent: "so-y-te", kind: survey.KindProvider, sector: "y-te", name: text("Bệnh viện Sản - Nhi", "Obstetrics and Paediatrics Hospital"), fields: []string{"y-te"}, share: 0.9, busy: 3, form: "quick"},
	{id: "so-giao-duc-va-dao-tao", kind: survey.KindDepartment, name: text("Sở Giáo dục và Đào tạo", "Department of Education and Training"), fields: []string{"giao-duc"}, share: 0.945, busy: 2, form: "short"},
	{id: "truong-cao-dang-an-binh", parent: "so-giao-duc-va-dao-tao", kind: survey.KindProvider, sector: "giao-duc", name: text("Trường Cao đẳng An Bình", "An Binh College"), fields: []string{"giao-duc"}, share: 0.855, busy: 2, form: "quick"},
	{id: "truong-thpt-chuyen-an-binh", parent: "so-giao-duc-va-dao-tao", kind: survey.KindProvider, sector: "giao-duc", name: text("Trường THPT chuyên An Bình", "An Binh High School for the Gifted"), fields: []string{"giao-duc"}, share: 0.93, busy: 1, form: "quick"},
	{id: "so-khoa-hoc-va-cong-nghe", kind: survey.KindDepartment, name: text("Sở Khoa học và Công nghệ", "Department of Science and Technology"), fields: []string{"khoa-hoc-cong-nghe"}, share: 0.955, busy: 0.8, form: "quick", online: true},
	{id: "so-tu-phap", kind: survey.KindDepartment, name: text("Sở Tư pháp", "Department of Justice"), fields: []string{"tu-phap", "ho-tich", "chung-thuc"}, share: 0.95, busy: 4, form: "quick", online: true},
	{id: "so-van-hoa-the-thao-va-du-lich", kind: survey.KindDepartment, name: text("Sở Văn hóa, Thể thao và Du lịch", "Department of Culture, Sports and Tourism"), fields: []string{"van-hoa"}, share: 0.92, busy: 0.8, form: "quick"},
	{id: "so-dan-toc-va-ton-giao", kind: survey.KindDepartment, name: text("Sở Dân tộc và Tôn giáo", "Department of Ethnic and Religious Affairs"), fields: []string{"noi-vu"}, busy: 0.5, form: "quick"},
	{id: "so-ngoai-vu", kind: survey.KindDepartment, name: text("Sở Ngoại vụ", "Department of Foreign Affairs"), fields: []string{"noi-vu"}, busy: 0.3, form: "quick"},
	{id: "thanh-tra-tinh", kind: survey.KindDepartment, name: text("Thanh tra tỉnh", "Provincial Inspectorate"), fields: []string{"noi-vu"}, share: 0.83, busy: 0.4, form: "quick"},
	{id: "ban-quan-ly-cac-khu-cong-nghiep", kind: survey.KindDepartment, name: text("Ban Quản lý các khu công nghiệp", "Management Board of Industrial Parks"), fields: []string{"dau-tu", "xay-dung", "moi-truong"}, share: 0.89, busy: 1.2, form: "short", online: true},
	{id: "trung-tam-phuc-vu-hanh-chinh-cong", kind: survey.KindDepartment, name: text("Trung tâm Phục vụ hành chính công tỉnh", "Provincial Public Administration Service Centre"), share: 0.925, form: "quick"},
	{id: "cong-an-tinh", kind: survey.KindVertical, name: text("Công an tỉnh", "Provincial Police"), fields: []string{"cu-tru", "giao-thong"}, share: 0.962, busy: 7, form: "quick", online: true},
	{id: "thue-tinh", kind: survey.KindVertical, name: text("Thuế tỉnh An Bình", "Provincial Tax Office"), fields: []string{"thue"}, share: 0.9, busy: 5, form: "short", online: true},
	{id: "bao-hiem-xa-hoi-tinh", kind: survey.KindVertical, name: text("Bảo hiểm xã hội tỉnh", "Provincial Social Insurance"), fields: []string{"bao-hiem-xa-hoi"}, share: 0.948, busy: 4, form: "full", online: true},
	{id: "kho-bac-nha-nuoc-khu-vuc", kind: survey.KindVertical, name: text("Kho bạc Nhà nước khu vực An Bình", "Regional State Treasury"), fields: []string{"thue"}, share: 0.93, busy: 0.4, form: "quick"},
}

// centreDesks are the counters of the provincial centre.
var centreDesks = []struct {
	name   survey.Text
	fields []string
	busy   float64
	form   string
}{
	{text("Quầy 1: Đất đai, môi trường", "Counter 1: land, environment"), []string{"dat-dai", "moi-truong"}, 3, "quick"},
	{text("Quầy 2: Xây dựng, giao thông", "Counter 2: construction, transport"), []string{"xay-dung", "giao-thong"}, 3, "quick"},
	{text("Quầy 3: Đăng ký kinh doanh, đầu tư", "Counter 3: business registration, investment"), []string{"dang-ky-kinh-doanh", "dau-tu"}, 3, "quick"},
	{text("Quầy 4: Tư pháp, hộ tịch", "Counter 4: justice, civil status"), []string{"tu-phap", "ho-tich", "chung-thuc"}, 3, "full"},
	{text("Quầy 5: Lao động, người có công, bảo trợ xã hội", "Counter 5: labour, people with merit, social assistance"), []string{"lao-dong", "nguoi-co-cong", "bao-tro-xa-hoi"}, 2, "quick"},
	{text("Quầy 6: Văn hóa, giáo dục, y tế", "Counter 6: culture, education, health"), []string{"van-hoa", "giao-duc", "y-te"}, 2, "quick"},
	{text("Quầy 7: Công thương, nông nghiệp, khoa học", "Counter 7: trade, agriculture, science"), []string{"cong-thuong", "nong-nghiep", "khoa-hoc-cong-nghe"}, 1.5, "quick"},
	{text("Quầy hướng dẫn chung", "Help desk"), nil, 1, "quick"},
}

// The names of communes are a first and a second syllable; the combinations are invented.
var (
	firstSyllables  = []string{"An", "Bình", "Cẩm", "Đông", "Hòa", "Long", "Minh", "Mỹ", "Nam", "Phú", "Tân", "Thạch", "Thanh", "Vĩnh", "Xuân"}
	secondSyllables = []string{"Lạc", "Khê", "Giang", "Điền", "Trạch", "Lương", "Thuỷ", "Phong"}
)

var districts = []string{"Bình Lâm", "Đông Sa", "Hòa Khánh Thượng", "Long Mô", "Nam Kiều", "Phú Vân", "Tân Hạ", "Thạch Bảo"}

var procedures = []survey.Procedure{
	{ID: "dang-ky-khai-sinh", Field: "ho-tich", Name: text("Đăng ký khai sinh", "Birth registration")},
	{ID: "dang-ky-ket-hon", Field: "ho-tich", Name: text("Đăng ký kết hôn", "Marriage registration")},
	{ID: "chung-thuc-ban-sao", Field: "chung-thuc", Name: text("Chứng thực bản sao từ bản chính", "Certification of copies")},
	{ID: "chung-thuc-chu-ky", Field: "chung-thuc", Name: text("Chứng thực chữ ký", "Certification of signatures")},
	{ID: "cap-giay-chung-nhan-quyen-su-dung-dat", Field: "dat-dai", Name: text("Cấp Giấy chứng nhận quyền sử dụng đất lần đầu", "First land use certificate")},
	{ID: "dang-ky-bien-dong-dat-dai", Field: "dat-dai", Name: text("Đăng ký biến động đất đai", "Registration of changes in land use")},
	{ID: "cap-giay-phep-xay-dung", Field: "xay-dung", Name: text("Cấp giấy phép xây dựng nhà ở riêng lẻ", "Building permit for a house")},
	{ID: "dang-ky-ho-kinh-doanh", Field: "dang-ky-kinh-doanh", Name: text("Đăng ký thành lập hộ kinh doanh", "Registration of a household business")},
	{ID: "dang-ky-thuong-tru", Field: "cu-tru", Name: text("Đăng ký thường trú", "Registration of permanent residence")},
	{ID: "cap-the-can-cuoc", Field: "cu-tru", Name: text("Cấp thẻ căn cước", "Identity card")},
}
