/** Goal: the fuzzer finds what is planted. Method: small decoders with one slip each, and one without. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeCbor, encodeCbor, HamletError } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import {
  fuzz,
  judgeCopyingDecoder,
  judgeDecoder,
  judgeThrowing,
  minimise,
  problemOf,
} from '@hamlet/testkit/fuzz'
import type { FuzzForm, FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'

const SEED_VALUE: CborValue = ['record', 7, Uint8Array.of(1, 2, 3), ['a', 'b']]

function planted(
  run: (input: Uint8Array) => FuzzVerdict | Promise<FuzzVerdict>,
  form: FuzzForm = 'cbor',
): FuzzTarget {
  return {
    name: 'test/planted',
    decoders: [],
    form,
    seeds: [encodeCbor(SEED_VALUE)],
    msMax: 50,
    run,
  }
}

async function problemsOf(target: FuzzTarget, inputs = 5000): Promise<readonly string[]> {
  const { crashers } = await fuzz(target, { seed: 1, inputs })
  return crashers.map(({ problem }) => problem)
}

test('a sound decoder has no crashers', async () => {
  const target = planted((input) =>
    judgeCopyingDecoder(input, (bytes) => decodeCbor(bytes), { encode: encodeCbor }),
  )
  assert.deepEqual(await problemsOf(target), [])
})

test('an error without a code is found', async () => {
  const target = planted((input) =>
    judgeDecoder(input, (bytes) => {
      const decoded = decodeCbor(bytes)
      if (decoded.ok && (decoded.value as readonly unknown[])[1] === 255) throw new TypeError('x')
      return decoded
    }),
  )
  const [problem] = await problemsOf(target)
  assert.match(problem!, /^TypeError: (x|Cannot read)/)
})

test('a decoder that takes a second spelling is found', async () => {
  const target = planted((input) =>
    judgeDecoder(input, (bytes) => decodeCbor(bytes.at(-1) === 0 ? bytes.slice(0, -1) : bytes), {
      encode: encodeCbor,
    }),
  )
  assert.match((await problemsOf(target))[0]!, /encoded again/)
})

test('a decoder that keeps its input, and one that changes it, are found', async () => {
  const keeping = planted((input) =>
    judgeCopyingDecoder(input, (bytes) => ({ ok: true, value: bytes }), {
      encode: (bytes) => bytes,
    }),
  )
  assert.match(await seedProblem(keeping), /overwritten/)
  const changing = planted((input) =>
    judgeDecoder(input, (bytes) => ({ ok: true, value: bytes.fill(0) })),
  )
  assert.match(await seedProblem(changing), /changed its input/)
})

async function seedProblem(target: FuzzTarget): Promise<string> {
  return (await problemOf(target, target.seeds[0]!)) ?? ''
}

test('a result out of proportion is found', async () => {
  const target = planted((input) =>
    judgeDecoder(input, (bytes) => ({ ok: true, value: new Uint8Array(bytes[1]! << 12) })),
  )
  assert.match(await seedProblem(target), /a result of \d+ bytes/)
})

test('an input that takes the processor too long is found, and one that only waits is not', async () => {
  const busy = planted(() => {
    const before = process.threadCpuUsage()
    while (process.threadCpuUsage(before).user < 80_000) {
      // Nothing but work.
    }
    return 'accepted'
  })
  const waiting = planted(async (): Promise<FuzzVerdict> => {
    await new Promise((resolve) => setTimeout(resolve, 120))
    return 'accepted'
  })
  assert.match(await seedProblem({ ...busy, msMax: 30 }), /^slow/)
  assert.equal(await problemOf(waiting, Uint8Array.of(1)), undefined)
})

function refusing(error: unknown): FuzzTarget {
  return planted(() =>
    judgeThrowing(
      () => {
        throw error
      },
      /^GOOD_/,
      () => {},
    ),
  )
}

test('refusals need a code that fits', async () => {
  assert.equal(await seedProblem(refusing(new HamletError('GOOD_REASON', 'no'))), '')
  assert.match(await seedProblem(refusing(new HamletError('OTHER', 'no'))), /untyped/)
  assert.match(await seedProblem(refusing(new RangeError('no'))), /untyped: RangeError/)
})

test('a target whose example is refused ends the run', async () => {
  await assert.rejects(
    fuzz(
      planted(() => 'refused'),
      { seed: 1, inputs: 10 },
    ),
    /seed 0 is refused/,
  )
})

async function inputsOf(seed: number): Promise<string> {
  const inputs: string[] = []
  const onInput = (input: Uint8Array): void => void inputs.push(input.toString())
  await fuzz(
    planted(() => 'accepted'),
    { seed, inputs: 300, onInput },
  )
  assert.equal(inputs.length, 300)
  return inputs.join('\n')
}

test('one seed gives the same inputs, another seed others', async () => {
  const first = await inputsOf(5)
  assert.equal(await inputsOf(5), first)
  assert.notEqual(await inputsOf(6), first)
})

test('a crasher is made as small as its problem allows', async () => {
  const input = Uint8Array.from({ length: 500 }, (_, i) => i % 251)
  const small = await minimise(input, async (bytes) => bytes.includes(77) && bytes.includes(200))
  assert.deepEqual([...small], [77, 200])
})
