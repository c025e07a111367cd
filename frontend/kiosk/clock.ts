/** A comparison of the device's clock with the server's, in milliseconds. */
export interface Measurement {
  /** What to add to the device's time to get the server's. */
  offset: number
  /** The server's time at the comparison. */
  serverTime: number
}

/** A slower answer says too little about the clock. */
const slowest = 60_000

/**
 * Compares the clocks by one request: the server's time is taken to lie in the
 * middle between asking and answering. Null when the answer took too long, is
 * not a time, or the clock was set meanwhile.
 */
export function measure(serverTime: string, asked: number, answered: number): Measurement | null {
  const server = Date.parse(serverTime)
  const trip = answered - asked
  if (Number.isNaN(server) || trip < 0 || trip > slowest) return null
  return { offset: Math.round(server - (asked + trip / 2)), serverTime: server }
}

/** When something happened: device time plus offset, and the offset where it can be relied on. */
export interface Stamp {
  at: string
  clockOffset: number | null
}

/**
 * Stamps a moment of the device's clock. A clock that stands before the last
 * comparison was set back since (a flat battery, for instance): then the last
 * server time is the best that is known, and the offset counts as not measured.
 */
export function stamp(deviceTime: number, measurement: Measurement | null): Stamp {
  const corrected = deviceTime + (measurement?.offset ?? 0)
  if (measurement !== null && corrected < measurement.serverTime) {
    return { at: new Date(measurement.serverTime).toISOString(), clockOffset: null }
  }
  return { at: new Date(corrected).toISOString(), clockOffset: measurement?.offset ?? null }
}
