import type { Language, Text } from '../lib/language'

/** Every sentence of the kiosk in Vietnamese: the catalogue that the others must match. */
const vi = {
  'title': 'Đánh giá hài lòng',
  'synthetic': 'Dữ liệu mô phỏng',
  'synthetic.long': 'máy thử nghiệm, không phải đánh giá thật',
  'language.label': 'Ngôn ngữ',
  'tools.label': 'Hiển thị và âm thanh',
  'tools.contrast': 'Tương phản cao',
  'tools.lower': 'Hạ thấp màn hình',
  'tools.listen': 'Nghe câu hỏi',
  'tools.hush': 'Dừng đọc',

  'level.1': 'Rất không hài lòng',
  'level.2': 'Không hài lòng',
  'level.3': 'Bình thường',
  'level.4': 'Hài lòng',
  'level.5': 'Rất hài lòng',

  'invite': 'Xin mời Ông/Bà đánh giá',
  'rate.hint': 'Xin chạm vào khuôn mặt đúng với cảm nhận của Ông/Bà',
  'privacy': 'Không hỏi tên, không chụp hình. Đánh giá này không gắn với Ông/Bà.',

  'chosen': 'Ông/Bà đã chọn',
  'chosen.change': 'Chọn lại',
  'progress': 'Câu {n} / {total}',
  'field.title': 'Hôm nay Ông/Bà đến giải quyết việc thuộc lĩnh vực nào?',
  'field.skip': 'Không rõ / Bỏ qua',
  'field.chosen': 'Lĩnh vực',
  'back': 'Câu trước',
  'skip': 'Bỏ qua',
  'next': 'Tiếp tục',
  'send': 'Gửi đánh giá',
  'finish': 'Gửi luôn',
  'na': 'Không có ý kiến',
  'yes': 'Có',
  'no': 'Không',
  'max': 'Ông/Bà đã chọn đủ {max} ý',
  'many': 'Ông/Bà có thể chọn nhiều ý',

  'saving': 'Đang ghi…',
  'unsaved.title': 'Máy chưa ghi được đánh giá',
  'unsaved.text': 'Xin Ông/Bà thử lại, hoặc báo giúp nhân viên.',
  'unsaved.retry': 'Thử lại',
  'unsaved.leave': 'Thôi, kết thúc',

  'thanks.title': 'Xin cảm ơn Ông/Bà!',
  'thanks.text': 'Đánh giá của Ông/Bà đã được ghi nhận.',
  'thanks.next': 'Người tiếp theo',

  'idle.title': 'Ông/Bà còn ở đó không?',
  'idle.kept': 'Đánh giá Ông/Bà vừa chọn vẫn được ghi nhận.',
  'idle.fresh': 'Màn hình sẽ trở về lúc đầu.',
  'idle.seconds': 'còn {n} giây',
  'idle.stay': 'Tôi còn ở đây',
  'idle.leave': 'Kết thúc',

  'early.title': 'Điểm này chưa nhận đánh giá',
  'early.text': 'Xin mời Ông/Bà đánh giá từ ngày {day}.',

  'closed.title': 'Điểm này đã ngừng nhận đánh giá',
  'closed.text': 'Xin cảm ơn Ông/Bà. Mọi góp ý xin gửi tới nhân viên tại quầy.',

  'hours.title': 'Hiện ngoài giờ làm việc',
  'hours.next': 'Mời Ông/Bà quay lại từ {time} {day}.',
  'hours.today': 'hôm nay',
  'hours.table': 'Giờ làm việc',
  'hours.days': '{first} – {last}',
  'hours.rest': 'Nghỉ',
  'hours.insist': 'Tôi vẫn muốn đánh giá',
  'day.1': 'Thứ Hai',
  'day.2': 'Thứ Ba',
  'day.3': 'Thứ Tư',
  'day.4': 'Thứ Năm',
  'day.5': 'Thứ Sáu',
  'day.6': 'Thứ Bảy',
  'day.7': 'Chủ nhật',

  'backlog': '{n} phiếu chờ gửi',
  'backlog.stopped': 'Cần nhân viên: máy chưa gửi được',

  'enrol.title': 'Đưa máy vào sử dụng',
  'enrol.again': 'Đăng ký lại máy này',
  'enrol.text': 'Nhập mã đăng ký gồm 8 ký tự. Mã do người quản trị tạo ở mục Kiosk, dùng một lần, có hiệu lực 10 phút.',
  'enrol.code': 'Mã đăng ký',
  'enrol.erase': 'Xoá một ký tự',
  'enrol.waiting': 'Còn {n} phiếu chờ trên máy này. Phiếu được giữ và sẽ gửi đi khi máy được đăng ký lại cho kiosk cũ.',
  'enrol.send': 'Đăng ký máy',
  'enrol.sending': 'Đang đăng ký…',
  'enrol.cancel': 'Quay lại',
  'enrol.error.missing': 'Hãy nhập mã đăng ký.',
  'enrol.error.format': 'Mã gồm 8 chữ và số, ví dụ K7QX-2M9A. Hãy kiểm tra lại.',
  'enrol.error.unknown': 'Không có mã này. Hãy so lại từng ký tự với màn hình quản trị.',
  'enrol.error.used': 'Mã này đã được dùng. Hãy xin mã mới.',
  'enrol.error.replaced': 'Mã này không dùng được nữa: đã được thay bằng mã khác hoặc đã bị thu hồi. Hãy dùng mã mới nhất.',
  'enrol.error.expired': 'Mã này đã hết hạn (10 phút). Hãy xin mã mới.',
  'enrol.error.throttled': 'Đã nhập sai nhiều lần. Hãy chờ {seconds} giây rồi thử lại.',
  'enrol.error.throttled.soon': 'Đã nhập sai nhiều lần. Hãy chờ ít phút rồi thử lại.',
  'enrol.error.closed': 'Kiosk này đã ngừng sử dụng. Hãy hỏi người quản trị.',
  'enrol.error.refused': 'Máy chủ không chấp nhận. Hãy xin mã mới.',
  'enrol.error.network': 'Không kết nối được với máy chủ. Hãy kiểm tra mạng rồi thử lại.',
  'enrol.error.unexpected': 'Máy chủ trả lời không như mong đợi. Có thể mạng này cần đăng nhập trước.',
  'enrol.error.storage': 'Trình duyệt không cho lưu dữ liệu trên máy này. Hãy tắt chế độ ẩn danh rồi thử lại.',
  'insecure.title': 'Cần địa chỉ https',
  'insecure.text': 'Kiosk chỉ chạy trên địa chỉ bắt đầu bằng https://, để dùng được khi mất mạng.',
  'broken.title': 'Máy chưa sẵn sàng',
  'broken.text': 'Trình duyệt không mở được bộ nhớ của máy. Hãy tắt chế độ ẩn danh hoặc khởi động lại trình duyệt.',
  'broken.retry': 'Thử lại',

  'staff': 'Nhân viên',
  'staff.hold': 'Nhân viên: giữ 3 giây',
  'staff.title': 'Dành cho nhân viên',
  'staff.close': 'Đóng',
  'staff.kiosk': 'Kiosk',
  'staff.point': 'Điểm khảo sát',
  'staff.waiting': 'Phiếu chờ gửi',
  'staff.agency': 'Cơ quan',
  'staff.aside': 'Phiếu để riêng',
  'staff.aside.text': 'Máy chủ không nhận các phiếu này; chúng vẫn được giữ trên máy.',
  'staff.aside.again': 'Gửi lại phiếu để riêng',
  'staff.outcome.invalid': 'không hợp lệ',
  'staff.outcome.conflict': 'trùng mã, khác nội dung',
  'staff.outcome.closed': 'điểm đã đóng',
  'staff.lastSent': 'Lần gửi gần nhất',
  'staff.never': 'chưa gửi lần nào',
  'staff.connection': 'Kết nối',
  'staff.idle': 'Bình thường',
  'staff.sending': 'Đang gửi…',
  'staff.offline': 'Mất mạng; máy tự gửi khi có mạng',
  'staff.network': 'Không tới được máy chủ; máy tự thử lại',
  'staff.foreign': 'Mạng này chặn máy (có thể cần đăng nhập Wi-Fi); máy tự thử lại',
  'staff.busy': 'Máy chủ đang bận; máy tự thử lại',
  'staff.items': 'Một số phiếu chưa gửi được; máy tự thử lại',
  'staff.stopped': 'Máy chủ không chấp nhận máy này. Phiếu vẫn được giữ; hãy đăng ký lại bằng mã mới.',
  'staff.stopped.closed': 'Kiosk này đã ngừng sử dụng. Phiếu vẫn được giữ trên máy.',
  'staff.storage': 'Bộ nhớ máy',
  'staff.storage.kept': 'Được giữ lâu dài',
  'staff.storage.loose': 'Trình duyệt có thể xoá khi đầy',
  'staff.clock': 'Đồng hồ máy',
  'staff.clock.good': 'Đúng (lệch {seconds} giây)',
  'staff.clock.bad': 'Lệch {minutes} phút so với máy chủ',
  'staff.clock.none': 'Chưa so được với máy chủ',
  'staff.send': 'Gửi ngay',
  'staff.send.offline': 'Chưa gửi được: máy đang mất mạng. Phiếu vẫn được giữ trên máy.',
  'staff.send.none': 'Đã liên lạc với máy chủ; không có phiếu nào chờ.',
  'staff.send.done': 'Đã gửi {n} phiếu.',
  'staff.send.left': 'Còn {n} phiếu chưa gửi được; máy tự thử lại.',
  'staff.enrol': 'Đăng ký lại bằng mã mới',
  'staff.version': 'Phiên bản {version}',
  'staff.more': 'Khi máy không gửi được',
  'staff.export': 'Xuất phiếu ra tệp',
  'staff.export.done': 'Đã xuất {n} phiếu ra tệp {name}. Phiếu vẫn còn trên máy; nhập tệp ở trang quản trị, mỗi phiếu chỉ được tính một lần.',
  'staff.export.none': 'Không có phiếu nào đang chờ.',
  'staff.unenrol': 'Gỡ máy khỏi kiosk',
  'staff.unenrol.title': 'Gỡ máy này khỏi kiosk?',
  'staff.unenrol.text': 'Màn hình đánh giá sẽ đóng cho đến khi máy được đăng ký lại bằng mã mới.',
  'staff.unenrol.waiting': 'Còn {n} phiếu trên máy chưa gửi được. Phiếu vẫn được giữ và chỉ gửi đi khi máy được đăng ký lại cho kiosk {kiosk}.',
  'staff.unenrol.export': 'Nên xuất ra tệp trước.',
  'staff.unenrol.exported': 'Đã xuất ra tệp {name}.',
  'staff.unenrol.keep': 'Không gỡ',
  'staff.pin.title': 'Nhập mã PIN của nhân viên',
  'staff.pin.label': 'Mã PIN',
  'staff.pin.open': 'Mở',
  'staff.pin.checking': 'Đang kiểm tra…',
  'staff.pin.erase': 'Xoá một số',
  'staff.pin.wrong': 'Mã PIN không đúng.',
  'staff.pin.wait': 'Mã PIN không đúng. Hãy chờ {seconds} giây rồi thử lại.',
  'staff.pin.none': 'Muốn xuất phiếu hoặc gỡ máy, hãy đặt mã PIN cho kiosk này ở trang quản trị; máy nhận mã trong vòng một phút.',
  'staff.pin.offline': 'Máy này chưa có mã PIN nên chưa xuất phiếu hoặc gỡ máy được. Hãy đặt mã PIN cho kiosk ở trang quản trị; máy nhận mã khi có mạng trở lại.',
  'staff.pin.refused': 'Máy này chưa có mã PIN và máy chủ không còn nhận máy, nên mã PIN đặt bây giờ không tới được máy. Chỉ còn cách đăng ký lại máy bằng mã mới: phiếu đang chờ sẽ được gửi.',
  'enrol.scan': 'Quét mã QR',
  'enrol.scan.text': 'Đưa mã QR trên trang quản trị vào trước máy ảnh.',
  'enrol.scan.stop': 'Thôi quét',
  'enrol.scan.failed': 'Không mở được máy ảnh. Hãy cho phép dùng máy ảnh hoặc nhập mã bằng tay.',
  'enrol.looking': 'Đang kiểm tra mã…',
  'enrol.confirm': 'Dùng máy này ở đây?',
  'enrol.confirm.kiosk': 'Kiosk',
  'enrol.confirm.point': 'Điểm khảo sát',
  'enrol.confirm.agency': 'Cơ quan',
  'enrol.confirm.no': 'Không phải',
  'enrol.other': 'Máy còn {n} phiếu chưa gửi của kiosk {kiosk}. Máy chủ không nhận phiếu của kiosk khác: hãy gửi hết hoặc xuất ra tệp trước.',
} as const

export type MessageKey = keyof typeof vi

const en: Record<MessageKey, string> = {
  'title': 'Satisfaction rating',
  'synthetic': 'Synthetic data',
  'synthetic.long': 'a trial device, no real ratings',
  'language.label': 'Language',
  'tools.label': 'Display and sound',
  'tools.contrast': 'High contrast',
  'tools.lower': 'Lower the screen',
  'tools.listen': 'Listen',
  'tools.hush': 'Stop reading',

  'level.1': 'Very dissatisfied',
  'level.2': 'Dissatisfied',
  'level.3': 'Neutral',
  'level.4': 'Satisfied',
  'level.5': 'Very satisfied',

  'invite': 'Please rate our service',
  'rate.hint': 'Please touch the face that shows how you feel',
  'privacy': 'No name, no picture. This rating cannot be traced to you.',

  'chosen': 'You chose',
  'chosen.change': 'Change',
  'progress': 'Question {n} of {total}',
  'field.title': 'What was your visit today about?',
  'field.skip': 'Not sure / Skip',
  'field.chosen': 'Field',
  'back': 'Previous question',
  'skip': 'Skip',
  'next': 'Continue',
  'send': 'Send rating',
  'finish': 'Send now',
  'na': 'No opinion',
  'yes': 'Yes',
  'no': 'No',
  'max': 'You have chosen all {max}',
  'many': 'You may choose several',

  'saving': 'Saving…',
  'unsaved.title': 'Your rating could not be saved',
  'unsaved.text': 'Please try again, or tell a member of staff.',
  'unsaved.retry': 'Try again',
  'unsaved.leave': 'Leave',

  'thanks.title': 'Thank you!',
  'thanks.text': 'Your rating has been recorded.',
  'thanks.next': 'Next person',

  'idle.title': 'Are you still there?',
  'idle.kept': 'The rating you chose will be recorded.',
  'idle.fresh': 'The screen will go back to the start.',
  'idle.seconds': '{n} seconds left',
  'idle.stay': 'I am still here',
  'idle.leave': 'Finish',

  'early.title': 'This point takes no ratings yet',
  'early.text': 'You are welcome to rate from {day} on.',

  'closed.title': 'This point no longer takes ratings',
  'closed.text': 'Thank you. Please tell the staff at the counter what you think.',

  'hours.title': 'We are closed now',
  'hours.next': 'We open again {day} at {time}.',
  'hours.today': 'today',
  'hours.table': 'Opening hours',
  'hours.days': '{first} – {last}',
  'hours.rest': 'Closed',
  'hours.insist': 'I want to rate all the same',
  'day.1': 'Monday',
  'day.2': 'Tuesday',
  'day.3': 'Wednesday',
  'day.4': 'Thursday',
  'day.5': 'Friday',
  'day.6': 'Saturday',
  'day.7': 'Sunday',

  'backlog': '{n} waiting to be sent',
  'backlog.stopped': 'Staff needed: cannot send',

  'enrol.title': 'Set up this kiosk',
  'enrol.again': 'Enrol this device again',
  'enrol.text': 'Enter the enrolment code of 8 characters. An administrator makes it under Kiosks; it works once, for 10 minutes.',
  'enrol.code': 'Enrolment code',
  'enrol.erase': 'Erase one character',
  'enrol.waiting': '{n} ratings wait on this device. They are kept, and sent once it is enrolled again for the kiosk it was.',
  'enrol.send': 'Enrol device',
  'enrol.sending': 'Enrolling…',
  'enrol.cancel': 'Back',
  'enrol.error.missing': 'Enter the enrolment code.',
  'enrol.error.format': 'The code has 8 letters and digits, such as K7QX-2M9A. Please check it.',
  'enrol.error.unknown': 'There is no such code. Compare every character with the administration screen.',
  'enrol.error.used': 'This code has been used. Ask for a new one.',
  'enrol.error.replaced': 'This code is no longer good: it was replaced by another one or revoked. Use the newest code.',
  'enrol.error.expired': 'This code has expired (10 minutes). Ask for a new one.',
  'enrol.error.throttled': 'Too many wrong codes. Wait {seconds} seconds, then try again.',
  'enrol.error.throttled.soon': 'Too many wrong codes. Wait a few minutes, then try again.',
  'enrol.error.closed': 'This kiosk is out of service. Ask the administrator.',
  'enrol.error.refused': 'The server refused. Ask for a new code.',
  'enrol.error.network': 'The server cannot be reached. Check the network and try again.',
  'enrol.error.unexpected': 'The server gave an unexpected answer. This network may want you to sign in first.',
  'enrol.error.storage': 'The browser does not let this device keep data. Leave private browsing and try again.',
  'insecure.title': 'An https address is needed',
  'insecure.text': 'The kiosk only runs at an address that begins with https://, so that it works without a connection.',
  'broken.title': 'This device is not ready',
  'broken.text': 'The browser cannot open its storage. Leave private browsing or restart the browser.',
  'broken.retry': 'Try again',

  'staff': 'Staff',
  'staff.hold': 'Staff: hold for 3 seconds',
  'staff.title': 'For staff',
  'staff.close': 'Close',
  'staff.kiosk': 'Kiosk',
  'staff.point': 'Service point',
  'staff.waiting': 'Ratings waiting',
  'staff.agency': 'Agency',
  'staff.aside': 'Ratings set aside',
  'staff.aside.text': 'The server does not take these ratings; they are still kept on this device.',
  'staff.aside.again': 'Send those again',
  'staff.outcome.invalid': 'not valid',
  'staff.outcome.conflict': 'same id, other content',
  'staff.outcome.closed': 'point closed',
  'staff.lastSent': 'Last sent',
  'staff.never': 'nothing sent yet',
  'staff.connection': 'Connection',
  'staff.idle': 'Good',
  'staff.sending': 'Sending…',
  'staff.offline': 'No network; sending resumes by itself',
  'staff.network': 'Server out of reach; trying again by itself',
  'staff.foreign': 'This network stands in the way (Wi-Fi sign-in?); trying again by itself',
  'staff.busy': 'The server is busy; trying again by itself',
  'staff.items': 'Some ratings are not sent yet; trying again by itself',
  'staff.stopped': 'The server refuses this device. The ratings are kept; enrol it again with a new code.',
  'staff.stopped.closed': 'This kiosk is out of service. The ratings are kept on this device.',
  'staff.storage': 'Device storage',
  'staff.storage.kept': 'Kept for good',
  'staff.storage.loose': 'The browser may clear it when full',
  'staff.clock': 'Device clock',
  'staff.clock.good': 'Right (off by {seconds} s)',
  'staff.clock.bad': '{minutes} minutes off the server',
  'staff.clock.none': 'Not yet compared with the server',
  'staff.send': 'Send now',
  'staff.send.offline': 'Not sent: there is no network. The ratings are kept on this device.',
  'staff.send.none': 'The server was reached; no rating was waiting.',
  'staff.send.done': '{n} ratings sent.',
  'staff.send.left': '{n} ratings not sent yet; trying again by itself.',
  'staff.enrol': 'Enrol again with a new code',
  'staff.version': 'Version {version}',
  'staff.more': 'When the device cannot send',
  'staff.export': 'Export ratings to a file',
  'staff.export.done': '{n} ratings exported to {name}. They are still on this device; import the file in the administration, each rating counts once.',
  'staff.export.none': 'No rating is waiting.',
  'staff.unenrol': 'Unenrol this device',
  'staff.unenrol.title': 'Unenrol this device?',
  'staff.unenrol.text': 'The rating screen closes until the device is enrolled again with a new code.',
  'staff.unenrol.waiting': '{n} ratings on this device have not been sent. They are kept, and sent only once it is enrolled again for kiosk {kiosk}.',
  'staff.unenrol.export': 'Better export them to a file first.',
  'staff.unenrol.exported': 'They were exported to {name}.',
  'staff.unenrol.keep': 'Keep it enrolled',
  'staff.pin.title': 'Enter the staff PIN',
  'staff.pin.label': 'PIN',
  'staff.pin.open': 'Open',
  'staff.pin.checking': 'Checking…',
  'staff.pin.erase': 'Erase one digit',
  'staff.pin.wrong': 'The PIN is not right.',
  'staff.pin.wait': 'The PIN is not right. Wait {seconds} seconds, then try again.',
  'staff.pin.none': 'To export ratings or unenrol this device, set a PIN for this kiosk in the administration; the device learns it within a minute.',
  'staff.pin.offline': 'This device has no PIN, so it cannot export ratings or be unenrolled. Set a PIN for this kiosk in the administration; the device learns it once it is online again.',
  'staff.pin.refused': 'This device has no PIN, and the server no longer takes it, so a PIN set now does not reach it. Only enrolling it again with a new code helps: the ratings that wait are sent then.',
  'enrol.scan': 'Scan the QR code',
  'enrol.scan.text': 'Hold the QR code of the administration in front of the camera.',
  'enrol.scan.stop': 'Stop scanning',
  'enrol.scan.failed': 'The camera does not open. Allow the camera, or type the code.',
  'enrol.looking': 'Checking the code…',
  'enrol.confirm': 'Use this device here?',
  'enrol.confirm.kiosk': 'Kiosk',
  'enrol.confirm.point': 'Service point',
  'enrol.confirm.agency': 'Agency',
  'enrol.confirm.no': 'No',
  'enrol.other': 'This device still holds {n} unsent ratings of kiosk {kiosk}. The server does not take ratings of another kiosk: send them or export them to a file first.',
}

const catalogues: Record<Language, Record<MessageKey, string>> = { vi, en }

/** A language of the kiosk: Vietnamese and English are part of the program, others come with the device. */
export type Tag = string

/** A language that is data: its name in its own words, and the sentences that were translated. */
export interface FurtherLanguage {
  language: Tag
  name: string
  texts: Partial<Record<MessageKey, string>>
}

/** Words of the screen; lang: they are not in the screen's language, but in this one. */
export interface Words {
  text: string
  lang?: Language
}

const staffs = /^(staff|enrol|insecure|broken)\b/
const levels = /^level\./

/** What citizens read, which a further language translates; the words of the levels it shares with the phone form. */
export const citizensKeys = (Object.keys(vi) as MessageKey[]).filter((key) => !staffs.test(key) && !levels.test(key))

export const isBuiltIn = (tag: Tag): tag is Language => Object.hasOwn(catalogues, tag)

type Names<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never

type Value = string | number | Words

/** The values a sentence needs, by the {names} in its Vietnamese text. */
export type Params<K extends MessageKey> = [Names<(typeof vi)[K]>] extends [never] ? [] : [Record<Names<(typeof vi)[K]>, Value>]

/**
 * A sentence of the kiosk, with its values filled in. Where the language lacks it, or one of the values
 * is in Vietnamese for want of a word, all of it is Vietnamese.
 */
export function translate<K extends MessageKey>(tag: Tag, further: FurtherLanguage | undefined, key: K, ...params: Params<K>): Words {
  const values: Record<string, Value> = params[0] ?? {}
  const own = isBuiltIn(tag) ? catalogues[tag][key] : further?.texts[key]
  const whole = own !== undefined && Object.values(values).every((value) => typeof value !== 'object' || value.lang === undefined)
  const text = (whole ? own : vi[key]).replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    return typeof value === 'object' ? value.text : String(value)
  })
  return whole ? { text } : { text, lang: 'vi' }
}

/** A text of the server in a language, or in Vietnamese where that is missing. */
export function wordsIn(tag: Tag, text: Text): Words {
  const own = text[tag]
  return own ? { text: own } : { text: text.vi, lang: 'vi' }
}

/** Every sentence that citizens read in a language of the program, by key. */
export function citizensTexts(language: Language): Record<string, string> {
  return Object.fromEntries(citizensKeys.map((key) => [key, catalogues[language][key]]))
}
