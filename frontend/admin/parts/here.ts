/** An address of this server by what the server calls it in public, which may be another host. */
export function here(url: string): string {
  const { pathname, search } = new URL(url, location.origin)
  return pathname + search
}
