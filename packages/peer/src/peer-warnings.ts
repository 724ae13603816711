/** What the person should know or do, in plain words. */

import { shortId } from '@hamlet/core'
import type { DeviceId, SpaceId } from '@hamlet/core'
import type { PeerStatus } from '@hamlet/http/api'
import { revokedIn } from './revocation-desk.ts'
import type { OpenSpace } from './space-registry.ts'

export interface WarningFacts {
  readonly keysEncrypted: boolean
  /** Devices of this person that are not to be theirs anywhere any more. */
  readonly revoked: readonly DeviceId[]
  /** Whose clock this device's is too far ahead of. */
  readonly clock: { readonly devices: readonly string[]; readonly aheadMs: number } | undefined
}

const CLOCKS_NAMED_MAX = 3

type Warning = PeerStatus['warnings'][number]

/** What newer versions of the software have to do with. */
async function versionWarnings({ runtime }: OpenSpace): Promise<Warning[]> {
  const { space } = runtime
  const warnings: Warning[] = []
  if (space.needsNewerVersion && space.ownRole !== undefined) {
    warnings.push({
      code: 'SPACE_NEWER_RULES',
      message: `The owner of the space ${shortId(space.id)} uses rules of a newer version of Hamlet. It can be read here; update Hamlet to write in it.`,
    })
  }
  const count = await runtime.newerCount()
  if (count === 0) return warnings
  const what = count === 1 ? 'is 1 entry' : `are ${count} entries`
  const message = `In the space ${shortId(space.id)} there ${what} that a newer version of Hamlet has written. They are kept, and shown once Hamlet is updated here.`
  return [...warnings, { code: 'SPACE_NEWER_CONTENT', message }]
}

export async function peerWarnings(
  spaces: readonly OpenSpace[],
  unusable: ReadonlyMap<SpaceId, string>,
  { keysEncrypted, revoked, clock }: WarningFacts,
): Promise<readonly Warning[]> {
  const warnings: Warning[] = []
  if (clock !== undefined) {
    const minutes = Math.round(clock.aheadMs / 60_000)
    const others = clock.devices.slice(0, CLOCKS_NAMED_MAX).map((device) => shortId(device))
    warnings.push({
      code: 'CLOCK_AHEAD',
      message: `The clock of this device is ${minutes} minutes ahead of others (${others.join(', ')}). What it takes from them is not signed for, and they stop giving. Set the clock.`,
    })
  }
  if (!keysEncrypted) {
    warnings.push({
      code: 'KEYS_UNENCRYPTED',
      message: 'The keys on this device are not protected by a passphrase.',
    })
  }
  for (const [space, reason] of unusable) {
    warnings.push({
      code: 'SPACE_UNUSABLE',
      message: `The space ${shortId(space)} cannot be opened (${reason}). Its files were left as they are.`,
    })
  }
  for (const { runtime } of spaces) {
    const { space } = runtime
    for (const device of revokedIn(space, revoked)) {
      warnings.push({
        code: 'DEVICE_NOT_REVOKED',
        message: `The device ${shortId(device)}, which you have revoked, is one of yours in the space ${shortId(space.id)}. If that stays so, revoke it again with your recovery words.`,
      })
    }
    if (space.ownLogDoubt.isOpen && space.ownRole !== undefined) {
      warnings.push({
        code: 'SPACE_UNCONFIRMED',
        message: `The files of this device were copied or put back from a backup. In the space ${shortId(space.id)} it writes nothing until another device has confirmed that nothing it wrote is missing.`,
      })
    }
    if (Number.isFinite(space.forkLimit(space.identity.device))) {
      warnings.push({
        code: 'SPACE_FORKED',
        message: `This device has written two histories in the space ${shortId(space.id)}, perhaps because it was copied, or put back from a backup and used. It writes nothing there until another device of yours lets it go on, under “Your devices”.`,
      })
      continue
    }
    if (!space.isFrozen) continue
    warnings.push({
      code: 'SPACE_FROZEN',
      message:
        'Others hold newer entries of this device than this device does, perhaps because it was restored from a backup. It waits for them before it writes.',
    })
  }
  for (const space of spaces) warnings.push(...(await versionWarnings(space)))
  return warnings
}
