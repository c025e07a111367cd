import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { guard, guardFor } from './guard'

describe('two touches', () => {
  let time = 0
  let done: () => void
  let taken: string[]

  beforeEach(() => {
    document.body.innerHTML = '<div><button id="a"><span></span></button><button id="b"></button><p data-keys><button id="key"></button></p></div>'
    taken = []
    for (const button of document.querySelectorAll('button')) button.addEventListener('click', () => taken.push(button.id))
    done = guard(document.querySelector('div')!, () => time)
  })

  afterEach(() => done())

  function touch(selector: string, at: number) {
    time = at
    const target = document.querySelector(selector)!
    target.dispatchEvent(new MouseEvent('pointerdown', { bubbles: true }))
    target.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail: 1 }))
  }

  it.each([
    ['of one control at once are one', '#a', '#a span', guardFor - 1, ['a']],
    ['of one control with time between are two', '#a', '#a', guardFor, ['a', 'a']],
    ['of one key on the screen are two', '#key', '#key', 120, ['key', 'key']],
    ['of two controls are two', '#a', '#b', 50, ['a', 'b']],
  ])('%s', (_name, first, second, apart, expected) => {
    touch(first, 1000)
    touch(second, 1000 + apart)
    expect(taken).toEqual(expected)
  })

  it('of the keyboard are not guarded', () => {
    touch('#a', 1000)
    touch('#a', 1010)
    document.querySelector('button')!.click()
    expect(taken).toEqual(['a', 'a'])
  })
})
