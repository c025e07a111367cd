/** Two touches of one control within this time are one, in milliseconds; so long a new screen takes none. */
export const guardFor = 350

/**
 * Takes a shaking finger's second touch of the same control for the first one. A
 * touch meant for the screen before is the style sheet's concern (.settle); the
 * keyboard is not guarded, nor are keys on the screen (data-keys), where one twice means two. Gives back what ends it.
 */
export function guard(root: HTMLElement, now = () => performance.now()): () => void {
  let last: { control: Element | null; at: number } | null = null
  let extra = false
  const press = ({ target }: Event) => {
    const control = target instanceof Element && !target.closest('[data-keys]') ? target.closest('button, label') : null
    extra = control !== null && last?.control === control && now() - last.at < guardFor
    if (!extra) last = { control, at: now() }
  }
  const click = (event: MouseEvent) => {
    if (!extra || event.detail === 0) return
    event.preventDefault()
    event.stopPropagation()
  }
  root.addEventListener('pointerdown', press, true)
  root.addEventListener('click', click, true)
  return () => {
    root.removeEventListener('pointerdown', press, true)
    root.removeEventListener('click', click, true)
  }
}
