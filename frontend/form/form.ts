/**
 * What the phone form gains where scripts run. The form works without any of it.
 * The server inlines the built file as a classic script, so it imports and exports
 * nothing and keeps to ES2015.
 *
 * - The send button is disabled once the form is on its way (a second tap does
 *   nothing) and comes alive again when the browser restores the page from its cache.
 * - Focus moves to the error summary, so that a screen reader reads it first.
 * - An error goes away, beside the question and in the summary, once the question
 *   is answered.
 * - A long answer says how many characters are left.
 * - The label of the chosen face carries the class "chosen"; browsers that know
 *   :has() do not need it.
 */
;(() => {
  const summary = document.querySelector<HTMLElement>('[role=alert],.error-summary')
  if (summary !== null) {
    summary.tabIndex = -1
    summary.focus()
  }

  const button = document.querySelector<HTMLButtonElement>('button[name=send]')
  const form = button !== null ? button.form : null
  if (button === null || form === null) return

  form.addEventListener('submit', () => {
    // After the event: a disabled button's name would not be sent.
    setTimeout(() => {
      button.disabled = true
    }, 0)
  })
  addEventListener('pageshow', () => {
    button.disabled = false
    refresh()
  })

  type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement
  const controls = (within: Element) => Array.from(within.querySelectorAll<Control>('input,textarea,select'))

  const answered = (control: Control) => {
    if (control instanceof HTMLInputElement && /^(radio|checkbox)$/.test(control.type)) return control.checked
    const tooLong = control instanceof HTMLTextAreaElement && control.maxLength >= 0 && control.value.length > control.maxLength
    return control.value.trim() !== '' && !tooLong
  }

  /** Takes the error of the question around a control away, and its line in the summary. */
  const forgive = (control: Element) => {
    const box = control.closest('.q')
    const error = box !== null ? box.querySelector('.err') : null
    if (box === null || error === null || !controls(box).some(answered)) return
    error.remove()
    box.classList.remove('wrong')
    box.querySelectorAll('[aria-invalid]').forEach((element) => element.removeAttribute('aria-invalid'))
    box.querySelectorAll('[aria-describedby]').forEach((element) => {
      const others = element.getAttribute('aria-describedby')!.split(' ').filter((id) => id !== error.id)
      if (others.length > 0) element.setAttribute('aria-describedby', others.join(' '))
      else element.removeAttribute('aria-describedby')
    })
    if (summary === null) return
    Array.from(summary.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')).forEach((link) => {
      const target = document.getElementById(link.getAttribute('href')!.slice(1))
      const line = link.closest('li')
      if (target !== null && line !== null && box.contains(target)) line.remove()
    })
    if (summary.querySelector('li') === null) {
      summary.remove()
      // "Lỗi: " or "Error: " stands before the title only while something is wrong.
      const prefix = summary.getAttribute('data-prefix')
      if (prefix !== null && document.title.startsWith(prefix)) document.title = document.title.slice(prefix.length)
    }
  }

  /** How few characters must be left before a screen reader is told with every letter. */
  const nearly = 20
  const count = (text: HTMLTextAreaElement) => {
    const words = document.getElementById('m-' + text.name)
    if (words === null || text.maxLength < 0) return
    const left = text.maxLength - text.value.length
    const sentence = words.getAttribute(left < 0 ? 'data-over' : 'data-left')
    if (sentence === null) return
    words.setAttribute('aria-live', left <= nearly ? 'polite' : 'off')
    words.textContent = sentence.replace('{n}', Math.abs(left).toLocaleString(document.documentElement.lang || 'vi'))
  }

  const refresh = () => {
    form.querySelectorAll<HTMLInputElement>('input[type=radio],input[type=checkbox]').forEach((input) => {
      const label = input.closest('label') || form.querySelector('label[for="' + input.id + '"]')
      if (label !== null) label.classList.toggle('chosen', input.checked)
    })
    form.querySelectorAll('textarea').forEach(count)
  }
  const changed = (event: Event) => {
    if (event.target instanceof Element) forgive(event.target)
    refresh()
  }
  form.addEventListener('change', changed)
  form.addEventListener('input', changed)
  refresh()
})()
