/** Hands a file to the person as if it had been downloaded. */
export function download(name: string, bytes: Blob): void {
  const url = URL.createObjectURL(bytes)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has taken the address by then, but reads it a moment later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
