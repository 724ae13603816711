/** What the processes of this suite agree on. */

export const AUTHOR_SEED = new Uint8Array(32).fill(1)
export const NAMESPACE = new Uint8Array(32).fill(2)

/** In folders of a thousand, in no order; as `keyOf` of bench/thirdparty/remote-keys.mjs. */
export function keyOf(number: number): string {
  const scattered = (number * 7919) % 10_000_019
  return `folder-${scattered % 1000}/key-${scattered}`
}

/** 100 bytes that differ from key to key. */
export function valueOf(number: number): Uint8Array {
  const value = new Uint8Array(100).fill(number & 0xff)
  new DataView(value.buffer).setUint32(0, number)
  return value
}
