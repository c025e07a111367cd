import { describe, expect, it } from 'vitest'
import { measure, stamp } from './clock'

const at = (time: string) => Date.parse(`2026-11-23T${time}Z`)

describe('clock', () => {
  it.each([
    ['an answer that took over a minute', '2026-11-23T08:00:00Z', at('08:00:00'), at('08:01:01')],
    ['a clock set back meanwhile', '2026-11-23T08:00:00Z', at('08:00:10'), at('08:00:00')],
    ['something that is no time', 'today', at('08:00:00'), at('08:00:01')],
  ])('%s measures nothing', (_name, serverTime, asked, answered) => {
    expect(measure(serverTime, asked, answered)).toBeNull()
  })

  it('halves the round trip', () => {
    expect(measure('2026-11-23T08:00:01.000Z', at('07:50:00'), at('07:50:02'))).toEqual({
      offset: 600_000,
      serverTime: at('08:00:01'),
    })
  })

  it('stamps device time plus offset', () => {
    const measurement = measure('2026-11-23T08:00:00.000Z', at('08:03:00'), at('08:03:00'))
    expect(stamp(at('09:03:00.250'), measurement)).toEqual({ at: '2026-11-23T09:00:00.250Z', clockOffset: -180_000 })
  })

  it('without a comparison the device time stands and is said to be unmeasured', () => {
    expect(stamp(at('09:00:00'), null)).toEqual({ at: '2026-11-23T09:00:00.000Z', clockOffset: null })
  })

  it('a clock set back since the comparison is not believed', () => {
    const measurement = measure('2026-11-23T08:00:00.000Z', at('08:00:00'), at('08:00:00'))
    expect(stamp(Date.parse('2020-01-01T00:00:00Z'), measurement)).toEqual({ at: '2026-11-23T08:00:00.000Z', clockOffset: null })
  })
})
