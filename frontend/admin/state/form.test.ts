import { describe, expect, it, vi } from 'vitest'
import { Problem } from '../../lib/api'
import { Form } from './form.svelte'

interface Record {
  rev: number
  name: string
  places: string[]
}
type Draft = Omit<Record, 'rev'>

/** A form of a name and a list of places; `send` stands for the server. */
function open(send: (draft: Draft, rev: number) => Promise<Record>, withId = false) {
  const stored = vi.fn()
  const form = new Form<Record, Draft>({
    name: 'f',
    empty: { name: '', places: [] },
    read: ({ name, places }) => ({ name, places }),
    items: () => [
      ...(withId ? [{ path: 'id', label: () => 'Id' }] : []),
      { path: 'name', label: () => 'Name', own: ({ name }) => (name === '' ? 'missing' : undefined), say: ({ name }) => name },
      { path: 'places', label: () => 'Places' },
      { path: 'places.1', label: () => 'Second place' },
    ],
    send,
    stored,
  })
  return { form, stored }
}

const refuse = (part: ConstructorParameters<typeof Problem>[0]) => () => Promise.reject(new Problem(part))
const field = (path: string) => ({ path, reason: 'unknown', message: `wrong ${path}` })

describe('a form', () => {
  it('says what is missing only after the first sending, and sends nothing then', async () => {
    const send = vi.fn()
    const { form } = open(send)
    expect(form.errors).toEqual([])
    expect(await form.submit()).toBe(false)
    expect(form.errors).toEqual([{ id: 'f-name', label: 'Name', text: 'missing' }])
    expect(send).not.toHaveBeenCalled()
  })

  it('keeps what the server finds beside the nearest item, and loses nothing', async () => {
    const fields = ['places.1.street', 'places.0', 'elsewhere'].map(field)
    const { form } = open(refuse({ code: 'invalid', fields }))
    form.draft.name = 'a'
    await form.submit()
    expect(form.errors).toEqual([
      { id: 'f-places', label: 'Places', text: 'wrong places.0' },
      { id: 'f-places-1', label: 'Second place', text: 'wrong places.1.street' },
      { id: '', label: '', text: 'wrong elsewhere' },
    ])
    expect(form.errorOf('places')).toBe('wrong places.0')
  })

  it('is unchanged again once stored', async () => {
    const { form, stored } = open((draft, rev) => Promise.resolve({ ...draft, rev: rev + 1 }))
    form.draft.name = 'a'
    expect([form.changed, form.isNew]).toEqual([true, true])
    expect(await form.submit()).toBe(true)
    expect([form.changed, form.isNew]).toEqual([false, false])
    expect(stored).toHaveBeenCalledWith({ name: 'a', places: [], rev: 1 }, true)
  })
})

describe('a newer version of someone else', () => {
  const newer = { rev: 5, name: 'theirs', places: [] }

  async function conflict() {
    const answers = [refuse({ code: 'conflict', reason: 'rev', current: newer })]
    const send = vi.fn((draft: Draft, rev: number) => answers.shift()?.() ?? Promise.resolve({ ...draft, rev: rev + 1 }))
    const { form } = open(send)
    form.show({ rev: 3, name: 'old', places: [] })
    form.draft.name = 'mine'
    await form.submit()
    return { form, send }
  }

  it('is compared in words, and the draft stays', async () => {
    const { form } = await conflict()
    expect(form.differences()).toEqual([{ label: 'Name', mine: 'mine', theirs: 'theirs' }])
    expect([form.draft.name, form.problem]).toEqual(['mine', null])
  })

  it('may be taken', async () => {
    const { form } = await conflict()
    form.takeTheirs()
    expect([form.draft.name, form.record?.rev, form.theirs]).toEqual(['theirs', 5, null])
  })

  it('may be replaced at its own revision', async () => {
    const { form, send } = await conflict()
    expect(await form.keepMine()).toBe(true)
    expect(send).toHaveBeenLastCalledWith({ name: 'mine', places: [] }, 5)
  })

  it('an id that is taken is a mistake of the id', async () => {
    const taken = refuse({ code: 'conflict', reason: 'exists', current: newer, fields: [field('id')] })
    const { form } = open(taken, true)
    form.draft.name = 'a'
    await form.submit()
    expect(form.theirs).toBeNull()
    expect(form.errorOf('id')).toBe('wrong id')
  })

  it('a record without an id in the form is compared when it is there already', async () => {
    const { form } = open(refuse({ code: 'conflict', reason: 'exists', current: newer, fields: [field('id')] }))
    form.draft.name = 'a'
    await form.submit()
    expect(form.theirs).toEqual(newer)
  })
})
