/**
 * Founding: the first commit of a space, genesis, first epoch and name together.
 *
 * The space's id is the hash of the genesis header, and the log is named after the space, so the genesis entry is made
 * before its log exists. The three entries are one commit: a space is there whole or not at all.
 */

import { assert, checkName } from '@hamlet/core'
import type { Crypto, DeviceId, SpaceId } from '@hamlet/core'
import { HybridClock } from '@hamlet/crdt'
import { openDeviceCertificate } from '@hamlet/identity'
import { encodeOperation } from './control-operation.ts'
import type { ControlOperation } from './control-operation.ts'
import { composeEntry, encodeCore } from './entry.ts'
import type { EncodedEntry, EntryCore } from './entry.ts'
import { EPHEMERAL_POLICY, ephemeralToCbor, readEphemeral } from './ephemeral.ts'
import type { Ephemeral } from './ephemeral.ts'
import { makeEpoch } from './epochs.ts'
import { SpaceError } from './errors.ts'
import { encodeContent, SALT_BYTES, sealContent } from './payload.ts'
import { recipientsBy } from './recipients.ts'
import { SpaceCore } from './space-core.ts'
import type { CreateSpaceInput, SpaceIdentity, SpacePorts } from './space-ports.ts'

const NONCE_BYTES = 16

interface Composed {
  readonly entry: EncodedEntry
  readonly block: Uint8Array
}

/** @throws SpaceError `SPACE_DISK`, `SPACE_CONTENT_TOO_LARGE` */
export async function foundSpace(
  ports: SpacePorts,
  identity: SpaceIdentity,
  input: CreateSpaceInput,
): Promise<SpaceCore> {
  const name = checkName(input.name)
  assert(name.ok, 'the name was checked by whoever took it from a person')
  const composed = composeFirst(ports, identity, input)
  const id = composed[0]!.entry.id as string as SpaceId
  const core = new SpaceCore({ ...ports, ...input.storageFor?.(id) }, identity, id)
  core.founderDevice = identity.device
  try {
    const track = await core.openTrack(identity.device)
    await track.log.append(composed.map(({ block }) => block))
    for (const { entry } of composed) track.keepDecoded(entry)
    track.stored = composed.length
  } catch (error) {
    throw new SpaceError('SPACE_DISK', 'the space could not be stored', { cause: error })
  }
  core.settle([identity.device])
  return core
}

/** Genesis, whether messages disappear, the first epoch, sealed to the founder, and the space's name under it. */
function composeFirst(
  ports: SpacePorts,
  identity: SpaceIdentity,
  { name, ephemeral, history: wanted = 'all' }: CreateSpaceInput,
): readonly Composed[] {
  const { crypto, random } = ports
  const { person, device, certificate } = identity
  const opened = openDeviceCertificate(crypto, certificate)
  assert(opened.ok, 'the own certificate is valid')
  const clock = new HybridClock(ports.clock)
  const nonce = random.bytes(NONCE_BYTES)
  const history = ephemeral === undefined ? wanted : 'from-join'
  const genesis = compose(crypto, { ...firstPlace(device), time: clock.now() }, () =>
    encodeOperation({ name: 'genesis', person, certificate, history, nonce }),
  )
  const space = genesis.entry.id as string as SpaceId
  const control = (before: Composed, operation: ControlOperation): Composed => {
    const place = { ...placeAfter(before, space), time: clock.now() }
    return compose(crypto, place, () => encodeOperation(operation))
  }
  const decided = ephemeral === undefined ? [] : [control(genesis, ephemeralPolicy(ephemeral))]
  const recipients = recipientsBy({ ephemeral }, opened.value)
  const { operation, secret } = makeEpoch(ports, space, recipients, [], history)
  const epoch = control(decided[0] ?? genesis, operation)
  const naming = { ...placeAfter(epoch, space), time: clock.now(), epoch: epoch.entry.id }
  const content = encodeContent({ type: 'space.name', value: [name] })
  const first = compose(crypto, naming, (core) =>
    sealContent(crypto, secret, random.bytes(SALT_BYTES), core, content),
  )
  return [genesis, ...decided, epoch, first]
}

/** It counts because it has seen nothing but the genesis operation. */
function ephemeralPolicy(ephemeral: Ephemeral): ControlOperation {
  assert(readEphemeral(ephemeralToCbor(ephemeral)) !== undefined, 'the times are within bounds')
  return { name: 'policy', policy: EPHEMERAL_POLICY, value: ephemeralToCbor(ephemeral) }
}

type Place = Omit<EntryCore, 'time'>

function firstPlace(device: DeviceId): Place {
  return { space: undefined, device, seq: 0, previous: undefined, deps: [], epoch: undefined }
}

function placeAfter({ entry }: Composed, space: SpaceId): Place {
  const { device, seq, id } = entry
  return { space, device, seq: seq + 1, previous: id, deps: [], epoch: undefined }
}

function compose(
  crypto: Crypto,
  header: EntryCore,
  payloadOf: (core: Uint8Array) => Uint8Array,
): Composed {
  const core = encodeCore(header)
  return composeEntry(crypto, header, core, payloadOf(core))
}
