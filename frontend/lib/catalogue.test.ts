import { describe, expect, it } from 'vitest'
import { criteriaOf, managedAgencies, newestQuestionnaires, showPointCode, type Agency, type Me, type Questionnaire } from './catalogue'

const agency = (id: string, parent: string) => ({ id, parent }) as Agency
const agencies = [agency('tinh', ''), agency('so', 'tinh'), agency('chi-cuc', 'so'), agency('xa', 'tinh')]
const person = (...grants: Me['grants']) => ({ grants }) as Me
const ids = (me: Me) => managedAgencies(me, agencies).map((a) => a.id)

describe('the agencies whose points a person may write', () => {
  it.each([
    ['a viewer', person({ role: 'viewer', agency: '' }), []],
    ['a manager of one', person({ role: 'manager', agency: 'xa' }), ['xa']],
    ['a manager of a subtree', person({ role: 'manager', agency: 'so' }), ['so', 'chi-cuc']],
    ['a manager of the province', person({ role: 'manager', agency: '' }), ['tinh', 'so', 'chi-cuc', 'xa']],
    ['an administrator', person({ role: 'admin', agency: '' }), ['tinh', 'so', 'chi-cuc', 'xa']],
    ['viewer here, manager there', person({ role: 'viewer', agency: '' }, { role: 'manager', agency: 'xa' }), ['xa']],
  ])('%s', (_name, me, expected) => {
    expect(ids(me)).toEqual(expected)
  })
})

describe('questionnaires', () => {
  const form = (id: string, version: number, ...items: [string, string?][]) =>
    ({ id, version, items: items.map(([item, factor]) => ({ id: item, factor, text: { vi: `${item} v${version}` } })) }) as Questionnaire

  it('are offered in their newest version', () => {
    const newest = newestQuestionnaires([form('full', 1), form('quick', 1), form('full', 3), form('full', 2)])
    expect(newest.map((q) => `${q.id}/${q.version}`)).toEqual(['full/3', 'quick/1'])
  })

  it('give the criteria, not the factor items and not the overall item', () => {
    const criteria = criteriaOf([
      form('full', 1, ['tc1', 'tc']),
      form('full', 2, ['tc1', 'tc'], ['tc2', 'tc'], ['overall']),
      form('short', 1, ['tc', 'tc'], ['overall']),
    ])
    expect(criteria.map((c) => c.text.vi)).toEqual(['tc1 v2', 'tc2 v2'])
  })
})

it('shows a code as people read it', () => {
  expect(showPointCode('K7QX2M9A4T')).toBe('K7QX2-M9A4T')
  expect(showPointCode('?')).toBe('?')
})
