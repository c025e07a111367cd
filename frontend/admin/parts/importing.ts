import type { Right } from '../../lib/catalogue'
import { importKinds, type ImportKind } from '../../lib/imports'

/** The right a kind of file asks for. */
const rights: Record<ImportKind, Right> = {
  agencies: 'catalogue',
  fields: 'catalogue',
  points: 'points',
  volumes: 'volumes',
  responses: 'import',
  'kiosk-queue': 'import',
}

/** The kinds of file a person may import. */
export function importKindsFor(may: (right: Right) => boolean): ImportKind[] {
  return importKinds.filter((kind) => may(rights[kind]))
}
