/**
 * CBOR as a tree that can say wrong things: heads longer than need be, lengths that lie, indefinite ones, duplicate keys.
 *
 * The reader takes any well-formed item of definite length; the writer writes what the tree says, right or wrong. A
 * byte string that holds CBOR itself (a certificate inside an operation) is read as a tree too, so that changes reach
 * what is inside and the lengths around it stay right.
 */

export interface CborNode {
  /** 0 to 7. */
  major: number
  /** The integer, the tag, or the bits of a simple value or a float. */
  argument: number | bigint
  /** Bytes the argument takes after the first byte: 0, 1, 2, 4 or 8; `undefined`: as few as possible. */
  width?: number | undefined
  /** Content of majors 2 and 3. */
  bytes?: Uint8Array | undefined
  /** Items of an array, keys and values of a map in turn, the content of a tag, what a byte string holds. */
  children?: CborNode[] | undefined
  /** Written in place of the true length. */
  claim?: number | bigint | undefined
  /** Written in place of everything. */
  raw?: Uint8Array | undefined
}

const NODES_MAX = 2000
const DEPTH_MAX = 64
const BREAK = 0xff

/** The tree of exactly one item, or `undefined`. */
export function readCborTree(bytes: Uint8Array): CborNode | undefined {
  const reader = new TreeReader(bytes)
  const node = reader.read(0)
  return node !== undefined && reader.isAtEnd ? node : undefined
}

class TreeReader {
  readonly #bytes: Uint8Array
  #at = 0
  #nodes = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  read(depth: number): CborNode | undefined {
    const first = this.#bytes[this.#at++]
    if (first === undefined || depth > DEPTH_MAX || ++this.#nodes > NODES_MAX) return undefined
    const major = first >> 5
    const argument = this.#argument(first & 31)
    if (argument === undefined) return undefined
    if (major === 7) return { major, argument, width: widthOf(first & 31) }
    if (major < 2) return { major, argument }
    if (major < 4) return this.#string(major, argument, depth)
    const count = major === 6 ? 1 : Number(argument) * (major === 5 ? 2 : 1)
    const children = this.#children(count, depth)
    return children && { major, argument, children }
  }

  #argument(info: number): number | bigint | undefined {
    const width = widthOf(info)
    if (info > 27 || this.#at + width > this.#bytes.length) return undefined
    if (width === 0) return info
    let value = 0n
    for (let i = 0; i < width; i++) value = (value << 8n) | BigInt(this.#bytes[this.#at++]!)
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
  }

  #string(major: number, argument: number | bigint, depth: number): CborNode | undefined {
    const end = this.#at + Number(argument)
    if (end > this.#bytes.length) return undefined
    const bytes = this.#bytes.slice(this.#at, end)
    this.#at = end
    const inner = major === 2 && depth < 8 ? innerTree(bytes) : undefined
    return inner === undefined ? { major, argument, bytes } : { major, argument, children: [inner] }
  }

  #children(count: number, depth: number): CborNode[] | undefined {
    if (count > this.#bytes.length - this.#at) return undefined
    const children: CborNode[] = []
    for (let i = 0; i < count; i++) {
      const child = this.read(depth + 1)
      if (child === undefined) return undefined
      children.push(child)
    }
    return children
  }
}

/** Only arrays and maps: nearly every byte string would otherwise pass for an integer. */
function innerTree(bytes: Uint8Array): CborNode | undefined {
  const major = bytes.length < 3 ? 0 : bytes[0]! >> 5
  return major === 4 || major === 5 ? readCborTree(bytes) : undefined
}

function widthOf(info: number): number {
  return info < 24 ? 0 : 1 << (info - 24)
}

export function writeCborTree(node: CborNode): Uint8Array {
  const writer = new TreeWriter()
  writer.write(node)
  return writer.take()
}

class TreeWriter {
  #bytes = new Uint8Array(256)
  #used = 0

  take(): Uint8Array {
    return this.#bytes.slice(0, this.#used)
  }

  write(node: CborNode): void {
    if (node.raw !== undefined) return this.#put(node.raw)
    const { major } = node
    if (major < 2 || major === 7) return this.#head(node, node.argument)
    if (major < 4) return this.#string(node)
    const children = node.children ?? []
    const count = major === 5 ? Math.floor(children.length / 2) : children.length
    this.#head(node, major === 6 ? node.argument : (node.claim ?? count))
    for (const child of children) this.write(child)
    if (node.width === INDEFINITE) this.#byte(BREAK)
  }

  #string(node: CborNode): void {
    const [inner] = node.children ?? []
    const content = inner === undefined ? (node.bytes ?? new Uint8Array(0)) : writeCborTree(inner)
    this.#head(node, node.claim ?? content.length)
    if (node.width !== INDEFINITE) return this.#put(content)
    this.#head({ major: node.major, argument: 0 }, content.length)
    this.#put(content)
    this.#byte(BREAK)
  }

  #head(node: CborNode, argument: number | bigint): void {
    const first = node.major << 5
    if (node.width === INDEFINITE) return this.#byte(first | 31)
    const needed = neededWidth(argument)
    const width = Math.max(node.width ?? 0, needed)
    if (width === 0) return this.#byte(first | Number(argument))
    this.#byte(first | (24 + Math.log2(width)))
    let rest = BigInt(argument)
    const start = this.#used
    for (let i = 0; i < width; i++) this.#byte(0)
    for (let i = width - 1; i >= 0; i--) {
      this.#bytes[start + i] = Number(rest & 0xffn)
      rest >>= 8n
    }
  }

  #byte(byte: number): void {
    this.#reserve(1)
    this.#bytes[this.#used++] = byte
  }

  #put(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#used)
    this.#used += bytes.length
  }

  #reserve(count: number): void {
    if (this.#used + count <= this.#bytes.length) return
    const larger = new Uint8Array(2 * (this.#used + count))
    larger.set(this.#bytes.subarray(0, this.#used))
    this.#bytes = larger
  }
}

/** A width that stands for "length not given". */
export const INDEFINITE = 31

function neededWidth(argument: number | bigint): number {
  if (argument < 24) return 0
  if (argument < 0x100) return 1
  if (argument < 0x10000) return 2
  return argument < 0x100000000 ? 4 : 8
}

/** Every node, parents before children. */
export function allNodes(root: CborNode): CborNode[] {
  const nodes = [root]
  for (let i = 0; i < nodes.length; i++) nodes.push(...(nodes[i]!.children ?? []))
  return nodes
}
