/**
 * Where in the app a person is, and how that is written in the address bar's fragment.
 *
 * The fragment never reaches a server. Besides places it carries errands: `#login=<code>` (a one-time code, removed
 * from the address bar as soon as it is read), `#join=<payload>` (an invitation) and `#share=<payload>` (files).
 *
 *     #/s/<space>                     the overview of a space
 *     #/s/<space>/people              its people
 *     #/s/<space>/bills               its bills
 *     #/s/<space>/files               its files
 *     #/s/<space>/search              the search over its rooms
 *     #/s/<space>/r/<room>[/<id>]     a room, at a message when one is named
 */

export type Route =
  | { readonly at: 'start' }
  | { readonly at: 'overview'; readonly space: string }
  | { readonly at: 'people'; readonly space: string }
  | { readonly at: 'bills'; readonly space: string }
  | { readonly at: 'files'; readonly space: string }
  | { readonly at: 'search'; readonly space: string }
  | {
      readonly at: 'room'
      readonly space: string
      readonly room: string
      readonly message?: string
    }

export type Errand =
  | { readonly kind: 'login'; readonly code: string }
  | { readonly kind: 'join'; readonly payload: string }
  | { readonly kind: 'share'; readonly payload: string }

const ID = /^[0-9a-f]{64}$/
const CODE_LENGTH_MAX = 512
const PAYLOAD_LENGTH_MAX = 8192

export function parseRoute(fragment: string): Route {
  const [root, space, section, room, message] = fragment.replace(/^#\/?/, '').split('/')
  if (root !== 's' || space === undefined || !ID.test(space)) return { at: 'start' }
  if (isSection(section)) return { at: section, space }
  if (section !== 'r' || room === undefined || !ID.test(room)) return { at: 'overview', space }
  if (message === undefined || !ID.test(message)) return { at: 'room', space, room }
  return { at: 'room', space, room, message }
}

const SECTIONS = ['people', 'bills', 'files', 'search'] as const

function isSection(section: string | undefined): section is (typeof SECTIONS)[number] {
  return SECTIONS.some((known) => known === section)
}

export function routeToFragment(route: Route): string {
  if (route.at === 'start') return '#/'
  const base = `#/s/${route.space}`
  if (route.at === 'overview') return base
  if (route.at !== 'room') return `${base}/${route.at}`
  const room = `${base}/r/${route.room}`
  return route.message === undefined ? room : `${room}/${route.message}`
}

export function parseErrand(fragment: string): Errand | undefined {
  const [name, value] = splitOnce(fragment.replace(/^#/, ''), '=')
  if (value === '') return undefined
  if (name === 'login' && value.length <= CODE_LENGTH_MAX) return { kind: 'login', code: value }
  if (value.length > PAYLOAD_LENGTH_MAX) return undefined
  if (name === 'join' || name === 'share') return { kind: name, payload: value }
  return undefined
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const index = text.indexOf(separator)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}

/** The space a route is in. */
export function spaceOf(route: Route): string | undefined {
  return route.at === 'start' ? undefined : route.space
}
