import { describe, expect, it } from 'vitest'
import { citizensKeys, citizensTexts, translate, wordsIn, type FurtherLanguage } from './messages'

const khmer: FurtherLanguage = { language: 'km', name: 'ភាសាខ្មែរ', texts: { 'send': 'ផ្ញើ', 'day.1': 'ច័ន្ទ', 'hours.next': '{time} {day}' } }

describe('the sentences of the kiosk', () => {
  it.each(['vi', 'en'] as const)('are what the server knows of them in %s: npm test -- -u writes them', async (language) => {
    await expect(JSON.stringify(citizensTexts(language), null, 2) + '\n').toMatchFileSnapshot(`../../api/texts/kiosk/${language}.json`)
  })

  it('that staff read are not asked of a translator', () => {
    expect(citizensKeys).toContain('backlog.stopped')
    expect(citizensKeys.filter((key) => key.startsWith('staff') || key.startsWith('enrol') || key.startsWith('level'))).toEqual([])
  })

  it.each([
    ['its own sentence', translate('km', khmer, 'send'), { text: 'ផ្ញើ' }],
    ['a Vietnamese one where it lacks it', translate('km', khmer, 'skip'), { text: 'Bỏ qua', lang: 'vi' }],
    ['a Vietnamese one where the language is gone', translate('km', undefined, 'send'), { text: 'Gửi đánh giá', lang: 'vi' }],
    ['values in it', translate('km', khmer, 'hours.next', { time: '07:30', day: translate('km', khmer, 'day.1') }), { text: '07:30 ច័ន្ទ' }],
    [
      'a Vietnamese one where a value is',
      translate('km', khmer, 'hours.next', { time: '07:30', day: translate('km', khmer, 'day.2') }),
      { text: 'Mời Ông/Bà quay lại từ 07:30 Thứ Ba.', lang: 'vi' },
    ],
    ['English without a mark', translate('en', undefined, 'progress', { n: 1, total: 2 }), { text: 'Question 1 of 2' }],
    ['a text of the server', wordsIn('km', { vi: 'Quầy', km: 'បញ្ជរ' }), { text: 'បញ្ជរ' }],
    ['a text of the server without its words', wordsIn('en', { vi: 'Quầy', en: '' }), { text: 'Quầy', lang: 'vi' }],
  ])('in a further language: %s', (_, words, want) => {
    expect(words).toEqual(want)
  })
})
