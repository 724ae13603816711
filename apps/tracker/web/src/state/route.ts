/** Where on the page: in the fragment of the address, so that a place can be kept as a link and "back" goes back. */

export type Section = 'overview' | 'swarms' | 'peers' | 'throughput' | 'flow' | 'frauds'

export interface Route {
  readonly section: Section
  /** A swarm's handle, a peer or a person, in their sections. */
  readonly id?: string
}

export const SECTIONS: readonly Section[] = [
  'overview',
  'swarms',
  'peers',
  'throughput',
  'flow',
  'frauds',
]

export function routeOf(hash: string): Route {
  const [, section = '', id = ''] = /^#\/([a-z]*)(?:\/([0-9a-f-]{32,64}))?$/.exec(hash) ?? []
  const known = SECTIONS.find((each) => each === section)
  if (known === undefined) return { section: 'overview' }
  return id === '' ? { section: known } : { section: known, id }
}

export function hashOf({ section, id }: Route): string {
  if (section === 'overview') return '#/'
  return id === undefined ? `#/${section}` : `#/${section}/${id}`
}
