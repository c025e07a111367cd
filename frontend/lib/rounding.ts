/**
 * The one place where a share becomes the two decimals people see. Half is rounded
 * up, from integers, so 29 of 32 is 90,63 and never 90,62. The test vector
 * rounding.vectors.json is shared with the server.
 *
 * What is shown is never what is compared: verdicts come from the server.
 */

/** Percent in hundredths (9063 is 90,63 %) of `part` out of `whole`; whole must be above 0. */
export function hundredths(part: bigint, whole: bigint): number {
  return Number((20000n * part + whole) / (2n * whole))
}

/** Hundredths of a share of counts, as a result cell gives them. */
export function hundredthsOfShare(satisfied: number, answered: number): number {
  return hundredths(BigInt(satisfied), BigInt(answered))
}

/**
 * Hundredths of a percentage (0–100) that is not a share of counts: an interval's
 * end, a bound. The number is read as its shortest decimal, so 89.995 is 90,00.
 */
export function hundredthsOfPercent(percent: number): number {
  const [mantissa = '0', exponent = '0'] = percent.toString().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  const scale = fraction.length - Number(exponent)
  const digits = BigInt(whole + fraction)
  return scale >= 0
    ? hundredths(digits, 100n * 10n ** BigInt(scale))
    : hundredths(digits * 10n ** BigInt(-scale), 100n)
}
