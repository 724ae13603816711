/**
 * Native code to measure against: ISA-L, which is the limit, and the addon of `@ronomon/reed-solomon`. Both are compiled here, once, with
 * the optimisation that node-gyp uses for releases; without a compiler, Node's headers or the library they are left out.
 */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { KernelName, Product } from '@hamlet/erasure'
import { CauchyCode } from '@hamlet/erasure'
import { cachedFolder } from '../_support/workspace.ts'
import { lostOf } from './contest.ts'
import type { Coder, Contestant, Shape } from './contest.ts'
import { createStripe } from './hamlet.ts'

const require = createRequire(import.meta.url)
const KERNEL: KernelName = 'strict'

interface Isal {
  prepare(
    coefficients: Uint8Array,
    sources: readonly Uint8Array[],
    targets: readonly Uint8Array[],
  ): object
  run(work: object, times: number): void
}

/** What `open` exports of a compiled addon, or `undefined`. */
export async function openAddon(
  name: string,
  source: string,
  libraries: readonly string[] = [],
): Promise<unknown> {
  const headers = [join(dirname(process.execPath), '../include/node'), '/usr/include/node']
  const include = headers.find((folder) => existsSync(join(folder, 'node_api.h')))
  if (include === undefined || !existsSync(source)) return undefined
  try {
    const folder = await cachedFolder(`erasure-${name}`, async (made) => {
      const options = ['-O3', '-std=c99', '-shared', '-fPIC', `-DNODE_GYP_MODULE_NAME=${name}`]
      const output = join(made, 'addon.node')
      const input = [`-I${include}`, source, '-o', output, ...libraries]
      execFileSync('cc', [...options, ...input], { stdio: 'ignore' })
    })
    return require(join(folder, 'addon.node'))
  } catch {
    return undefined
  }
}

/** It works on shards that lie as Hamlet's do, with the same matrices. */
export async function openIsal(): Promise<Contestant | undefined> {
  const source = join(import.meta.dirname, 'isal.c')
  const isal = (await openAddon('isal', source, ['-l:libisal.so.2'])) as Isal | undefined
  if (isal === undefined) return undefined
  return { name: 'ISA-L', prepare: (shape, data) => new IsalCoder(isal, shape, data) }
}

class IsalCoder implements Coder {
  readonly #isal: Isal
  readonly #shards: readonly Uint8Array[]
  readonly #lost: readonly number[]
  readonly #encoding: object
  readonly #recovery: object

  constructor(isal: Isal, shape: Shape, data: readonly Uint8Array[]) {
    this.#isal = isal
    this.#lost = lostOf(shape)
    this.#shards = createStripe(shape, KERNEL).shards
    data.forEach((shard, index) => this.#shards[index]!.set(shard))
    const code = new CauchyCode({ dataShards: shape.needed, parityShards: shape.spare })
    this.#encoding = this.#prepare(code.encoding)
    this.#recovery = this.#prepare(code.recovery(this.#lost))
  }

  encode(times: number): void {
    this.#isal.run(this.#encoding, times)
  }

  reconstruct(times: number): void {
    this.#isal.run(this.#recovery, times)
  }

  lose(): void {
    for (const index of this.#lost) this.#shards[index]!.fill(0)
  }

  shards(): readonly Uint8Array[] {
    return this.#shards
  }

  #prepare({ matrix, sources, targets }: Product): object {
    const shardsOf = (indexes: readonly number[]): readonly Uint8Array[] =>
      indexes.map((index) => this.#shards[index]!)
    return this.#isal.prepare(matrix.values, shardsOf(sources), shardsOf(targets))
  }
}
