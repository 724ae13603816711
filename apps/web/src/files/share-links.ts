/** A link to files as somebody pasted it: the app's own, that of a web address, or the id of a public file. Pure. */

const WEB = /^https?:\/\/[^#]*#share=(.+)$/

/** What the peer is asked to take up. */
export function linkOf(text: string): string {
  const link = text.trim()
  const payload = WEB.exec(link)?.[1]
  return payload === undefined ? link : payloadToLink(payload)
}

export function payloadToLink(payload: string): string {
  return `hamlet:share#${payload}`
}
