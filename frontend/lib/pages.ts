/**
 * The pages of a list to choose from: the first, the last, and those beside the one shown.
 * null stands where some are left out, never for a single page.
 */
export function pageNumbers(page: number, pages: number): (number | null)[] {
  const numbers: (number | null)[] = []
  let last = 0
  for (let number = 1; number <= pages; number++) {
    if (number !== 1 && number !== pages && Math.abs(number - page) > 1) continue
    if (number - last === 2) numbers.push(last + 1)
    else if (number - last > 2) numbers.push(null)
    numbers.push(number)
    last = number
  }
  return numbers
}
