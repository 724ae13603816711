/**
 * How much may go unsigned, as a function of what was signed before.
 *
 * Whoever cheats gets away with one step. So a step is never more than a sixteenth of what the other has honestly signed for,
 * except for the smallest, which everybody starts with; it doubles with what was signed, up to the largest. Both sides find
 * the same from the same receipts.
 */

import { PIECE_BYTES_MAX, STEP_BYTES_MAX, STEP_BYTES_MIN, STEP_SHARE } from './limits.ts'

/** `settledBytes`: total of the last receipt of the pair that both signed. */
export function stepBytes(settledBytes: number): number {
  let step = STEP_BYTES_MIN
  while (step < STEP_BYTES_MAX && 2 * step * STEP_SHARE <= settledBytes) step *= 2
  return step
}

/** Bytes of a chunk of a blob of this size; 0 past its end. */
export function pieceBytes(sizeBytes: number, piece: number): number {
  return Math.max(0, Math.min(PIECE_BYTES_MAX, sizeBytes - piece * PIECE_BYTES_MAX))
}

export function piecesBytes(sizeBytes: number, pieces: readonly number[]): number {
  return pieces.reduce((sum, piece) => sum + pieceBytes(sizeBytes, piece), 0)
}
