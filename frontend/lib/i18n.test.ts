import { describe, expect, it } from 'vitest'
import { catalogues, translate, type MessageKey } from './i18n'

const keys = Object.keys(catalogues.vi) as MessageKey[]
const names = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()

describe('the catalogues', () => {
  it('name the same values in every language', () => {
    for (const key of keys) expect([key, names(catalogues.en[key])]).toEqual([key, names(catalogues.vi[key])])
  })

  it('leave no sentence empty and no Vietnamese in English', () => {
    for (const key of keys) {
      expect(catalogues.vi[key], key).not.toBe('')
      expect(catalogues.en[key], key).not.toMatch(/[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/i)
    }
  })

  it('are NFC', () => {
    for (const key of keys) expect(catalogues.vi[key]).toBe(catalogues.vi[key].normalize('NFC'))
  })
})

it('fills values in', () => {
  expect(translate('vi', 'list.page', { page: 2, pages: 7 })).toBe('Trang 2 / 7')
  expect(translate('en', 'plan.met')).toBe('Met')
})
