import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

async function open(html: string) {
  document.body.innerHTML = html
  vi.resetModules()
  await import('./form')
}

const form = `
  <form method="post">
    <label><input type="radio" name="overall" value="1"> 1</label>
    <input type="radio" name="overall" value="2" id="face-2"><label for="face-2">2</label>
    <button type="submit" name="send">Gửi</button>
  </form>`

describe('the phone form', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('takes one tap on the send button and lives again when the page comes back', async () => {
    await open(form)
    const button = document.querySelector('button')!
    const element = document.querySelector('form')!
    element.addEventListener('submit', (event) => event.preventDefault())
    button.click()
    expect(button.disabled, 'still enabled while the form data are collected').toBe(false)
    vi.runAllTimers()
    expect(button.disabled).toBe(true)
    window.dispatchEvent(new Event('pageshow'))
    expect(button.disabled).toBe(false)
  })

  it('marks the label of the chosen face, around the radio or beside it', async () => {
    await open(form)
    const [first, second] = document.querySelectorAll('label')
    document.querySelector<HTMLInputElement>('[value="2"]')!.click()
    expect([first!.className, second!.className]).toEqual(['', 'chosen'])
    document.querySelector<HTMLInputElement>('[value="1"]')!.click()
    expect([first!.className, second!.className]).toEqual(['chosen', ''])
  })

  it('moves the focus to the error summary', async () => {
    await open('<div role="alert" class="error-summary">Ông/Bà chưa chọn mức</div>' + form)
    expect(document.activeElement).toBe(document.querySelector('[role=alert]'))
  })

  describe('with errors', () => {
    const wrong = `
      <div role="alert" data-prefix="Lỗi: "><h2>Xem lại</h2><ul>
        <li><a href="#overall-1">Chọn một mức</a></li><li><a href="#comment-1">Quá dài</a></li><li><a href="#field">Chọn lĩnh vực</a></li></ul></div>
      <form method="post">
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
      expect(left.textContent, 'from the beginning').toBe('Còn 1.983 ký tự.')
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
