/**
 * XML of answers: elements, text and nothing else.
 *
 * Characters that XML 1.0 has no form for (most controls) are written as references all the same, as S3 does; clients that may meet
 * such keys ask for `encoding-type=url`.
 */

/** Text, or elements; `undefined` and `false` are left out. */
export type XmlContent = string | number | boolean | undefined | XmlElement | readonly XmlContent[]

export interface XmlElement {
  readonly name: string
  readonly content: XmlContent
  /** As they are written: of our own making only. */
  readonly attributes?: string
}

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'
// oxlint-disable-next-line no-control-regex -- keys may have them, and they are what is looked for
const SPECIAL = /[&<>"\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]/g
const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** An element for each entry, in this order. */
export function elements(fields: Readonly<Record<string, XmlContent>>): readonly XmlElement[] {
  return Object.entries(fields)
    .filter(([, content]) => content !== undefined)
    .map(([name, content]) => ({ name, content }))
}

export function element(name: string, content: XmlContent): XmlElement {
  return { name, content }
}

/** A document without its declaration, in the namespace of S3. */
export function renderRoot(name: string, content: XmlContent): string {
  return `<${name} xmlns="${NAMESPACE}">${render(content)}</${name}>`
}

/** As S3 has its errors: without a namespace. */
export function renderPlainRoot(name: string, content: XmlContent): string {
  return render({ name, content })
}

function render(content: XmlContent): string {
  if (content === undefined) return ''
  if (typeof content !== 'object') return escapeText(String(content))
  if (Array.isArray(content)) return content.map(render).join('')
  const { name, content: inner, attributes } = content as XmlElement
  const start = attributes === undefined ? name : `${name} ${attributes}`
  return `<${start}>${render(inner)}</${name}>`
}

function escapeText(text: string): string {
  return text.replace(
    SPECIAL,
    (character) => NAMED[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  )
}
