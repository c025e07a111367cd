/** Moves the focus to a screen's heading when it appears, so that screen readers begin there. */
export function focused(element: HTMLElement) {
  element.tabIndex = -1
  element.focus({ preventScroll: true })
}
