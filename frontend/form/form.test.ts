import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

/** What the page's script listens to outside the form; taken away after each test. */
const listening: (() => void)[] = []

const leave = () => listening.splice(0).forEach((stop) => stop())

/** Opens a page in the place of the one before. */
async function open(html: string) {
  leave()
  document.body.innerHTML = html
  for (const target of [window, document]) {
    if (vi.isMockFunction(target.addEventListener)) continue
    const listen = target.addEventListener
    vi.spyOn(target, 'addEventListener').mockImplementation((type: string, listener: unknown) => {
      listen.call(target, type, listener as EventListener)
      listening.push(() => target.removeEventListener(type, listener as EventListener))
    })
  }
  vi.resetModules()
  await import('./form')
}

const id = '3f0d9c1e-6f0a-4a53-9d7e-0d6f5b8a2c11'
const region = `<div id="kept" role="status" data-waiting="Còn {n}." data-sent="Đã gửi." data-expired="Quá 30 ngày." data-refused="Không nhận." data-offline="Chưa kết nối." data-incomplete="Còn thiếu."></div>`
const form = `${region}
  <form id="f" method="post" action="/s/K7QX2M9A4T?k=qr" data-id="${id}" novalidate>
    <button name="lang" value="en" formnovalidate>English</button>
    <h1>Quầy 1</h1>
    <div class="q" id="w-overall"><label><input type="radio" id="overall-1" name="overall" value="1" required> 1</label>
      <label><input type="radio" name="overall" value="5" required> 5</label></div>
    <div class="q" id="w-reasons" data-when="overall" data-in="1 2 3"><p class="hint when">Chỉ trả lời nếu…</p>
      <label><input type="checkbox" name="reasons" value="late"></label></div>
    <div class="q" id="w-more" data-when="reasons" data-in="late"><textarea name="more"></textarea></div>
    <p id="progress" data-text="{n} trên {m}" hidden><span></span><progress></progress></p>
    <input type="hidden" name=".page" value="token">
    <button name="send" value="1" data-busy="Đang gửi…">Gửi</button>
  </form>
  <template id="kept-page"><main><h1>Đã lưu</h1><p class="waits">Sẽ gửi khi có mạng.</p></main></template>`

const key = 'sipas.kept.' + id
const choose = (value: string) => document.querySelector<HTMLInputElement>(`[name=overall][value="${value}"]`)!.click()
const press = (name: string) => document.querySelector<HTMLButtonElement>(`[name=${name}]`)!.click()
const said = () => document.querySelector('#kept')!.textContent

/** An answer of the server, or of something else where it says no outcome. */
function answer(outcome: string, page: string, headers: Record<string, string> = {}): Response {
  return new Response(`<html lang="vi"><head><title>${page}</title></head><body>${region}<h1>${page}</h1></body></html>`, {
    headers: outcome === '' ? headers : { 'Sipas-Outcome': outcome, ...headers },
  })
}

describe('the phone form', () => {
  const network = vi.fn<typeof fetch>()
  const kept = () => Object.keys(localStorage).filter((name) => name.startsWith('sipas.kept.'))

  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('fetch', network)
    vi.stubGlobal('scrollTo', vi.fn())
    Element.prototype.scrollIntoView = vi.fn() // jsdom has none
    vi.spyOn(history, 'replaceState')
    network.mockReset()
    network.mockImplementation(() => Promise.reject(new TypeError('no network')))
    localStorage.clear()
    sessionStorage.clear()
    document.title = ''
  })
  afterEach(() => {
    leave()
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  it('shows a question with the answer that asks for it, and none behind a hidden one', async () => {
    await open(form)
    const hidden = () => ['reasons', 'more'].filter((name) => document.querySelector<HTMLElement>('#w-' + name)!.hidden)
    expect(hidden()).toEqual(['reasons', 'more'])
    expect(document.querySelector('.when')).toBeNull()
    choose('1')
    expect(hidden()).toEqual(['more'])
    document.querySelector<HTMLInputElement>('[name=reasons]')!.click()
    expect(hidden()).toEqual([])
    choose('5')
    expect(hidden()).toEqual(['reasons', 'more'])
  })

  it('counts the questions that are shown', async () => {
    await open(form)
    const progress = document.querySelector<HTMLElement>('#progress')!
    expect([progress.hidden, progress.textContent]).toEqual([false, '0 trên 1'])
    choose('1')
    expect([progress.textContent, progress.querySelector('progress')!.value]).toEqual(['1 trên 2', 1])
  })

  it('shows the confirmation in its place and keeps nothing', async () => {
    await open(form)
    choose('5')
    network.mockResolvedValue(answer('stored ' + id, 'Cảm ơn', { 'Content-Location': '/s/K7QX2M9A4T/thanks?r=x' }))
    press('send')
    const button = document.querySelector<HTMLButtonElement>('[name=send]')!
    expect([button.disabled, button.textContent, kept()]).toEqual([true, 'Đang gửi…', [key]])
    press('send')
    await vi.waitFor(() => expect(document.title).toBe('Cảm ơn'))
    expect(network).toHaveBeenCalledTimes(1)
    const [address, request] = network.mock.calls[0]!
    expect(address).toBe('/s/K7QX2M9A4T?k=qr')
    const body = new URLSearchParams(request!.body as string)
    expect([body.get('overall'), body.get('.page'), body.get('send')]).toEqual(['5', 'token', '1'])
    expect(Number(body.get('.after'))).toBeGreaterThanOrEqual(0)
    expect(history.replaceState).toHaveBeenCalledWith(null, '', '/s/K7QX2M9A4T/thanks?r=x')
    expect(document.activeElement).toBe(document.querySelector('h1'))
    expect(kept()).toEqual([])
  })

  it('puts the focus on the error summary of a refusal, and keeps nothing', async () => {
    await open(form)
    network.mockResolvedValue(new Response(`<title>Lỗi: Đánh giá</title><div role="alert">Chọn một mức</div>${form}`, { headers: { 'Sipas-Outcome': 'invalid ' + id } }))
    press('send')
    await vi.waitFor(() => expect(document.title).toBe('Lỗi: Đánh giá'))
    expect(document.activeElement).toBe(document.querySelector('[role=alert]'))
    expect(kept()).toEqual([])
    choose('5')
    network.mockResolvedValue(answer('stored ' + id, 'Cảm ơn'))
    press('send')
    await vi.waitFor(() => expect(document.title).toBe('Cảm ơn'))
  })

  it.each([
    ['stored ' + id, 'Đã gửi.', 0],
    ['invalid ' + id, 'Đã lưu', 1],
  ])('loses nothing where the answer breaks off: %s', async (outcome, heading, left) => {
    await open(form)
    choose('5')
    const broken = answer(outcome, 'Cảm ơn')
    vi.spyOn(broken, 'text').mockRejectedValue(new TypeError('cut off'))
    network.mockResolvedValueOnce(broken)
    press('send')
    await vi.waitFor(() => expect(document.querySelector('h1')!.textContent).toBe(heading))
    expect(kept().length).toBe(left)
  })

  it('changes the language without keeping anything', async () => {
    await open(form)
    network.mockResolvedValue(answer('shown ' + id, 'Rating'))
    press('lang')
    expect(kept()).toEqual([])
    await vi.waitFor(() => expect(document.title).toBe('Rating'))
    expect(new URLSearchParams(network.mock.calls[0]![1]!.body as string).get('lang')).toBe('en')
  })

  it('goes on in another language at the question that was answered last', async () => {
    await open(form)
    choose('1')
    const english = form.replace('value="1" required', 'value="1" required checked')
    network.mockResolvedValue(new Response(`<title>Rating</title>${english}`, { headers: { 'Sipas-Outcome': 'shown ' + id, 'Content-Location': '/s/K7QX2M9A4T?lang=en' } }))
    press('lang')
    await vi.waitFor(() => expect(document.title).toBe('Rating'))
    expect(document.activeElement!.id).toBe('overall-1')
    expect(history.replaceState).toHaveBeenCalledWith(null, '', '/s/K7QX2M9A4T?lang=en')
  })

  it.each([
    ['radio', '[value="5"]'],
    ['checkbox', '[name=reasons]'],
  ])('Enter chooses and sends nothing: %s', async (_, control) => {
    await open(form)
    const choice = document.querySelector<HTMLInputElement>(control)!
    const enter = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true })
    choice.dispatchEvent(enter)
    expect([choice.checked, enter.defaultPrevented]).toEqual([true, true])
    expect(network).not.toHaveBeenCalled()
  })

  describe('a page that is loaded anew', () => {
    const other = '11111111-1111-4111-8111-111111111111'
    const fresh = form.replace(id, other).replace('value="token"', 'value="other"')
    const page = () => [document.querySelector('#f')!.getAttribute('data-id'), document.querySelector<HTMLInputElement>('[name=".page"]')!.value]
    const level = () => document.querySelector<HTMLInputElement>('[name=overall]:checked')?.value
    const written = () => document.querySelector('textarea')!.value
    const come = (type: number) => Object.defineProperty(performance, 'navigation', { value: { type }, configurable: true })

    beforeEach(async () => {
      come(0)
      await open(form)
      choose('1')
      document.querySelector<HTMLInputElement>('[name=reasons]')!.click()
      const text = document.querySelector('textarea')!
      text.value = 'Chờ lâu'
      text.dispatchEvent(new Event('input', { bubbles: true }))
    })
    afterEach(() => Reflect.deleteProperty(performance, 'navigation'))

    it.each([
      ['reloaded', 1],
      ['come back to', 2],
    ])('has the answers and is still the same: %s', async (_, type) => {
      come(type)
      await open(fresh)
      expect([level(), written(), document.querySelector<HTMLElement>('#w-more')!.hidden]).toEqual(['1', 'Chờ lâu', false])
      network.mockResolvedValue(answer('stored ' + id, 'Cảm ơn'))
      press('send')
      await vi.waitFor(() => expect(document.title).toBe('Cảm ơn'))
      expect(new URLSearchParams(network.mock.calls[0]![1]!.body as string).get('.page')).toBe('token')
      await open(fresh)
      expect([level(), written(), page()], 'after sending').toEqual([undefined, '', [other, 'other']])
    })

    it.each([
      ['another visit', 0, fresh],
      ['another point', 1, fresh.replace('/s/K7QX2M9A4T', '/s/AAAAAAAAAA')],
    ])('is empty: %s', async (_, type, html) => {
      come(type)
      await open(html)
      expect([level(), written(), page(), sessionStorage.length]).toEqual([undefined, '', [other, 'other'], 0])
    })

    it('is empty once the form waits to be sent', async () => {
      press('send')
      await vi.waitFor(() => expect(document.querySelector('h1')!.textContent).toBe('Đã lưu'))
      come(1)
      await open(fresh)
      expect(level()).toBeUndefined()
    })
  })

  const foreign: [string, () => Promise<Response>][] = [
    ['no network', () => Promise.reject(new TypeError('no network'))],
    ['a captive portal', () => Promise.resolve(answer('', 'Đăng nhập Wi-Fi'))],
    ['an answer about another form', () => Promise.resolve(answer('stored 00000000-0000-4000-8000-000000000000', 'Cảm ơn'))],
    ['a server that is busy', () => Promise.resolve(answer('', 'Bận', { 'Retry-After': '60' }))],
    ['no answer in time', () => new Promise(() => {})],
  ]
  it.each(foreign)('is kept and sent later, with the same content: %s', async (_, failing) => {
    await open(form)
    choose('1')
    network.mockImplementation(failing)
    press('send')
    await vi.advanceTimersByTimeAsync(20_001)
    expect(document.querySelector('h1')!.textContent).toBe('Đã lưu')
    expect(document.querySelector('form'), 'the answers stay on the screen').toBeNull()
    expect(kept()).toEqual([key])

    network.mockImplementation(() => Promise.resolve(answer('stored ' + id, 'Rất không hài lòng')))
    window.dispatchEvent(new Event('online'))
    await vi.advanceTimersByTimeAsync(30_000)
    const sent = network.mock.calls.map(([, request]) => request!.body)
    expect(new Set(sent).size).toBe(1)
    expect(network.mock.calls.map(([, request]) => request!.credentials), 'whoever sees that it was sent has rated').not.toContain('omit')
    expect(kept()).toEqual([])
    expect([document.querySelector('h1')!.textContent, document.querySelector('.waits'), document.title]).toEqual(['Đã gửi.', null, 'Đã gửi.'])
  })

  it('is not kept without its required answer; the citizen is led there', async () => {
    await open(form)
    press('send')
    await vi.waitFor(() => expect(said()).toBe('Còn thiếu.'))
    expect(document.activeElement!.querySelector('a')!.hash).toBe('#overall-1')
    expect([kept(), document.querySelector<HTMLButtonElement>('[name=send]')!.disabled]).toEqual([[], false])
  })

  describe('with a receipt', () => {
    const pattern = /name="\.receipt".* pattern="([^"]*?)\{\{if not \.Required\}\}(.*?)\{\{end\}\}"/.exec(readFileSync('../api/pages/form.html', 'utf8'))!
    const page = (required: boolean) =>
      form.replace('<input type="hidden"', `<input id="receipt" name=".receipt" pattern="${pattern[1]}${required ? '' : pattern[2]}"${required ? ' required' : ''}><input type="hidden"`)
    const typed = () => document.querySelector<HTMLInputElement>('#receipt')!
    const sent = () => network.mock.calls.map(([, request]) => new URLSearchParams(request!.body as string).get('.receipt'))
    const good = '1010-ABCD-EFGA'

    it.each([
      [true, good, true],
      [true, ' ioi0 abcd–efga', true],
      [true, '', false],
      [true, '1010-ABCD-EFG', false],
      [true, good + '0', false],
      [true, '1010-ABCD-UFGA', false],
      [true, '2010-ABCD-EFGA', false],
      [false, ' ', true],
      [false, '1010-ABCD-EFG', false],
    ])('keeps it only with a code that can be one: required %s, "%s"', async (required, code, stays) => {
      await open(page(required))
      choose('5')
      typed().value = code
      press('send')
      if (stays) await vi.waitFor(() => expect(kept()).toEqual([key]))
      else await vi.waitFor(() => expect(said()).toBe('Còn thiếu.'))
      expect([kept().length > 0, document.querySelector('#kept a')?.getAttribute('href')]).toEqual([stays, stays ? undefined : '#receipt'])
    })

    it('shows a required code that is not good to whoever waits for it', async () => {
      await open(page(true))
      choose('5')
      typed().value = good
      press('send')
      await vi.waitFor(() => expect(document.querySelector('h1')!.textContent).toBe('Đã lưu'))
      network.mockImplementation(() =>
        Promise.resolve(new Response(`<title>Lỗi: Đánh giá</title><div role="alert">Mã đã dùng</div>${page(true)}`, { headers: { 'Sipas-Outcome': 'receipt ' + id } })),
      )
      window.dispatchEvent(new Event('online'))
      await vi.waitFor(() => expect(document.title).toBe('Lỗi: Đánh giá'))
      expect([kept(), document.activeElement]).toEqual([[], document.querySelector('[role=alert]')])
    })

    it.each([
      ['receiptOptional ', {}, 'Còn 1.', [good, null]],
      ['receipt ', {}, 'Không nhận.', [good]],
      ['invalid ', { 'Retry-After': '30' }, 'Còn 1.', [good, good]],
    ] as const)('loses no answers that can be sent later: %s', async (outcome, headers, sentence, codes) => {
      localStorage.setItem(key, JSON.stringify({ to: '/s/K7QX2M9A4T', body: 'overall=1&.receipt=' + good }))
      network.mockImplementationOnce(() => Promise.resolve(answer(outcome + id, 'Đánh giá', headers)))
      await open(region)
      window.dispatchEvent(new Event('pageshow'))
      await vi.waitFor(() => expect(said()).toBe(sentence))
      network.mockImplementation(() => Promise.resolve(answer('stored ' + id, 'Cảm ơn')))
      await vi.advanceTimersByTimeAsync(31_000)
      expect([sent(), kept()]).toEqual([codes, []])
    })
  })

  it('stays on the screen where the device keeps nothing', async () => {
    await open(form)
    choose('5')
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError')
    })
    press('send')
    await vi.waitFor(() => expect(said()).toBe('Chưa kết nối.'))
    expect(document.querySelector<HTMLInputElement>('[value="5"]')!.checked).toBe(true)
  })

  it.each([
    ['stored ' + id, 'Đã gửi.', false],
    ['conflict ' + id, 'Đã gửi.', false],
    ['expired ' + id, 'Quá 30 ngày.', false],
    ['closed ' + id, 'Không nhận.', false],
    ['invalid ' + id, 'Không nhận.', false],
    ['', 'Còn 1.', true],
  ])('sends what an earlier page kept, on any page: %s', async (outcome, sentence, stays) => {
    localStorage.setItem(key, JSON.stringify({ to: '/s/K7QX2M9A4T', body: 'overall=1' }))
    network.mockImplementation(() => Promise.resolve(answer(outcome, 'Rất không hài lòng')))
    await open(region + '<h1>Trang khác</h1>')
    window.dispatchEvent(new Event('pageshow'))
    await vi.waitFor(() => expect(said()).toBe(sentence))
    expect(document.querySelector('h1')!.textContent).toBe('Trang khác')
    expect(kept().length > 0).toBe(stays)
  })

  it('holds no form up behind one that is never answered', async () => {
    const other = 'sipas.kept.00000000-0000-4000-8000-000000000000'
    localStorage.setItem(key, JSON.stringify({ to: '/s/AAAAAAAAAA', body: 'overall=1' }))
    localStorage.setItem(other, JSON.stringify({ to: '/s/K7QX2M9A4T', body: 'overall=2' }))
    network.mockImplementation((to) => Promise.resolve(to === '/s/AAAAAAAAAA' ? answer('', 'Lỗi') : answer('stored ' + other.slice(11), 'Cảm ơn')))
    await open(region)
    window.dispatchEvent(new Event('pageshow'))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(kept()).toEqual([key])
    expect(network.mock.calls.map(([, request]) => request!.credentials)).not.toContain('same-origin')
  })

  it('tries again ever more slowly, and not before the server asks', async () => {
    localStorage.setItem(key, JSON.stringify({ to: '/s/K7QX2M9A4T', body: 'overall=1' }))
    vi.spyOn(Math, 'random').mockReturnValue(1)
    await open(region)
    window.dispatchEvent(new Event('pageshow'))
    await vi.advanceTimersByTimeAsync(13_900) // at 0, 2 and 6 seconds
    expect(network).toHaveBeenCalledTimes(3)
    network.mockImplementation(() => Promise.resolve(answer('', 'Bận', { 'Retry-After': '60' })))
    await vi.advanceTimersByTimeAsync(200)
    expect(network).toHaveBeenCalledTimes(4)
    await vi.advanceTimersByTimeAsync(59_000)
    expect(network).toHaveBeenCalledTimes(4)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(network).toHaveBeenCalledTimes(5)
  })

  it('marks the label of the chosen face', async () => {
    await open(form)
    const labels = () => Array.from(document.querySelectorAll('#w-overall label'), (label) => label.className)
    choose('5')
    expect(labels()).toEqual(['', 'chosen'])
    choose('1')
    expect(labels()).toEqual(['chosen', ''])
  })

  describe('with errors', () => {
    const wrong = `
      <div role="alert" data-prefix="Lỗi: "><h2>Xem lại</h2><ul>
        <li><a href="#overall-1">Chọn một mức</a></li><li><a href="#comment-1">Quá dài</a></li><li><a href="#field">Chọn lĩnh vực</a></li></ul></div>
      <form id="f" method="post">
        <div class="q"><p class="err" id="e-field">Sai</p><select id="field" name=".field" aria-describedby="e-field" aria-invalid="true">
          <option value=""></option><option value="dat-dai">Đất đai</option></select></div>
        <div class="q wrong" id="w-overall"><fieldset aria-describedby="h-overall e-overall"><p class="err" id="e-overall">Chọn một mức</p>
          <label><input type="radio" id="overall-1" name="overall" value="1"></label><label><input type="radio" id="overall-2" name="overall" value="2"></label></fieldset></div>
        <div class="q wrong" id="w-comment"><p class="err" id="e-comment">Quá dài</p>
          <textarea id="comment-1" name="comment" maxlength="10" aria-describedby="m-comment e-comment" aria-invalid="true">mười ký tự và hơn</textarea>
          <p id="m-comment" data-left="Còn {n} ký tự." data-over="Thừa {n} ký tự.">Tối đa 10 ký tự.</p></div>
        <button type="submit" name="send">Gửi</button>
      </form>`

    const write = (value: string) => {
      const text = document.querySelector('textarea')!
      text.value = value
      text.dispatchEvent(new Event('input', { bubbles: true }))
    }
    const lines = () => Array.from(document.querySelectorAll('[role=alert] li'), (line) => line.textContent)

    it('moves the focus to the summary', async () => {
      await open(wrong)
      expect(document.activeElement).toBe(document.querySelector('[role=alert]'))
    })

    it('keeps every error that is still one', async () => {
      await open(wrong)
      write('vẫn còn dài hơn mười')
      write('   ')
      expect(document.querySelectorAll('.err').length).toBe(3)
      expect(lines().length).toBe(3)
    })

    it('takes an error away, here and in the summary, once the question is answered', async () => {
      await open(wrong)
      document.querySelector<HTMLInputElement>('#overall-2')!.click()
      expect(document.querySelector('#e-overall')).toBeNull()
      expect(document.querySelector('#w-overall')!.className).toBe('q')
      expect(document.querySelector('fieldset')!.getAttribute('aria-describedby')).toBe('h-overall')
      expect(lines()).toEqual(['Quá dài', 'Chọn lĩnh vực'])
      write('đủ ngắn')
      const text = document.querySelector('textarea')!
      expect([text.getAttribute('aria-describedby'), text.hasAttribute('aria-invalid')]).toEqual(['m-comment', false])
      expect(lines()).toEqual(['Chọn lĩnh vực'])
    })

    it('takes the summary and the word in the title away with the last error', async () => {
      await open(wrong)
      document.title = 'Lỗi: Đánh giá'
      document.querySelector<HTMLInputElement>('#overall-1')!.click()
      write('ngắn')
      expect(document.title).toBe('Lỗi: Đánh giá')
      const field = document.querySelector('select')!
      field.value = 'dat-dai'
      field.dispatchEvent(new Event('change', { bubbles: true }))
      expect(document.querySelector('[role=alert]')).toBeNull()
      expect(field.hasAttribute('aria-describedby')).toBe(false)
      expect(document.title).toBe('Đánh giá')
    })

    it('says how many characters are left, aloud only near the end', async () => {
      await open(wrong.replace('maxlength="10"', 'maxlength="2000"'))
      document.documentElement.lang = 'vi'
      const left = document.querySelector('#m-comment')!
      write('a'.repeat(17))
      expect(left.textContent).toBe('Còn 1.983 ký tự.')
      write('a'.repeat(990))
      expect([left.textContent, left.getAttribute('aria-live')]).toEqual(['Còn 1.010 ký tự.', 'off'])
      write('a'.repeat(1990))
      expect([left.textContent, left.getAttribute('aria-live')]).toEqual(['Còn 10 ký tự.', 'polite'])
      write('a'.repeat(2001))
      expect(left.textContent).toBe('Thừa 1 ký tự.')
    })
  })

  it('leaves a page without a form alone', async () => {
    await open('<p>Cảm ơn Ông/Bà</p>')
    expect(document.body.innerHTML).toBe('<p>Cảm ơn Ông/Bà</p>')
  })
})
