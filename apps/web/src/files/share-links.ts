/** A link to files as somebody pasted it: the app's own, that of a web address, or the id of a public file. Pure. */

const WEB = /^https?:\/\/[^#]*#share=(.+)$/

const OWN = /\s*(hamlet:share#[\w-]+)\s*/

/** A text that carries the link. */
export function withLink(text: string, link: string): string {
  return `${text}\n${link}`
}

/** What a text says beside the first link to files in it. */
export function splitLink(text: string): { readonly words: string; readonly link?: string } {
  const found = OWN.exec(text)
  if (found === null) return { words: text }
  return { words: text.replace(found[0], '\n').trim(), link: found[1]! }
}

/** What the peer is asked to take up. */
export function linkOf(text: string): string {
  const link = text.trim()
  const payload = WEB.exec(link)?.[1]
  return payload === undefined ? link : payloadToLink(payload)
}

export function payloadToLink(payload: string): string {
  return `hamlet:share#${payload}`
}
