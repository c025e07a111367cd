package survey

import (
	"crypto/hmac"
	"crypto/sha256"
)

// CheckPhrase gives two plain Vietnamese things that stand on a point's sheets and
// on the form its QR code leads to. Who finds others on the screen than on the paper has scanned a
// code that was stuck over the right one.
//
// The phrase belongs to the code and the key, both for good: sheets hang for years. Without the key it cannot
// be told from the code. It deters, it proves nothing: whoever prints a whole sheet prints the words with it,
// and two codes in 16,256 share theirs.
func CheckPhrase(key []byte, code string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("sipas check phrase 1\n" + code))
	sum := mac.Sum(nil)
	first, second := int(sum[0])%len(checkWords), int(sum[1])%(len(checkWords)-1)
	if second >= first {
		second++ // never the same twice
	}
	return checkWords[first] + " · " + checkWords[second]
}

// checkWords are printed on paper: the list never changes.
var checkWords = [128]string{
	"bông lúa", "hoa sen", "cánh diều", "con trâu", "cây đa", "giếng nước", "mái đình", "con đò",
	"dòng sông", "ngọn núi", "cây tre", "hoa mai", "hoa đào", "hoa cúc", "hoa hồng", "hoa lan",
	"quả cam", "quả bưởi", "quả dừa", "quả chuối", "quả xoài", "quả ổi", "quả na", "quả khế",
	"quả mít", "hạt gạo", "bắp ngô", "củ khoai", "củ gừng", "mặt trời", "mặt trăng", "ngôi sao",
	"đám mây", "cơn mưa", "cầu vồng", "ngọn gió", "làn sóng", "bãi cát", "hòn đảo", "con thuyền",
	"cánh buồm", "cá chép", "con cua", "con tôm", "con ốc", "con ong", "con bướm", "con kiến",
	"chim én", "chim sẻ", "bồ câu", "con cò", "con gà", "con vịt", "con mèo", "con thỏ",
	"con nai", "con voi", "con ngựa", "con dê", "con rùa", "cây bàng", "cây phượng", "cây thông",
	"cây cau", "lá trầu", "lá cờ", "cái trống", "tiếng chuông", "cây đàn", "ống sáo", "chiếc nón",
	"áo dài", "khăn len", "đôi dép", "cái ô", "chiếc lược", "tấm gương", "đèn lồng", "ngọn nến",
	"bếp lửa", "ấm trà", "bát cơm", "bánh chưng", "bánh mì", "tô phở", "ly nước", "hũ mật",
	"gói xôi", "viên kẹo", "quyển sách", "cây bút", "tờ giấy", "thước kẻ", "bảng đen", "viên phấn",
	"con tem", "lá thư", "tấm ảnh", "bức tranh", "cái bàn", "cái ghế", "cửa sổ", "chìa khóa",
	"mái nhà", "khu vườn", "con đường", "cây cầu", "xe đạp", "đoàn tàu", "máy bay", "bánh xe",
	"cái chổi", "đôi đũa", "cái thìa", "cái nồi", "cái kéo", "cuộn chỉ", "chiếc cúc", "quả bóng",
	"viên bi", "con quay", "xích đu", "hòn đá", "viên gạch", "đồng hồ", "cái cân", "thang gỗ",
}
