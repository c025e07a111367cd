import { expect, it } from 'vitest'
import type { Right } from '../../lib/catalogue'
import { importKindsFor } from './importing'

it.each([
  ['a viewer', ['results'], []],
  ['a manager', ['results', 'points', 'kiosks', 'volumes'], ['points', 'volumes']],
  ['an administrator', ['catalogue', 'points', 'volumes', 'import'], ['agencies', 'fields', 'points', 'volumes', 'responses', 'kiosk-queue']],
] as [string, Right[], string[]][])('%s imports what their rights allow', (_name, rights, kinds) => {
  expect(importKindsFor((right) => rights.includes(right))).toEqual(kinds)
})
