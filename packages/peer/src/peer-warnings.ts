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
}

export function peerWarnings(
  spaces: readonly OpenSpace[],
  unusable: ReadonlyMap<SpaceId, string>,
  { keysEncrypted, revoked }: WarningFacts,
): PeerStatus['warnings'] {
  const warnings: { code: string; message: string }[] = []
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
  return warnings
}
