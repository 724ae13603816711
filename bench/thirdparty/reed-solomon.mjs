/** The packages that bench/erasure measures against, behind its interface. Their codes differ from Hamlet's: parity is not compared. */

import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

function lostOf({ needed, spare }) {
  return Array.from({ length: Math.min(needed, spare) }, (_, index) => index)
}

/** Shards one behind the other. */
function joined({ needed, spare, shardBytes }, data) {
  const bytes = Buffer.alloc((needed + spare) * shardBytes)
  data.forEach((shard, index) => bytes.set(shard, index * shardBytes))
  return bytes
}

function shardsIn(bytes, { needed, spare, shardBytes }) {
  return Array.from({ length: needed + spare }, (_, index) =>
    bytes.subarray(index * shardBytes, (index + 1) * shardBytes),
  )
}

function bitsOf(indexes) {
  return indexes.reduce((bits, index) => bits | (1 << index), 0)
}

/** `addon`: of `@ronomon/reed-solomon`. It works on a thread of its own; the next call waits for the one before. */
export function ronomon(addon) {
  const prepare = (shape, data) => {
    const { needed, spare, shardBytes } = shape
    const context = addon.create(needed, spare)
    const bytes = joined(shape, data)
    const all = Array.from({ length: needed + spare }, (_, index) => index)
    const lost = lostOf(shape)
    const run = (sources, targets) =>
      new Promise((resolve, reject) => {
        const done = (error) => (error ? reject(error) : resolve())
        const dataSize = needed * shardBytes
        const paritySize = spare * shardBytes
        const places = [bytes, 0, dataSize, bytes, dataSize, paritySize]
        addon.encode(context, sources, targets, ...places, done)
      })
    const repeat = async (times, sources, targets) => {
      for (let i = 0; i < times; i++) await run(bitsOf(sources), bitsOf(targets))
    }
    return {
      encode: (times) => repeat(times, all.slice(0, needed), all.slice(needed)),
      reconstruct: (times) =>
        repeat(
          times,
          all.filter((index) => !lost.includes(index)),
          lost,
        ),
      lose: () => bytes.fill(0, 0, lost.length * shardBytes),
      shards: () => shardsIn(bytes, shape),
    }
  }
  return { name: '@ronomon/reed-solomon', prepare }
}

/** The Rust crate reed-solomon-erasure; `@digitaldefiance/reed-solomon-erasure.wasm` is the same module. */
export async function subspace() {
  const { ReedSolomonErasure } = require('@subspace/reed-solomon-erasure.wasm')
  const coder = await ReedSolomonErasure.fromCurrentDirectory()
  const prepare = (shape, data) => {
    const { needed, spare, shardBytes } = shape
    const bytes = joined(shape, data)
    const lost = lostOf(shape)
    const isThere = Array.from({ length: needed + spare }, (_, index) => !lost.includes(index))
    const repeat = (times, work) => {
      for (let i = 0; i < times; i++) {
        if (work() !== ReedSolomonErasure.RESULT_OK) throw new Error('reed-solomon-erasure failed')
      }
    }
    return {
      encode: (times) => repeat(times, () => coder.encode(bytes, needed, spare)),
      reconstruct: (times) => repeat(times, () => coder.reconstruct(bytes, needed, spare, isThere)),
      lose: () => bytes.fill(0, 0, lost.length * shardBytes),
      shards: () => shardsIn(bytes, shape),
    }
  }
  return { name: '@subspace/reed-solomon-erasure.wasm', prepare }
}

/** The same crate in another build. */
export function wasmReedSolomonErasure() {
  const { encode, reconstruct } = require('wasm-reed-solomon-erasure')
  const prepare = (shape, data) => {
    const { needed, spare } = shape
    const lost = new Uint32Array(lostOf(shape))
    let all = [...data, ...Array.from({ length: spare }, () => new Uint8Array(shape.shardBytes))]
    const repeat = (times, work) => {
      for (let i = 0; i < times; i++) all = work()
    }
    return {
      encode: (times) => repeat(times, () => encode(all.slice(0, needed), spare)),
      reconstruct: (times) => repeat(times, () => reconstruct(all, spare, lost)),
      lose: () => {
        for (const index of lost) all[index] = new Uint8Array(shape.shardBytes)
      },
      shards: () => all,
    }
  }
  return { name: 'wasm-reed-solomon-erasure', prepare }
}
