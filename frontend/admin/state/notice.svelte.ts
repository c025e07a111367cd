let text = $state('')

/** One short sentence about what was just done; it survives the step to the next page. */
export const notice = {
  get text(): string {
    return text
  },
  say(sentence: string): void {
    text = sentence
  },
  clear(): void {
    text = ''
  },
}
