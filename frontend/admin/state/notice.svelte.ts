let text = $state('')
let carried = false

/** One short sentence about what was just done; it goes with the page unless it is carried to the next. */
export const notice = {
  get text(): string {
    return text
  },
  say(sentence: string): void {
    text = sentence
  },
  /** Says it on the page that comes next. */
  carry(sentence: string): void {
    text = sentence
    carried = true
  },
  /** A page that shows notices has come. */
  arrive(): void {
    carried = false
  },
  /** A page that shows notices goes: only what is carried stays. */
  leave(): void {
    if (!carried) text = ''
  },
}
