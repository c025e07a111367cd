import type { MessageKey } from '../lib/i18n'
import type { Right } from '../lib/catalogue'
import { importKindsFor } from './parts/importing'
import { session } from './state/session.svelte'

/** A part of the administration that is reached through the menu. */
export interface Section {
  href: string
  title: Extract<MessageKey, `${string}.title` | `${string}.list.title`>
}

interface Group {
  title: Extract<MessageKey, `nav.group.${string}`>
  sections: (Section & { may?: () => boolean })[]
}

const has = (right: Right) => () => session.may(right)

const groups: Group[] = [
  {
    title: 'nav.group.agencies',
    sections: [
      { href: '/admin/agencies', title: 'agency.list.title' },
      { href: '/admin/fields', title: 'field.list.title' },
      { href: '/admin/procedures', title: 'procedure.list.title' },
    ],
  },
  {
    title: 'nav.group.collection',
    sections: [
      { href: '/admin/kiosks', title: 'kiosk.list.title', may: has('kiosks') },
      { href: '/admin/campaigns', title: 'campaign.list.title' },
      { href: '/admin/languages', title: 'languages.title', may: has('points') },
      { href: '/admin/recordings', title: 'recordings.title', may: has('catalogue') },
    ],
  },
  {
    title: 'nav.group.numbers',
    sections: [
      { href: '/admin/targets', title: 'plan.list.title' },
      { href: '/admin/volumes', title: 'volume.list.title', may: has('results') },
      { href: '/admin/flags', title: 'flags.title', may: has('results') },
    ],
  },
  {
    title: 'nav.group.system',
    sections: [
      { href: '/admin/import', title: 'import.title', may: () => importKindsFor(session.may).length > 0 },
      { href: '/admin/users', title: 'user.list.title', may: has('users') },
    ],
  },
]

/** What the menu offers the person who is signed in, by group; groups without anything are left out. */
export function sectionsFor(): { title: Group['title']; sections: Section[] }[] {
  return groups
    .map(({ title, sections }) => ({ title, sections: sections.filter(({ may }) => may?.() ?? true) }))
    .filter(({ sections }) => sections.length > 0)
}
