/**
 * Reading the XML of requests: elements, attributes that are passed over, text, the five named entities and character references.
 *
 * Whatever else XML has (document types, entities of one's own, processing instructions, CDATA) no client sends and no server should
 * take; so this is a small reader of what there is rather than a large one with switches.
 *
 * Invariants:
 * 1. Bytes, depth and number of elements are bounded, and reading takes time linear in the bytes.
 * 2. What is not well-formed is refused whole.
 */

import { decodeUtf8 } from '@hamlet/core'
import { S3Error } from '../errors.ts'
import { XML_BYTES_MAX, XML_DEPTH_MAX, XML_ELEMENTS_MAX } from '../limits.ts'

export interface XmlNode {
  /** Without its namespace prefix. */
  readonly name: string
  readonly children: readonly XmlNode[]
  /** Of an element without children. */
  readonly text: string
}

interface OpenNode {
  readonly tag: string
  readonly name: string
  readonly children: XmlNode[]
  text: string
}

const DECLARATION = /^\ufeff?\s*(?:<\?xml\s[^<>?]{0,200}\?>)?/
const TOKEN =
  /<!--(?:[^-]|-(?!-))*-->|<(\/?)([A-Za-z_][\w.:-]{0,127})((?:\s+[A-Za-z_][\w.:-]{0,127}\s*=\s*(?:"[^"<]{0,1000}"|'[^'<]{0,1000}'))*)\s*(\/?)>|([^<]+)/y
const REFERENCE = /&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));|&/g
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

/** The root element. @throws S3Error `MalformedXML` */
export function readXml(bytes: Uint8Array): XmlNode {
  const text = bytes.length > XML_BYTES_MAX ? undefined : decodeUtf8(bytes)
  if (text === undefined || text.includes('\0')) throw malformed()
  return new XmlReader(text).read()
}

class XmlReader {
  readonly #text: string
  readonly #open: OpenNode[] = []
  #root: XmlNode | undefined
  #count = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): XmlNode {
    TOKEN.lastIndex = DECLARATION.exec(this.#text)?.[0].length ?? 0
    while (TOKEN.lastIndex < this.#text.length) {
      const found = TOKEN.exec(this.#text)
      if (found === null) throw malformed()
      this.#take(found)
    }
    if (this.#root === undefined || this.#open.length > 0) throw malformed()
    return this.#root
  }

  #take([, slash, tag, attributes, empty, text]: RegExpExecArray): void {
    if (text !== undefined) return this.#takeText(text)
    if (tag === undefined) return
    if (slash === '/') {
      if (attributes !== '' || empty === '/') throw malformed()
      return this.#close(tag)
    }
    this.#begin(tag)
    if (empty === '/') this.#close(tag)
  }

  #takeText(text: string): void {
    const node = this.#open.at(-1)
    if (node !== undefined) node.text += unescapeText(text)
    else if (text.trim() !== '') throw malformed()
  }

  #begin(tag: string): void {
    this.#count += 1
    const isPastEnd = this.#open.length === 0 && this.#root !== undefined
    if (isPastEnd || this.#open.length >= XML_DEPTH_MAX || this.#count > XML_ELEMENTS_MAX) {
      throw malformed()
    }
    this.#open.push({ tag, name: tag.replace(/^.*:/, ''), children: [], text: '' })
  }

  #close(tag: string): void {
    const node = this.#open.pop()
    if (node?.tag !== tag) throw malformed()
    const { name, children } = node
    if (children.length > 0 && node.text.trim() !== '') throw malformed()
    const closed = { name, children, text: children.length > 0 ? '' : node.text }
    const parent = this.#open.at(-1)
    if (parent === undefined) this.#root = closed
    else parent.children.push(closed)
  }
}

function unescapeText(text: string): string {
  return text.replace(REFERENCE, (_, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name]!
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    const isSurrogate = code >= 0xd800 && code <= 0xdfff
    if (!(code > 0 && code <= 0x10ffff) || isSurrogate) throw malformed()
    return String.fromCodePoint(code)
  })
}

function malformed(): S3Error {
  return new S3Error('MalformedXML')
}

/** The text of the child of this name, or `undefined` when there is none. @throws S3Error `MalformedXML` when there are two */
export function childText(node: XmlNode, name: string): string | undefined {
  const found = node.children.filter((child) => child.name === name)
  if (found.length > 1) throw malformed()
  return found[0]?.text
}
