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

  it('leaves a page without a form alone', async () => {
    await open('<p>Cảm ơn Ông/Bà</p>')
    expect(document.body.innerHTML).toBe('<p>Cảm ơn Ông/Bà</p>')
  })
})
