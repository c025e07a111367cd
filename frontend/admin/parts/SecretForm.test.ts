import { createRawSnippet, flushSync, mount, unmount } from 'svelte'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '../../lib/api'
import { notice } from '../state/notice.svelte'
import SecretForm from './SecretForm.svelte'

let shown: Record<string, unknown> | undefined

afterEach(() => {
  if (shown) void unmount(shown)
  notice.say('')
})

/** A form with a secret in it; `store` stands for the server. */
function open(value: string, store: (secret: string) => Promise<void>) {
  document.body.innerHTML = ''
  notice.say('earlier')
  const children = createRawSnippet(() => ({ render: () => '<input id="pin">' }))
  shown = mount(SecretForm, {
    target: document.body,
    props: {
      id: 'pin',
      path: 'pin',
      title: 'PIN',
      label: 'New PIN',
      hint: 'Six digits',
      value,
      save: { label: 'Save', done: 'saved' },
      remove: { label: 'Remove', done: 'removed' },
      store,
      children,
    },
  })
  flushSync()
  const error = () => document.querySelector('#pin-error')?.textContent
  const press = (name: string) => {
    ;[...document.querySelectorAll('button')].find((button) => button.textContent === name)?.click()
    flushSync()
  }
  return { error, press }
}

describe('the form of a secret', () => {
  it('sends nothing while it is empty', () => {
    const store = vi.fn()
    const { error, press } = open('', store)
    press('Save')
    expect(error()).toBe('Mục này là bắt buộc')
    expect(store).not.toHaveBeenCalled()
  })

  it.each([
    ['Save', '246810', 'saved'],
    ['Remove', '', 'removed'],
  ])('says what was done (%s)', async (button, sent, said) => {
    const store = vi.fn(() => Promise.resolve())
    const { error, press } = open('246810', store)
    press(button)
    await vi.waitFor(() => expect(notice.text).toBe(said))
    expect(store).toHaveBeenCalledWith(sent)
    expect(error()).toBeUndefined()
  })

  it.each([
    ['of the control', [{ path: 'pin', reason: 'format', message: 'six digits' }], 'six digits'],
    ['of something else', [{ path: 'rev', reason: 'format', message: 'stale' }], 'invalid'],
  ])('says what is wrong, in the words %s, and no longer what was done before', async (_, fields, said) => {
    const { error, press } = open('1', () => Promise.reject(new Problem({ code: 'invalid', detail: 'invalid', fields })))
    press('Save')
    await vi.waitFor(() => {
      flushSync()
      expect(error()).toBe(said)
    })
    expect(notice.text).toBe('')
  })
})
