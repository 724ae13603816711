/** An id for a bill, drawn by the page: asked again with it after a lost answer, the peer enters the bill once. */

const ID_BYTES = 16

export function newBillId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
