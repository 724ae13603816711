import { bytesToId } from '@hamlet/core'
import type { CborValue, DeviceId, EntryId, EpochId, PersonId } from '@hamlet/core'
import type { ContentEntry, Role } from '../../src/types.ts'

/** An id that says `number` in its first four bytes and `kind` in its last. */
export function testId<T extends DeviceId | EntryId | PersonId>(number: number, kind = 0): T {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, number)
  bytes[31] = kind
  return bytesToId<T>(bytes)
}

export interface TestEntry {
  readonly device?: number
  readonly seq: number
  readonly ms?: number
  readonly role?: Role
  readonly type?: string
  readonly value?: CborValue
}

export function testEntry(options: TestEntry): ContentEntry {
  const { device = 0, seq, ms = seq + 1, role = 'writer', type = 'test.add', value = 1 } = options
  return {
    id: testId<EntryId>(seq * 1000 + device, 1),
    device: testId<DeviceId>(device, 2),
    person: testId<PersonId>(device, 3),
    seq,
    time: { milliseconds: ms, counter: 0 },
    epoch: testId<EpochId>(0, 4),
    role,
    type,
    value,
  }
}
