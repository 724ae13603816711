/** Targets of `crdt`: stored forms of clocks, registers, sets and maps, and messages that compare sets. */

import { decodeCbor, encodeCbor } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import {
  bytesToHybridTime,
  decodeClock,
  EnableWinsFlag,
  encodeClock,
  GCounter,
  GSet,
  hybridTimeToBytes,
  isHybridTime,
  ItemList,
  LwwMap,
  LwwRegister,
  MvRegister,
  OrMap,
  OrSet,
  PnCounter,
  RECONCILE_FRAME_BYTES_MAX,
  Reconciler,
} from '@hamlet/crdt'
import type { Lattice, LatticeType } from '@hamlet/crdt'
import { judgeDecoder, require, requireSameBytes } from '@hamlet/testkit/fuzz'
import type { Decoded, FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import { cbors, crypto, filled, goldenHex } from '../_material.ts'

const SOURCE = 'packages/data/crdt/src'

/** Decodes CBOR, then the value in it; both must give the input back. */
function judgeStored<T>(
  input: Uint8Array,
  decode: (value: CborValue) => Decoded<T>,
  encode: (value: T) => CborValue,
): FuzzVerdict {
  return judgeDecoder(
    input,
    (bytes): Decoded<T> => {
      const decoded = decodeCbor(bytes)
      return decoded.ok ? decode(decoded.value) : decoded
    },
    { codes: /^CBOR_/, encode: (value) => encodeCbor(encode(value)) },
  )
}

const clock: FuzzTarget = {
  name: 'crdt/clock',
  decoders: [`${SOURCE}/vector-clock.ts#decodeClock`, `${SOURCE}/vector-clock.ts#readClock`],
  form: 'cbor',
  seeds: cbors(
    [],
    [['a', 1]],
    [
      ['a', 1],
      ['b', 2 ** 53 - 1],
      ['bé', 7],
    ],
  ),
  run: (input) => judgeStored(input, decodeClock, encodeClock),
}

/**
 * A state of any replicated type: what is taken joins as it must, also with another state that a liar made of the
 * first one's bytes.
 */
function stateTarget<State extends Lattice<State>>(
  name: string,
  type: LatticeType<State>,
  ...parts: readonly string[]
): FuzzTarget {
  const sample = goldenHex(`data/crdt/test/golden/${name}.hex`)
  const known = type.decode(sample)
  return {
    name: `crdt/${name}`,
    decoders: [`${name}.ts#decode`, 'stored.ts#decodeState', ...parts].map(
      (each) => `${SOURCE}/${each}`,
    ),
    form: 'cbor',
    seeds: [sample, type.empty().encode()],
    run: (input) =>
      judgeDecoder(input, (bytes): Decoded<State> => type.decode(bytes), {
        codes: /^CBOR_/,
        encode(state) {
          const other = known.ok ? known.value : type.empty()
          const left = joinOf(type, state, other)
          requireSameBytes(joinOf(type, other, state).encode(), left.encode(), 'joined both ways')
          require(state.isWithin(left) && other.isWithin(left), 'a join that lost something')
          require(!joinOf(type, state, state).merge(state), 'a join with itself that changes')
          return state.encode()
        },
      }),
  }
}

function joinOf<State extends Lattice<State>>(
  type: LatticeType<State>,
  ...states: readonly State[]
): State {
  const all = type.empty()
  for (const state of states) all.merge(state)
  return all
}

const time: FuzzTarget = {
  name: 'crdt/hybrid-time',
  decoders: [`${SOURCE}/hybrid-time.ts#bytesToHybridTime`],
  form: 'bytes',
  seeds: [hybridTimeToBytes({ milliseconds: 1_700_000_000_000, counter: 5 })],
  run(input) {
    if (input.length < 8) return 'refused'
    const offset = input[0]! % (input.length - 7)
    const read = bytesToHybridTime(input, offset)
    require(isHybridTime(read), 'no hybrid time')
    requireSameBytes(hybridTimeToBytes(read), input.slice(offset, offset + 8), 'packed again')
    return 'accepted'
  },
}

const items = Array.from({ length: 100 }, (_, i) => ({ time: i >>> 3, id: filled(i * 2 + 1) }))
const list = ItemList.from(items, { crypto })
const fewer = ItemList.from(items.slice(0, 60), { crypto })

/** Both sides of a session, one before and one after its first message. */
const reconciliation: FuzzTarget = {
  name: 'crdt/reconciliation',
  decoders: ['message.ts#readRanges', 'message.ts#readVersion'].map(
    (each) => `${SOURCE}/reconcile/${each}`,
  ),
  form: 'bytes',
  seeds: [new Reconciler(list).initiate(), new Reconciler(fewer).initiate(), Uint8Array.of(0x61)],
  run(input) {
    const server = new Reconciler(list).receive(input.slice())
    const client = new Reconciler(list)
    client.initiate()
    const learned = client.receive(input.slice())
    require(server.ok || learned.ok === server.ok, 'one side takes what the other refuses')
    if (!server.ok || !learned.ok) return 'refused'
    require(server.value.reply !== undefined, 'a question without an answer')
    require(server.value.reply.length <= RECONCILE_FRAME_BYTES_MAX, 'a message too long')
    require(server.value.need.length === 0, 'the answering side learns nothing')
    require(learned.value.have.length <= items.length, 'more than there is')
    // Whatever it was an answer to: the other side understands it.
    require(new Reconciler(fewer).receive(server.value.reply).ok, 'an answer nobody understands')
    return 'accepted'
  },
}

export const targets: readonly FuzzTarget[] = [
  clock,
  time,
  reconciliation,
  stateTarget('g-counter', GCounter, 'g-counter.ts#readRows'),
  stateTarget('pn-counter', PnCounter),
  stateTarget('g-set', GSet),
  stateTarget('or-set', OrSet, 'causal-context.ts#readRanges'),
  stateTarget('enable-wins-flag', EnableWinsFlag),
  stateTarget('mv-register', MvRegister),
  stateTarget('lww-register', LwwRegister),
  stateTarget('lww-map', LwwMap),
  stateTarget('or-map', OrMap),
]
