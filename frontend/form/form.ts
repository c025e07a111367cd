/**
 * What the phone form gains where scripts run. The form works without any of it.
 * The server inlines the built file as a classic script, so it imports and exports
 * nothing and keeps to ES2015.
 *
 * - The send button is disabled once the form is on its way (a second tap does
 *   nothing) and comes alive again when the browser restores the page from its cache.
 * - Focus moves to the error summary, so that a screen reader reads it first.
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
  })

  const mark = () => {
    form.querySelectorAll<HTMLInputElement>('input[type=radio],input[type=checkbox]').forEach((input) => {
      const label = input.closest('label') || form.querySelector('label[for="' + input.id + '"]')
      if (label !== null) label.classList.toggle('chosen', input.checked)
    })
  }
  form.addEventListener('change', mark)
  mark()
})()
