/**
 * What the citizens' pages gain where scripts run. They work without any of it.
 * The server inlines the built file as a classic script, so it imports and exports
 * nothing and keeps to ES2015.
 *
 * - A question that another answer asks for comes and goes with that answer, also
 *   in browsers that do not know :has().
 * - Sending and changing the language replace the page's content without loading it
 *   anew; the focus goes to the error summary or to the heading.
 * - What was answered outlasts a page that is loaded anew, in this tab and until it is sent.
 *   Another visit begins with an empty form.
 * - Enter on a choice chooses it; without a script browsers send the form.
 * - A form that cannot be sent is kept on this device under the id it would have been
 *   stored by, and sent when the network is back, here or from any later page. It leaves
 *   only after an answer of our server that names its id; its answers are shown to nobody,
 *   but for a wrong receipt's code to whoever still sees the page that says it is kept.
 * - An error goes away, beside the question and in the summary, once the question
 *   is answered; a long answer says how many characters are left; a long form how many
 *   questions are answered; the label of the chosen face carries the class "chosen".
 */
;(() => {
  type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

  /** A form as it is sent. */
  interface Kept {
    to: string
    body: string
  }

  /** A form that is being filled in. */
  interface Draft extends Kept {
    id: string
    opened: number
  }

  const prefix = 'sipas.kept.'
  const drafted = 'sipas.draft'
  const timeout = 20_000
  const shortest = 2_000
  const longest = 300_000

  let busy = false
  let wait = shortest
  let timer = 0
  /** Which of the forms that wait is next: one that is never answered holds up no other. */
  let turn = 0
  /** The id of the form that this page says is kept. */
  let shown = ''
  /** Which page is open, and since when. */
  let id = ''
  let opened = 0
  /** The id of the control that was changed last. */
  let touched = ''
  /** The button that was pressed last: old browsers do not tell which one submits. */
  let pressed: HTMLButtonElement | null = null

  const find = (selector: string) => document.querySelector<HTMLElement>(selector)
  const list = <T extends Element>(selector: string, within: ParentNode = document) => Array.from(within.querySelectorAll<T>(selector))

  // localStorage itself throws where it is forbidden.
  const attempt = <T>(work: () => T, otherwise: (error: unknown) => T): T => {
    try {
      return work()
    } catch (error) {
      return otherwise(error)
    }
  }
  const keep = (id: string, form: Kept) =>
    attempt(() => {
      localStorage.setItem(prefix + id, JSON.stringify(form))
      return true
    }, () => false)
  const forget = (id: string) => attempt(() => localStorage.removeItem(prefix + id), () => undefined)
  const waiting = () => attempt(() => Object.keys(localStorage).filter((key) => key.indexOf(prefix) === 0), () => [])

  /** A random name that the server counts forms by for a few minutes and writes nowhere. */
  const device = () =>
    attempt(() => {
      const name = localStorage.getItem('sipas.device') || Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2)
      localStorage.setItem('sipas.device', name)
      return name
    }, () => '-')

  const post = (form: Kept, credentials: RequestCredentials) =>
    Promise.race([
      fetch(form.to, {
        method: 'POST',
        credentials,
        headers: { Accept: 'text/html', 'Content-Type': 'application/x-www-form-urlencoded', 'Sipas-Device': device() },
        body: form.body,
      }),
      new Promise<never>((_, fail) => setTimeout(fail, timeout)),
    ])

  /**
   * What an answer says became of the form with this id; empty where it says nothing:
   * it is not ours, or our server cannot tell yet. That a form is stored must name its id.
   */
  const outcomeOf = (answer: Response, id: string) => {
    const [outcome, named] = (answer.headers.get('Sipas-Outcome') || '').split(' ')
    return outcome === 'stored' && named !== id ? '' : outcome || ''
  }

  const focus = (element: HTMLElement | null) => {
    if (element === null) return
    element.tabIndex = -1
    element.focus()
  }

  /** Writes the sentence that an element holds for this, and says which language it is in where that is not the page's. */
  const write = (words: Element, holder: Element, name: string, fill = (sentence: string) => sentence) => {
    words.textContent = fill(holder.getAttribute('data-' + name) || '')
    const language = holder.getAttribute('data-' + name + '-lang')
    if (language !== null) words.setAttribute('lang', language)
    else words.removeAttribute('lang')
  }

  /** Says a sentence of the page's in its status region; it may lead to a control. */
  const tell = (name: string, n = 0, target = '') => {
    const region = find('#kept')
    if (region === null || !region.hasAttribute('data-' + name)) return
    region.textContent = ''
    const note = region.appendChild(document.createElement('p'))
    note.className = 'note'
    const words = target === '' ? note : note.appendChild(document.createElement('a'))
    if (words instanceof HTMLAnchorElement) words.href = '#' + target
    write(words, region, name, (sentence) => sentence.replace('{n}', String(n)))
    return note
  }

  /** Sends what waits, one after the other; after an answer that says nothing, the next one a while later. */
  const drain = () => {
    clearTimeout(timer)
    const keys = waiting()
    const key = keys[turn % keys.length]
    if (busy || key === undefined || !window.fetch) return
    const form = attempt(() => JSON.parse(localStorage.getItem(key) || '') as Kept, () => null)
    const id = key.slice(prefix.length)
    if (form === null) {
      forget(id)
      return drain()
    }
    busy = true
    const later = (asked: number) => {
      busy = false
      turn++
      if (shown === '') tell('waiting', keys.length)
      timer = window.setTimeout(drain, Math.max(asked, wait * (0.5 + Math.random() / 2)))
      wait = Math.min(wait * 2, longest)
    }
    // The mark that this phone has just rated is for whoever still sees the page of this form, not for who holds it later.
    post(form, shown === id ? 'same-origin' : 'omit').then(
      (answer) => {
        const outcome = outcomeOf(answer, id)
        const asked = Number(answer.headers.get('Retry-After')) * 1000 || 0
        if (outcome === '' || asked > 0) return later(Math.min(asked, longest))
        if (shown === id && outcome === 'receipt')
          return answer.text().then(
            (page) => {
              busy = false
              shown = ''
              forget(id)
              show(page, '')
              drain()
            },
            () => later(0),
          )
        if (outcome === 'receiptOptional') {
          const body = new URLSearchParams(form.body)
          body.delete('.receipt')
          if (keep(id, { to: form.to, body: String(body) })) return later(0)
        }
        busy = false
        wait = shortest
        forget(id)
        const said = outcome === 'stored' || outcome === 'conflict' ? 'sent' : outcome === 'expired' ? 'expired' : 'refused'
        if (shown === id) showKept(said)
        else tell(said)
        drain()
      },
      () => later(0),
    )
  }
  const wake = () => {
    wait = shortest
    drain()
  }

  /** Puts the page for a form that is kept, or was, in the place of the form. */
  const showKept = (said: string) => {
    const template = document.querySelector<HTMLTemplateElement>('#kept-page')
    const form = find('#f')
    if (template !== null && form !== null) form.parentNode!.replaceChild(template.content.cloneNode(true), form)
    const heading = find('h1')
    const region = find('#kept')
    if (heading === null || region === null) return
    if (said !== '') {
      list('.waits').forEach((line) => line.remove())
      write(heading, region, said)
      shown = ''
    }
    document.title = heading.textContent || ''
    region.textContent = ''
    scrollTo(0, 0)
    focus(heading)
  }

  /** Shows a page of our server in the place of this one, whose style stays: it has all there is. It goes on at a control. */
  const show = (page: string, at: string) => {
    const next = new DOMParser().parseFromString(page.replace(/<style>.*?<\/style>/, ''), 'text/html')
    document.title = next.title
    document.documentElement.lang = next.documentElement.lang
    document.body.innerHTML = next.body.innerHTML
    scrollTo(0, 0)
    start()
    if (find('[role=alert]') !== null) return
    const control = document.getElementById(at)
    if (control === null || isHidden(control)) return focus(find('h1'))
    control.focus()
    control.closest('.q')!.scrollIntoView({ block: 'center' })
  }

  const controls = (within: Element) => list<Control>('input,textarea,select', within)
  const isHidden = (element: Element) => element.closest('[hidden]') !== null

  const isChoice = (control: Element): control is HTMLInputElement => control instanceof HTMLInputElement && /^(radio|checkbox)$/.test(control.type)

  const answered = (control: Control) => {
    if (isChoice(control)) return control.checked
    const tooLong = control instanceof HTMLTextAreaElement && control.maxLength >= 0 && control.value.length > control.maxLength
    return control.value.trim() !== '' && !tooLong
  }

  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  /** Whether its check character says that a receipt's code is mistyped. */
  const mistyped = (control: Control) => {
    if (control.name !== '.receipt') return false
    const code = control.value.toUpperCase().replace(/[IL]/g, '1').replace(/O/g, '0').replace(/[^0-9A-Z]/g, '')
    let sum = 23
    for (let i = 0; i < 11; i++) sum += (2 * i + 1) * alphabet.indexOf(code.charAt(i))
    return code !== '' && alphabet.charAt(sum % 32) !== code.charAt(11)
  }

  /** What a form would send, but for its button. */
  const read = (form: HTMLFormElement) => {
    const body = new URLSearchParams()
    new FormData(form).forEach((value, name) => body.append(name, String(value)))
    return body
  }

  const draw = (form: HTMLFormElement) =>
    attempt(() => {
      const draft: Draft = { to: form.getAttribute('action')!, body: String(read(form)), id, opened }
      sessionStorage.setItem(drafted, JSON.stringify(draft))
    }, () => undefined)
  const discard = () => attempt(() => sessionStorage.removeItem(drafted), () => undefined)

  /** Fills in what was answered before this page was loaded anew: it is the same page, with its id and its time. */
  const redraw = (form: HTMLFormElement) =>
    attempt(() => {
      const draft = JSON.parse(sessionStorage.getItem(drafted)!) as Draft | null
      if (performance.navigation.type === 0 || draft === null || draft.to !== form.getAttribute('action')) return discard()
      id = draft.id
      opened = draft.opened
      const answers = new URLSearchParams(draft.body)
      controls(form).forEach((control) => {
        const given = answers.getAll(control.name)
        if (isChoice(control)) control.checked = given.indexOf(control.value) >= 0
        else if (control.name !== '.language') control.value = given[0] || ''
      })
    }, () => undefined)

  const submit = (event: Event) => {
    const form = event.target as HTMLFormElement
    const other = pressed !== null && pressed.name === 'lang' ? pressed : null
    const button = other || form.querySelector<HTMLButtonElement>('[name=send]')!
    pressed = null
    if (!window.fetch || !window.URLSearchParams || !('forEach' in FormData.prototype)) {
      // After the event: a disabled button's name would not be sent.
      setTimeout(() => (button.disabled = true), 0)
      return
    }
    event.preventDefault()
    if (button.disabled) return
    const sending = other === null
    const incomplete = controls(form).filter((control) => control.willValidate && (!control.checkValidity() || mistyped(control)) && !isHidden(control))[0]
    const body = read(form)
    body.append(button.name, button.value)
    if (sending) body.append('.after', String(Math.max(0, Date.now() - opened)))
    const sent: Kept = { to: form.getAttribute('action')!, body: String(body) }
    const words = button.innerHTML
    // Before it is sent: a page that is closed in the middle of it loses nothing.
    const kept = sending && incomplete === undefined && keep(id, sent)
    if (kept) discard() // else a page loaded anew in the middle of it would send another rating
    const own = id

    busy = button.disabled = true
    if (sending) write(button, button, 'busy')
    const failed = () => {
      busy = false
      if (kept) {
        shown = own
        showKept('')
        timer = window.setTimeout(drain, wait)
        return
      }
      button.disabled = false
      button.removeAttribute('lang')
      button.innerHTML = words
      focus((sending && incomplete !== undefined ? tell('incomplete', 0, incomplete.id) : tell('offline')) || null)
    }
    post(sent, 'same-origin').then((answer) => {
      const outcome = outcomeOf(answer, own)
      if (outcome === '') return failed()
      busy = false
      const address = answer.headers.get('Content-Location')
      return answer.text().then(
        (page) => {
          forget(own)
          if (address !== null) history.replaceState(null, '', address)
          show(page, sending ? '' : touched)
          drain()
        },
        () => {
          if (outcome !== 'stored') return failed()
          forget(own)
          showKept('sent')
        },
      )
    }, failed)
  }

  /** Takes the error of the question around a control away, and its line in the summary. */
  const forgive = (control: Element) => {
    const box = control.closest('.q')
    const error = box !== null ? box.querySelector('.err') : null
    if (box === null || error === null || !controls(box).some(answered)) return
    error.remove()
    box.classList.remove('wrong')
    list('[aria-invalid]', box).forEach((element) => element.removeAttribute('aria-invalid'))
    list('[aria-describedby]', box).forEach((element) => {
      const others = element.getAttribute('aria-describedby')!.split(' ').filter((id) => id !== error.id)
      if (others.length > 0) element.setAttribute('aria-describedby', others.join(' '))
      else element.removeAttribute('aria-describedby')
    })
    const summary = find('[role=alert]')
    if (summary === null) return
    list<HTMLAnchorElement>('a[href^="#"]', summary).forEach((link) => {
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
    words.setAttribute('aria-live', left <= nearly ? 'polite' : 'off')
    const number = Math.abs(left).toLocaleString(document.documentElement.lang || 'vi')
    write(words, words, left < 0 ? 'over' : 'left', (sentence) => sentence.replace('{n}', number))
  }

  const refresh = () => {
    const form = find('#f')
    if (form === null) return
    list<HTMLInputElement>('input[type=radio],input[type=checkbox]', form).forEach((input) => {
      const label = input.closest('label')
      if (label !== null) label.classList.toggle('chosen', input.checked)
    })
    // In the order of the form: a hidden question's answer shows no other one.
    list<HTMLElement>('[data-when]', form).forEach((box) => {
      const wanted = box.getAttribute('data-in')!.split(' ')
      box.hidden = !list<HTMLInputElement>('input[name="' + box.getAttribute('data-when') + '"]:checked', form).some(
        (input) => wanted.indexOf(input.value) >= 0 && !isHidden(input),
      )
    })
    list('textarea', form).forEach((text) => count(text as HTMLTextAreaElement))
    const progress = find('#progress')
    const bar = progress !== null ? progress.querySelector('progress') : null
    if (progress === null || bar === null) return
    const questions = list('.q[id]', form).filter((box) => !isHidden(box))
    bar.max = questions.length
    bar.value = questions.filter((box) => controls(box).some(answered)).length
    write(progress.querySelector('span')!, progress, 'text', (sentence) => sentence.replace('{n}', String(bar.value)).replace('{m}', String(bar.max)))
    progress.hidden = false
  }

  const changed = (event: Event) => {
    if (event.target instanceof Element) {
      forgive(event.target)
      touched = event.target.id
    }
    refresh()
    draw(event.currentTarget as HTMLFormElement)
  }

  /** Makes the page that is shown now live. */
  const start = () => {
    const form = document.querySelector<HTMLFormElement>('#f')
    if (form === null) discard()
    else {
      const own = form.getAttribute('data-id') || ''
      const first = id === ''
      // The first page was opened when its loading began, a later one now.
      if (own !== id) opened = first ? Date.now() - performance.now() : Date.now()
      id = own
      if (first) redraw(form)
      else draw(form)
      list('.when', form).forEach((hint) => hint.remove())
      form.addEventListener('submit', submit)
      form.addEventListener('change', changed)
      form.addEventListener('input', changed)
      form.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' || !isChoice(event.target as Element)) return
        event.preventDefault()
        ;(event.target as HTMLInputElement).click()
      })
      form.addEventListener('click', (event) => {
        const button = (event.target as Element).closest('button')
        if (button !== null) pressed = button
      })
      refresh()
    }
    focus(find('[role=alert]'))
  }

  addEventListener('pageshow', () => {
    const button = document.querySelector<HTMLButtonElement>('#f [name=send]')
    if (button !== null && !busy) button.disabled = false
    refresh()
    wake()
  })
  addEventListener('online', wake)
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) wake()
  })
  start()
})()
