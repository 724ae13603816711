/**
 * Products of a matrix over GF(2^8) with shards, in AssemblyScript. `scripts/build-kernel.ts` compiles it.
 *
 * A byte times a constant c is T[low nibble] ^ U[high nibble] with two tables of 16 bytes for c, and a shuffle instruction looks up
 * sixteen nibbles at once (Plank, Greenan and Miller, "Screaming Fast Galois Field Arithmetic", FAST 2013). Each function makes
 * one to four rows of the product in a single pass over the sources, so that every source byte is loaded and split once for all
 * of them, and the sums stay in registers until they are written.
 *
 * Invariants:
 * 1. Offset 0 of the memory holds 16 bytes 0x0f. As a constant in the code V8 would make the mask anew at each use, which takes half
 *    of all the time (bench/erasure).
 * 2. `tables` holds 32 bytes for each source and row, rows of one source side by side.
 * 3. `from`, `to` and every pointer are multiples of 64; bytes up to there may be read and written.
 * 4. An index into a table is below 16, so the relaxed and the strict shuffle give the same on every machine.
 * 5. A target may be one of the sources: a column is read by all before it is written.
 */

// @ts-nocheck

@inline
function shuffle(table: v128, index: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD
    ? i8x16.relaxed_swizzle(table, index)
    : i8x16.swizzle(table, index)
}

@inline
function add(sum: v128, low: v128, high: v128, lowIndex: v128, highIndex: v128): v128 {
  return v128.xor(sum, v128.xor(shuffle(low, lowIndex), shuffle(high, highIndex)))
}

@inline
function upper(bytes: v128, mask: v128): v128 {
  return v128.and(i16x8.shr_u(bytes, 4), mask)
}

/** What a sum begins with: the target itself, or nothing. */
@inline
function start(target: usize, keep: bool): v128 {
  return keep ? v128.load(target) : i8x16.splat(0)
}

export function multiply1(
  tables: usize, sources: usize, sourcesEnd: usize, targets: usize, from: usize, to: usize, keep: bool,
): void {
  const mask = v128.load(0)
  const a = <usize>load<u32>(targets)
  let at = from
  do {
    let a0 = start(a + at, keep), a1 = start(a + at + 16, keep)
    let a2 = start(a + at + 32, keep), a3 = start(a + at + 48, keep)
    let table = tables
    let source = sources
    do {
      const bytes = <usize>load<u32>(source) + at
      const low = v128.load(table), high = v128.load(table, 16)
      const v0 = v128.load(bytes), v1 = v128.load(bytes, 16)
      const v2 = v128.load(bytes, 32), v3 = v128.load(bytes, 48)
      a0 = add(a0, low, high, v128.and(v0, mask), upper(v0, mask))
      a1 = add(a1, low, high, v128.and(v1, mask), upper(v1, mask))
      a2 = add(a2, low, high, v128.and(v2, mask), upper(v2, mask))
      a3 = add(a3, low, high, v128.and(v3, mask), upper(v3, mask))
      table += 32
      source += 4
    } while (source < sourcesEnd)
    v128.store(a + at, a0)
    v128.store(a + at, a1, 16)
    v128.store(a + at, a2, 32)
    v128.store(a + at, a3, 48)
    at += 64
  } while (at < to)
}

export function multiply2(
  tables: usize, sources: usize, sourcesEnd: usize, targets: usize, from: usize, to: usize, keep: bool,
): void {
  const mask = v128.load(0)
  const a = <usize>load<u32>(targets), b = <usize>load<u32>(targets, 4)
  let at = from
  do {
    let a0 = start(a + at, keep), a1 = start(a + at + 16, keep)
    let a2 = start(a + at + 32, keep), a3 = start(a + at + 48, keep)
    let b0 = start(b + at, keep), b1 = start(b + at + 16, keep)
    let b2 = start(b + at + 32, keep), b3 = start(b + at + 48, keep)
    let table = tables
    let source = sources
    do {
      const bytes = <usize>load<u32>(source) + at
      const aLow = v128.load(table), aHigh = v128.load(table, 16)
      const bLow = v128.load(table, 32), bHigh = v128.load(table, 48)
      let low = v128.load(bytes)
      let high = upper(low, mask)
      low = v128.and(low, mask)
      a0 = add(a0, aLow, aHigh, low, high)
      b0 = add(b0, bLow, bHigh, low, high)
      low = v128.load(bytes, 16)
      high = upper(low, mask)
      low = v128.and(low, mask)
      a1 = add(a1, aLow, aHigh, low, high)
      b1 = add(b1, bLow, bHigh, low, high)
      low = v128.load(bytes, 32)
      high = upper(low, mask)
      low = v128.and(low, mask)
      a2 = add(a2, aLow, aHigh, low, high)
      b2 = add(b2, bLow, bHigh, low, high)
      low = v128.load(bytes, 48)
      high = upper(low, mask)
      low = v128.and(low, mask)
      a3 = add(a3, aLow, aHigh, low, high)
      b3 = add(b3, bLow, bHigh, low, high)
      table += 64
      source += 4
    } while (source < sourcesEnd)
    v128.store(a + at, a0)
    v128.store(a + at, a1, 16)
    v128.store(a + at, a2, 32)
    v128.store(a + at, a3, 48)
    v128.store(b + at, b0)
    v128.store(b + at, b1, 16)
    v128.store(b + at, b2, 32)
    v128.store(b + at, b3, 48)
    at += 64
  } while (at < to)
}

export function multiply3(
  tables: usize, sources: usize, sourcesEnd: usize, targets: usize, from: usize, to: usize, keep: bool,
): void {
  const mask = v128.load(0)
  const a = <usize>load<u32>(targets), b = <usize>load<u32>(targets, 4), c = <usize>load<u32>(targets, 8)
  let at = from
  do {
    let a0 = start(a + at, keep), a1 = start(a + at + 16, keep)
    let b0 = start(b + at, keep), b1 = start(b + at + 16, keep)
    let c0 = start(c + at, keep), c1 = start(c + at + 16, keep)
    let table = tables
    let source = sources
    do {
      const bytes = <usize>load<u32>(source) + at
      let low0 = v128.load(bytes), low1 = v128.load(bytes, 16)
      const high0 = upper(low0, mask), high1 = upper(low1, mask)
      low0 = v128.and(low0, mask)
      low1 = v128.and(low1, mask)
      let low = v128.load(table), high = v128.load(table, 16)
      a0 = add(a0, low, high, low0, high0)
      a1 = add(a1, low, high, low1, high1)
      low = v128.load(table, 32)
      high = v128.load(table, 48)
      b0 = add(b0, low, high, low0, high0)
      b1 = add(b1, low, high, low1, high1)
      low = v128.load(table, 64)
      high = v128.load(table, 80)
      c0 = add(c0, low, high, low0, high0)
      c1 = add(c1, low, high, low1, high1)
      table += 96
      source += 4
    } while (source < sourcesEnd)
    v128.store(a + at, a0)
    v128.store(a + at, a1, 16)
    v128.store(b + at, b0)
    v128.store(b + at, b1, 16)
    v128.store(c + at, c0)
    v128.store(c + at, c1, 16)
    at += 32
  } while (at < to)
}

export function multiply4(
  tables: usize, sources: usize, sourcesEnd: usize, targets: usize, from: usize, to: usize, keep: bool,
): void {
  const mask = v128.load(0)
  const a = <usize>load<u32>(targets), b = <usize>load<u32>(targets, 4)
  const c = <usize>load<u32>(targets, 8), d = <usize>load<u32>(targets, 12)
  let at = from
  do {
    let a0 = start(a + at, keep), a1 = start(a + at + 16, keep)
    let b0 = start(b + at, keep), b1 = start(b + at + 16, keep)
    let c0 = start(c + at, keep), c1 = start(c + at + 16, keep)
    let d0 = start(d + at, keep), d1 = start(d + at + 16, keep)
    let table = tables
    let source = sources
    do {
      const bytes = <usize>load<u32>(source) + at
      let low0 = v128.load(bytes), low1 = v128.load(bytes, 16)
      const high0 = upper(low0, mask), high1 = upper(low1, mask)
      low0 = v128.and(low0, mask)
      low1 = v128.and(low1, mask)
      let low = v128.load(table), high = v128.load(table, 16)
      a0 = add(a0, low, high, low0, high0)
      a1 = add(a1, low, high, low1, high1)
      low = v128.load(table, 32)
      high = v128.load(table, 48)
      b0 = add(b0, low, high, low0, high0)
      b1 = add(b1, low, high, low1, high1)
      low = v128.load(table, 64)
      high = v128.load(table, 80)
      c0 = add(c0, low, high, low0, high0)
      c1 = add(c1, low, high, low1, high1)
      low = v128.load(table, 96)
      high = v128.load(table, 112)
      d0 = add(d0, low, high, low0, high0)
      d1 = add(d1, low, high, low1, high1)
      table += 128
      source += 4
    } while (source < sourcesEnd)
    v128.store(a + at, a0)
    v128.store(a + at, a1, 16)
    v128.store(b + at, b0)
    v128.store(b + at, b1, 16)
    v128.store(c + at, c0)
    v128.store(c + at, c1, 16)
    v128.store(d + at, d0)
    v128.store(d + at, d1, 16)
    at += 32
  } while (at < to)
}

/** Whether two runs of bytes of any length are the same. */
export function equal(left: usize, right: usize, length: usize): bool {
  let at: usize = 0
  for (; at + 16 <= length; at += 16) {
    if (v128.any_true(v128.xor(v128.load(left + at), v128.load(right + at)))) return false
  }
  for (; at < length; at++) {
    if (load<u8>(left + at) != load<u8>(right + at)) return false
  }
  return true
}
